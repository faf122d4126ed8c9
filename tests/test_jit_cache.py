"""Compiled kernels on disk: loaded where they hold, compiled anew where they do not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import phusong
from phusong import _jit, _jit_files
from phusong._jit_files import REVISIONS_KEPT, KernelFiles
from phusong.kernels.free_space import free_space_db

PACKAGE = Path(phusong.__file__).parent

# Runs windows of the lines named, and tells their losses and how much was compiled for them.
CHILD = """
import json, pathlib, sys
import numpy as np
from numba.core import event
from phusong.kernels import open_area
from phusong.kernels.codes import encode_loss

path, text = sys.argv[1:3]
if path:
    pathlib.Path(path).write_text(text)
losses = {}
with event.install_recorder("numba:compile") as recorder:
    for name in sys.argv[3:]:
        loss, departure = np.empty((1, 3, 4), np.float32), np.empty((3, 4), np.float32)
        open_area.open_kernel(getattr(open_area, name))(
            np.zeros((9, 9), np.float32), 4.0, 4.0, 30.0, 1.5, 0.1, 2, 5, 8500.0,
            np.array([0.9]), np.array([5.0]), np.zeros((1, 5)), loss, departure,
        )
        codes = np.empty(loss.shape, np.uint16)
        encode_loss(loss, codes)
        losses[name] = codes.tolist()
print(json.dumps([losses, len(recorder.buffer) // 2]))
"""
LINES = ("hata_line", "free_space_line")


def started(folder, *lines, package=PACKAGE, changed=("", "")):
    environment = {"NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": str(package.parent)}
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *map(str, changed), *lines],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(child):
    out, _ = child.communicate()
    assert child.returncode == 0
    return json.loads(out)


def run(*arguments, **options):
    return ended(started(*arguments, **options))


def kept_in(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A folder that two processes filled at the same time, and what each of them told."""
    folder = tmp_path_factory.mktemp("kernels")
    children = [started(folder, line) for line in LINES]
    return folder, [ended(child) for child in children]


@pytest.fixture
def copied(filled, tmp_path):
    """Another such folder, and what a process tells that compiles all it needs."""
    folder, told = filled
    return shutil.copytree(folder, tmp_path / "kernels"), told[0][0] | told[1][0]


def test_a_later_process_loads_what_others_compiled(filled):
    folder, told = filled
    assert all(compiled > 0 for _, compiled in told)
    assert run(folder, *LINES) == [told[0][0] | told[1][0], 0]
    assert told[0][0]["hata_line"] != told[1][0]["free_space_line"]


def test_the_folder_is_the_users_alone(filled):
    folder, _ = filled
    assert (folder / "phusong").stat().st_mode & 0o777 == 0o700


def test_a_changed_source_anywhere_is_compiled(copied, tmp_path):
    folder, losses = copied
    package = shutil.copytree(PACKAGE, tmp_path / "other" / "phusong")
    assert run(folder, "free_space_line", package=package)[1] == 0
    source = package / "kernels" / "free_space.py"
    text = source.read_text().replace("return ", "return 7.0 + ")
    source.write_text(text)
    changed, compiled = run(folder, "free_space_line", package=package)
    assert compiled > 0
    before, after = losses["free_space_line"][0][0][0], changed["free_space_line"][0][0][0]
    assert after - before == 700


def test_a_source_that_changes_under_a_process_is_neither_kept_nor_loaded(copied, tmp_path):
    folder, losses = copied
    package = shutil.copytree(PACKAGE, tmp_path / "other" / "phusong")
    before = kept_in(folder)
    change = (package / "kernels" / "spm.py", "")
    found, compiled = run(folder, "free_space_line", package=package, changed=change)
    assert found["free_space_line"] == losses["free_space_line"]
    assert compiled > 0
    assert kept_in(folder) == before


def test_damaged_files_are_compiled_and_replaced(copied):
    folder, losses = copied
    for i, path in enumerate(kept_in(folder)):
        content = path.read_bytes()
        path.write_bytes(content[: i * len(content) // 4])
    found, compiled = run(folder, "free_space_line")
    assert found["free_space_line"] == losses["free_space_line"]
    assert compiled > 0
    assert run(folder, "free_space_line") == [found, 0]


def test_without_a_folder_it_works_in_memory(filled, tmp_path):
    _, told = filled
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    found, compiled = run(in_the_way, "free_space_line")
    assert found == told[1][0]
    assert compiled > 0
    assert in_the_way.read_text() == ""


def test_a_folder_that_others_may_write_into_is_left_alone(tmp_path):
    KernelFiles("first", str(tmp_path)).write("kernel", b"code")
    assert KernelFiles("first", str(tmp_path)).read("kernel") == b"code"
    (tmp_path / "phusong").chmod(0o770)
    files = KernelFiles("first", str(tmp_path))
    files.write("other", b"code")
    assert files.read("kernel") is None
    assert [path.name for path in kept_in(tmp_path)] == ["kernel"]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no owner by number")
def test_a_folder_of_somebody_else_is_left_alone(tmp_path, monkeypatch):
    KernelFiles("first", str(tmp_path)).write("kernel", b"code")
    somebody = os.getuid() + 1
    monkeypatch.setattr(_jit_files.os, "getuid", lambda: somebody)
    assert KernelFiles("first", str(tmp_path)).read("kernel") is None


@given(body=st.binary(max_size=99), place=st.integers(0, 130), bit=st.integers(0, 7))
def test_no_damage_goes_unseen(tmp_path_factory, body, place, bit):
    folder = tmp_path_factory.mktemp("kernels")
    files = KernelFiles("first", str(folder))
    files.write("kernel", body)
    assert files.read("kernel") == body
    path = files.folder / "kernel"
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)
    assert files.read("kernel") is None
    path.write_bytes(content[:place])
    assert files.read("kernel") is None


def test_revisions_used_longest_ago_are_removed(tmp_path):
    for age in range(REVISIONS_KEPT + 3):
        files = KernelFiles(f"revision {age}", str(tmp_path))
        files.write("kernel", b"code")
        os.utime(files.folder, (-age, 10**9 - age))
    KernelFiles("revision 8", str(tmp_path)).write("kernel", b"code")
    left = {path.name for path in (tmp_path / "phusong").iterdir()}
    assert left == {"revision 8", *(f"revision {age}" for age in range(REVISIONS_KEPT - 1))}


def test_only_what_a_revision_covers_is_kept():
    """A kernel that is made over one from elsewhere is not: its source may change unseen."""
    elsewhere = _jit.njit(lambda x: x)
    assert not hasattr(elsewhere._cache, "identity")
    name = "phusong.kernels.some"

    def made_over(value):
        def some(x):
            return value

        some.__module__ = name
        return _jit.njit(some)

    assert not hasattr(made_over(elsewhere)._cache, "identity")
    assert not hasattr(made_over(PACKAGE)._cache, "identity")
    known = made_over(free_space_db), made_over(2), made_over(2.0)
    assert len({kernel._cache.identity for kernel in known}) == 3
    assert len({kernel.__qualname__ for kernel in known}) == 3
