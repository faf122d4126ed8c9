"""What a notebook says in words is what it computes."""

import re
from pathlib import Path

import matplotlib as mpl
import pytest

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
ROW = re.compile(r"# \| (?P<name>[^|]+) \| (?P<people>\d+) \| (?P<sure>\d+, \d+, \d+) \|")


def cells(name):
    """The text of a notebook's code cells."""
    parts = re.split(r"^# %%(.*)$", (NOTEBOOKS / name).read_text(encoding="utf8"), flags=re.M)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return "\n".join(body for kind, body in pairs if "[markdown]" not in kind)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.py")), ids=lambda path: path.stem)
def test_a_notebook_is_text_without_outputs_and_tells_what_it_is_about(path):
    text = path.read_text(encoding="utf8")
    assert "format_name: percent" in text
    assert re.search(r"# %% \[markdown\]\n# # \S", text)
    compile(cells(path.name), path.name, "exec")


@pytest.mark.slow
def test_the_answer_at_the_head_of_the_vinh_phuc_notebook_is_its_own(shared):
    name = "02_dead_spots_in_vinh_phuc.py"
    told = [row.groupdict() for row in ROW.finditer((NOTEBOOKS / name).read_text(encoding="utf8"))]
    space = {}
    with mpl.rc_context({"backend": "Agg"}):
        exec(compile(cells(name), name, "exec"), space)  # noqa: S102 - our own notebook
    first = space["first"].round(0).astype(int, errors="ignore")
    sure = first[["no service, %", "with 5 m", "over bare ground"]].round(0).astype(int)
    assert told == [
        {
            "name": row["name"],
            "people": f"{row['people']:.0f}",
            "sure": ", ".join(map(str, chances)),
        }
        for (_, row), chances in zip(first.iterrows(), sure.to_numpy().tolist(), strict=True)
    ]
    text = re.sub(r"\n# ", " ", (NOTEBOOKS / name).read_text(encoding="utf8"))
    assert f"({', '.join(space['doubt']['name'])})" in text
    assert len(space["plan"].sites) == 4
