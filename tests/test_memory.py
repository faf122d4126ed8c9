"""The memory that is free: of the machine, and of the container."""

from types import SimpleNamespace

import pytest

from phusong.errors import MemoryLimitError
from phusong.geodata.memory import free_memory_bytes, require_memory, size_text


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=8_000))


def group(folder, names, limit, used, stat):
    for name, text in zip(names, (limit, used), strict=True):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n")
    (path.parent / "memory.stat").write_text(stat)
    return folder


VERSIONS = {
    1: ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    2: ("memory.max", "memory.current"),
}


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("limit", "used", "free"),
    [
        ("5000", 3000, 2500),
        ("5000", 6000, 0),
        ("90000", 3000, 8000),
        ("9223372036854771712", 3000, 8000),
    ],
)
def test_a_container_s_limit_counts(tmp_path, version, limit, used, free):
    key = {1: "total_inactive_file", 2: "inactive_file"}[version]
    folder = group(tmp_path, VERSIONS[version], limit, used, f"anon 12\n{key} 500\n")
    assert free_memory_bytes(folder) == free


@pytest.mark.parametrize("limit", ["max", "", "much"])
def test_a_group_without_a_limit_leaves_the_machine_s(tmp_path, limit):
    assert free_memory_bytes(group(tmp_path, VERSIONS[2], limit, 10, "")) == 8000


def test_no_group_at_all_leaves_the_machine_s(tmp_path):
    assert free_memory_bytes(tmp_path) == 8000


def test_the_refusal_tells_both_figures_in_fitting_units():
    with pytest.raises(MemoryLimitError, match=r"the map would need 1\.5 MB .* 8 kB are free; go"):
        require_memory(1.5e6, "the map", "go")
    require_memory(8_000, "the map", "go")


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1.239e9, "1.24 GB"), (2e4, "20 kB")],
)
def test_sizes_are_told_in_fitting_units(size_bytes, text):
    assert size_text(size_bytes) == text
