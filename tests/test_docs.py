"""The pages under docs/ hold what their scripts make."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from phusong.radio.service import ServiceProfile

DOCS = Path(__file__).resolve().parents[1] / "docs"
LARGEST_FIGURE, LARGEST_ALL = 150_000, 1_500_000
LINK = re.compile(r"\]\(([^)#:]+)\)")


def run(script, *arguments):
    return subprocess.run(
        [sys.executable, DOCS / script, *arguments], capture_output=True, text=True, check=False
    )


def rows(page):
    """Model, file and count of each row of the table of worst differences."""
    lines = page.read_text(encoding="utf8").splitlines()
    return [tuple(line.split(" | ")[:3]) for line in lines if line.startswith("| ")][1:]


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf8")):
        assert (DOCS / target).exists(), target


def test_the_profile_of_the_page_is_one(tmp_path):
    page = (DOCS / "answers.md").read_text(encoding="utf8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (text,) = (block for block in blocks if "[thresholds_dbm" in block)
    (tmp_path / "mine.toml").write_text(text, encoding="utf8")
    profile = ServiceProfile.open(tmp_path / "mine.toml")
    assert profile.requirements("4G", "good")["throughput_up_mbps"] == 1.0


def test_every_profile_is_on_the_page():
    page = (DOCS / "answers.md").read_text(encoding="utf8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) % \| (.*?) \|", page, re.MULTILINE)
    told = {name: (int(percent) / 100, load) for name, percent, load in rows}
    assert set(told) == set(ServiceProfile.names())
    for name, (probability, load) in told.items():
        profile = ServiceProfile.named(name)
        wanted = "not named" if profile.load is None else f"{profile.load:.0%}".replace("%", " %")
        assert (profile.probability, wanted) == (probability, load)


def test_figures_are_small_and_all_shown():
    figures = sorted((DOCS / "figures").iterdir())
    assert all(figure.stat().st_size < LARGEST_FIGURE for figure in figures)
    assert sum(figure.stat().st_size for figure in figures) < LARGEST_ALL
    shown = LINK.findall((DOCS / "models.md").read_text(encoding="utf8"))
    assert {f"figures/{figure.name}" for figure in figures} == set(shown) - {"worst_differences.md"}


def test_a_figure_that_is_not_there_is_named():
    done = run("draw_models.py", "p999")
    assert done.returncode == 2
    assert "no figure p999: there are p525, p526" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("page", ["tutorial.md", "how_to.md", "placing.md"])
def test_the_code_of_a_page_runs_from_top_to_bottom(page, tmp_path):
    """In a process of its own: what it imports and writes stays there."""
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text("utf8"), re.DOTALL)
    assert len(blocks) > 5
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks), encoding="utf8")
    done = subprocess.run(
        [sys.executable, "-W", "error::phusong.errors.PhusongWarning", script],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_page_is_in_the_site(tmp_path):
    pytest.importorskip("mkdocs", reason="mkdocs is not installed: pip install .[docs]")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=DOCS.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "not included in the" not in done.stderr
    assert (tmp_path / "site/vi.html").exists()


@pytest.mark.slow
def test_every_figure_is_drawn(tmp_path):
    done = run("draw_models.py", "--into", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    drawn = {figure.name for figure in tmp_path.iterdir()}
    # Real terrain may not be at hand.
    assert drawn | {"tam_dao.svg"} == {figure.name for figure in (DOCS / "figures").iterdir()}
    assert all(figure.stat().st_size < LARGEST_FIGURE for figure in tmp_path.iterdir())


@pytest.mark.slow
def test_the_same_figure_twice_is_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        assert run("draw_models.py", "p838", "--into", tmp_path / folder).returncode == 0
    assert (tmp_path / "one/p838.svg").read_bytes() == (tmp_path / "two/p838.svg").read_bytes()


@pytest.mark.slow
def test_worst_differences_are_within_tolerance_and_on_the_page(tmp_path):
    done = run("worst_differences.py", "--into", tmp_path / "page.md")
    assert (done.returncode, done.stderr) == (0, "")
    measured, published = rows(tmp_path / "page.md"), rows(DOCS / "worst_differences.md")
    assert len(published) >= 30
    assert set(measured) <= set(published)
    assert len(measured) >= 15
