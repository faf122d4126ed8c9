"""The path-loss store: what goes in comes out, or nothing does."""

import errno
import hashlib
import os
import signal
import struct
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import naive_residual
import numpy as np
import psutil
import pytest
import store_case
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from store_case import KEYS, WINDOWS, window_of

from phusong.errors import InputError
from phusong.kernels.residual import join_residuals, split_residuals
from phusong.prediction import store as module
from phusong.prediction import window_file
from phusong.prediction import window_key as key_module
from phusong.prediction.store import PathLossStore, Window, window_key

KEY, OTHER = "ab" * 32, "cd" * 32
HEADER_BYTES = 76


def assert_same(one, other):
    assert one is not None
    assert (one.rows, one.cols) == (other.rows, other.cols)
    for a, b in ((one.loss, other.loss), (one.departure, other.departure)):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert np.array_equal(a, b)


@st.composite
def windows(draw):
    bands, rows, cols = draw(st.tuples(*[st.integers(0, 5)] * 3))
    row, col = draw(st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)))
    loss = draw(arrays(np.uint16, (bands, rows, cols)))
    departure = draw(arrays(np.int16, (rows, cols)))
    return Window(slice(row, row + rows), slice(col, col + cols), loss, departure)


@pytest.fixture
def store(tmp_path):
    return PathLossStore(tmp_path / "store")


@pytest.fixture
def file(store):
    """The file of one window."""
    store.write(KEY, window_of())
    return store.folder / f"{KEY}.loss"


def assert_found_damaged(store, reason, key=KEY):
    """Nothing is read, it is said, and the next window can be written and read."""
    before = len(store.damaged)
    assert store.read(key) is None
    assert len(store.damaged) == before + 1
    assert reason in store.damaged[-1]
    assert store.read(key) is None
    assert len(store.damaged) == before + 1
    store.write(key, window_of(1))
    assert_same(store.read(key), window_of(1))


# What is left over, and the bytes of a window


@given(codes=arrays(np.uint16, st.tuples(*[st.integers(0, 6)] * 3)))
def test_residuals_are_their_plain_twins_and_come_back(codes):
    planes, back = np.empty((2, *codes.shape), np.uint8), np.empty_like(codes)
    split_residuals(codes, planes)
    assert np.array_equal(planes, naive_residual.split(codes))
    join_residuals(planes, back)
    assert np.array_equal(back, codes)


def test_residuals_let_other_threads_run():
    assert all(f.targetoptions["nogil"] for f in (split_residuals, join_residuals))


def test_a_plane_leaves_nothing():
    i, j = np.mgrid[:20, :30]
    planes = np.empty((2, 2, 20, 30), np.uint8)
    split_residuals((500 + 7 * np.stack([i + 2 * j] * 2)).astype(np.uint16), planes)
    assert not planes[:, :, 1:, 1:].any()
    assert not planes[:, 1].any()


@given(window=windows())
def test_a_window_comes_back_from_its_bytes(window):
    assert_same(window_file.from_bytes(KEY, window_file.to_bytes(KEY, window)), window)


def test_a_window_is_much_smaller_on_disk(store):
    window = window_of(rows=300, cols=300)
    store.write(KEY, window)
    assert store.size_bytes() < 0.6 * (window.loss.nbytes + window.departure.nbytes)


def test_the_file_depends_on_nothing_but_the_window(tmp_path):
    for name in ("one", "two"):
        PathLossStore(tmp_path / name).write(KEY, window_of())
    one, two = ((tmp_path / name / f"{KEY}.loss").read_bytes() for name in ("one", "two"))
    assert one == two


def test_arrays_need_not_lie_in_row_order(store):
    window = window_of(rows=40, cols=40)
    turned = Window(window.rows, window.cols, window.loss.transpose(0, 2, 1), window.departure.T)
    store.write(KEY, turned)
    assert_same(store.read(KEY), turned)


# The store


def test_what_was_written_is_read(store):
    assert store.read(KEY) is None
    store.write(KEY, window_of())
    store.write(OTHER, window_of(1))
    assert_same(store.read(KEY), window_of())
    assert_same(PathLossStore(store.folder).read(OTHER), window_of(1))
    assert store.damaged == []


def test_what_was_read_can_be_written_into(store):
    store.write(KEY, window_of())
    read = store.read(KEY)
    read.loss[:], read.departure[:] = 0, 0
    assert_same(store.read(KEY), window_of())


def test_a_window_takes_the_place_of_another(store):
    store.write(KEY, window_of())
    store.write(KEY, window_of(1))
    assert_same(store.read(KEY), window_of(1))


def test_its_size_is_that_of_its_files(store, file):
    store.write(OTHER, window_of(1))
    other = store.folder / f"{OTHER}.loss"
    assert store.size_bytes() == file.stat().st_size + other.stat().st_size


@pytest.mark.parametrize("key", ["", "ab", "../" + "a" * 61, "AB" * 32, "ab" * 32 + "\n"])
def test_a_key_is_a_digest(store, key):
    for use in (store.read, lambda key: store.write(key, window_of())):
        with pytest.raises(ValueError, match="window_key"):
            use(key)


def test_every_problem_of_a_window_is_said(store):
    good = window_of()
    bad = Window(slice(-1, 39), good.cols, good.loss.astype(float), good.departure[1:])
    with pytest.raises(InputError) as caught:
        store.write(KEY, bad)
    said = " ".join(caught.value.problems)
    assert all(part in said for part in ("loss is float64", "(39, 50)", "slice(-1, 39"))
    assert store.read(KEY) is None


def test_a_window_beyond_the_format_is_refused(store, monkeypatch):
    monkeypatch.setattr(window_file, "MOST_VALUES", 5999)
    with pytest.raises(InputError, match="shorter range"):
        store.write(KEY, window_of())


# Damage


def test_any_changed_bit_is_found(store, file):
    whole = file.read_bytes()
    rng = np.random.default_rng(1)
    everywhere = {*range(HEADER_BYTES + 8), *range(len(whole) - 34, len(whole))}
    for at in sorted(everywhere | set(rng.integers(len(whole), size=100).tolist())):
        changed = bytearray(whole)
        changed[at] ^= 1 << int(rng.integers(8))
        file.write_bytes(changed)
        assert store.read(KEY) is None, at
        assert not file.exists()
    store.write(KEY, window_of())
    assert_same(store.read(KEY), window_of())


def test_any_lost_end_is_found(store, file):
    whole = file.read_bytes()
    rng = np.random.default_rng(2)
    lengths = {0, 1, 7, 8, 40, 75, 76, 77, 107, 108, 109, *range(len(whole) - 33, len(whole))}
    for length in sorted(lengths | set(rng.integers(len(whole), size=100).tolist())):
        file.write_bytes(whole[:length])
        assert store.read(KEY) is None, length
    file.write_bytes(whole + b"\0")
    assert_found_damaged(store, "checksum")


def test_blocks_that_never_reached_the_disk_are_found(store):
    store.write(KEY, window_of(rows=200, cols=200))
    file = store.folder / f"{KEY}.loss"
    whole = bytearray(file.read_bytes())
    whole[4096:8192] = bytes(4096)
    file.write_bytes(whole)
    assert_found_damaged(store, "checksum")


def test_a_window_under_another_windows_name_is_found(store, file):
    file.rename(store.folder / f"{OTHER}.loss")
    assert_found_damaged(store, "another key", OTHER)


def test_another_version_of_the_format_is_found(store, file, monkeypatch):
    monkeypatch.setattr(window_file, "_FORMAT", b"phusong\x02")
    assert_found_damaged(store, "another format or version")


def test_a_folder_in_a_files_place_is_no_window(store):
    (store.folder / f"{KEY}.loss").mkdir()
    assert store.read(KEY) is None
    assert "it is no file" in store.damaged[0]
    store.write(KEY, window_of())
    assert_same(store.read(KEY), window_of())


def test_what_is_in_a_folder_in_a_files_place_is_kept(store):
    folder = store.folder / f"{KEY}.loss"
    folder.mkdir()
    (folder / "somebody's").write_text("x")
    assert_found_damaged(store, "it is no file")
    assert [path.read_text() for path in store.folder.glob("*/*")] == ["x"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_keep_a_reader_waiting(store):
    os.mkfifo(store.folder / f"{KEY}.loss")
    assert_found_damaged(store, "it is no file")


def signed(body):
    return body + hashlib.sha256(body).digest()


def header(bands=1, rows=(0, 4), cols=(0, 4)):
    return struct.pack("<8s32sI4q", b"phusong\x01", bytes.fromhex(KEY), bands, *rows, *cols)


def frame(size):
    return zstandard.ZstdCompressor().compress(bytes(size))


HOSTILE = {
    "huge bands": (header(bands=2**32 - 1), frame(64)),
    "huge rows": (header(rows=(0, 2**62)), frame(64)),
    "huge product": (header(bands=1, rows=(0, 2**32), cols=(0, 2**32)), frame(64)),
    "negative": (header(rows=(4, 0)), frame(64)),
    "both negative": (header(rows=(4, 0), cols=(4, 0)), frame(64)),
    "off the grid": (header(rows=(-4, 0)), frame(64)),
    "less than it says": (header(), frame(63)),
    "more than it says": (header(), frame(65)),
    "two frames": (header(), frame(64) + frame(64)),
    "no frame": (header(), b""),
    "noise": (header(), np.random.default_rng(3).bytes(90)),
    "cut frame": (header(rows=(0, 40), cols=(0, 40)), frame(6400)[:-2]),
    "2 TiB by both headers": (
        header(0, (0, 2**20), (0, 2**20)),
        bytes.fromhex("28b52ffde0") + struct.pack("<Q", 2**41),
    ),
    "a frame that says 1 TiB": (header(), bytes.fromhex("28b52ffde0") + struct.pack("<Q", 2**40)),
    "a bomb": (header(), frame(50_000_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_allocates_nothing(store, name):
    (store.folder / f"{KEY}.loss").write_bytes(signed(b"".join(HOSTILE[name])))
    tracemalloc.start()
    try:
        assert store.read(KEY) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(store.damaged) == 1
    assert peak < 1_000_000


def test_a_file_longer_than_any_window_is_not_read(store, file, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_FILE_BYTES", file.stat().st_size - 1)
    assert store.read(KEY) is None
    assert "longer than any window" in store.damaged[0]


def test_the_hostile_header_is_the_formats_own(store, file):
    """Else the tests above would fail for another reason than they say."""
    assert struct.calcsize("<8s32sI4q") == HEADER_BYTES
    assert file.read_bytes()[:HEADER_BYTES] == header(2, (7, 47), (3, 53))
    assert window_file.from_bytes(KEY, signed(header() + frame(64))).loss.shape == (1, 4, 4)


# Folders and disks that do not take files


def test_a_file_in_the_folders_place_is_said(tmp_path):
    (tmp_path / "store").write_text("x")
    with pytest.raises(InputError, match="give a folder"):
        PathLossStore(tmp_path / "store")


def test_a_full_disk_is_said_and_leaves_nothing(store, monkeypatch):
    store.write(KEY, window_of())

    def full(path, content):
        path.open("wb").write(content[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="make room there") as caught:
        store.write(KEY, window_of(1))
    assert caught.value.errno == errno.ENOSPC
    assert str(store.folder) in str(caught.value)
    assert_same(store.read(KEY), window_of())
    assert [path.name for path in store.folder.iterdir()] == [f"{KEY}.loss"]


def test_a_folder_that_is_gone_is_said(store):
    store.folder.rmdir()
    assert store.read(KEY) is None
    with pytest.raises(OSError, match="give another folder"):
        store.write(KEY, window_of())


# Writers that stop


def partial_of(pid, machine=None, key=KEY):
    return f".{key}.{machine or module._machine()}-{pid}-00112233.partial"


def dead_pid():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_only_what_nobody_writes_any_more_is_removed(store):
    dead, day = dead_pid(), 86400
    kept = [partial_of(os.getpid()), partial_of(dead, "0" * 8), ".mine.partial", "notes.txt"]
    gone = [partial_of(dead), partial_of(dead, "0" * 8, OTHER), partial_of(os.getpid(), key=OTHER)]
    for name in kept + gone:
        (store.folder / name).write_text("x")
    for name in gone[1:]:
        os.utime(store.folder / name, (time.time() - day - 60,) * 2)
    PathLossStore(store.folder)
    assert sorted(path.name for path in store.folder.iterdir()) == sorted(kept)


@contextmanager
def writers(folder):
    """Starts a process that writes `WINDOWS` into the folder until it is killed, each call."""
    starter = subprocess.Popen(
        [sys.executable, store_case.__file__, str(folder)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def start():
        starter.stdin.write("\n")
        starter.stdin.flush()
        return int(starter.stdout.readline())

    try:
        yield start
    finally:
        starter.communicate()


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork and no SIGKILL here")


@needs_fork
def test_a_killed_writer_leaves_whole_windows_only(tmp_path):
    rng = np.random.default_rng(4)
    unfinished = 0
    with writers(tmp_path) as start:
        for kills in range(400):
            # Until some fell into a write, or the test would show nothing; under load few do.
            if kills >= 40 and unfinished:
                break
            pid = start()
            time.sleep(rng.uniform(0, 0.03))
            os.kill(pid, signal.SIGKILL)
            while psutil.pid_exists(pid):
                time.sleep(0.001)
            unfinished += len(list(tmp_path.glob(".*.partial")))
            store = PathLossStore(tmp_path)
            assert {path.name for path in tmp_path.iterdir()} <= {f"{key}.loss" for key in KEYS}
            for key, window in zip(KEYS, WINDOWS, strict=True):
                read = store.read(key)
                if read is not None:
                    assert_same(read, window)
            assert store.damaged == []
    assert unfinished > 0


@needs_fork
def test_threads_and_processes_share_a_folder(tmp_path):
    """Every window is overwritten and read by all at once: each read gives it whole."""

    def work(turn):
        store, number = stores[turn % 2], turn % 5
        store.write(KEYS[number], WINDOWS[number])
        number = turn * 3 % 5
        read = store.read(KEYS[number])
        return read is None or np.array_equal(read.loss, WINDOWS[number].loss)

    stores = [PathLossStore(tmp_path) for _ in range(2)]
    with writers(tmp_path) as start, ThreadPoolExecutor(4) as pool:
        pid = start()
        try:
            assert all(pool.map(work, range(200)))
        finally:
            os.kill(pid, signal.SIGKILL)
    assert all(store.damaged == [] for store in stores)
    for key, window in zip(KEYS, WINDOWS, strict=True):
        assert_same(stores[0].read(key), window)


# Keys

PARTS = {
    "model": "p1812",
    "mast": (12.25, 80.5, 30.0),
    "bands_mhz": np.array([900.0, 1800.0]),
    "terrain": np.arange(12, dtype=np.float32).reshape(3, 4),
    "clutter": None,
    "clutter_m": 10.0,
    "vertical": True,
    "masts": 1,
    "settings": {"time_percent": 50.0, "range_km": {"4G": 10.0, "5G": 5.0}},
    "digest": b"\x00\x01",
}

CHANGED = {
    "model": ["itm", "p1812 ", b"p1812", None],
    "mast": [(12.25, 80.5, np.nextafter(30.0, 31)), (80.5, 12.25, 30.0), (12.25, 80.5), (), 12.25],
    "bands_mhz": [
        np.array([1800.0, 900.0]),
        np.array([900.0]),
        np.array([[900.0, 1800.0]]),
        np.array([900.0, 1800.0], np.float32),
        np.array([900, 1800]),
        (900.0, 1800.0),
        np.array([900.0, np.nextafter(1800.0, 0)]),
    ],
    "terrain": [
        np.arange(12, dtype=np.float32).reshape(4, 3),
        np.arange(12, dtype=np.float32).reshape(3, 4)[::-1],
        np.arange(12, dtype=np.float32).reshape(3, 4).T,
        np.empty((0, 4), np.float32),
        np.empty((4, 0), np.float32),
    ],
    "clutter": [0, 0.0, False, "", b"", (), {}, np.zeros(1)],
    "clutter_m": [10, np.nextafter(10.0, 11), -10.0, float("nan"), "10.0"],
    "vertical": [False, 1, 1.0],
    "masts": [True, 2, 1.0, -1, 2**70],
    "settings": [
        {"time_percent": 50.0, "range_km": {"4G": 10.0, "5G": 5.5}},
        {"time_percent": 50.0, "range_km": {"4G": 10.0}, "5G": 5.0},
        {"time_percent": 50.0},
        {},
    ],
    "digest": [b"\x00", b"\x00\x01\x00", "\x00\x01"],
}


def test_every_part_changes_the_key():
    assert CHANGED.keys() == PARTS.keys()
    keys = [window_key(**PARTS)]
    keys += [window_key(**PARTS | {name: v}) for name in CHANGED for v in CHANGED[name]]
    keys += [window_key(**{k: v for k, v in PARTS.items() if k != name}) for name in PARTS]
    keys.append(window_key(**PARTS, more=None))
    assert len(set(keys)) == len(keys)


def test_the_order_of_parts_does_not_change_the_key():
    turned = dict(reversed(PARTS.items()))
    turned["settings"] = {"range_km": {"5G": 5.0, "4G": 10.0}, "time_percent": 50.0}
    assert window_key(**turned) == window_key(**PARTS)


def test_the_order_in_memory_does_not_change_the_key():
    same = {
        "terrain": np.asfortranarray(PARTS["terrain"]),
        "bands_mhz": np.array([900.0, 1800.0], ">f8"),
        "mast": np.array([12.25, 80.5, 30.0]).tolist(),
        "clutter_m": np.float64(10.0),
    }
    assert window_key(**PARTS | same) == window_key(**PARTS)


@given(values=st.lists(st.floats(), min_size=2, max_size=2))
def test_keys_of_floats_are_equal_just_where_their_bits_are(values):
    one, other = values
    same = struct.pack("<d", one) == struct.pack("<d", other)
    assert (window_key(a=one) == window_key(a=other)) == same


@given(texts=st.tuples(*[st.lists(st.text("s", max_size=3), max_size=3)] * 2))
def test_no_two_lists_run_together(texts):
    """Of the letter that stands for text."""
    one, other = texts
    assert (window_key(a=one) == window_key(a=other)) == (one == other)


def test_the_code_changes_the_key(monkeypatch):
    before = window_key(**PARTS)
    monkeypatch.setattr(key_module, "package_version", lambda: "0.0.0")
    of_version = window_key(**PARTS)
    monkeypatch.undo()
    monkeypatch.setattr(key_module, "code_revision", lambda: "0" * 64)
    assert len({before, of_version, window_key(**PARTS)}) == 3


def test_the_kernels_are_part_of_the_code(tmp_path, monkeypatch):
    before = key_module.code_revision.__wrapped__()
    assert before == key_module.code_revision()
    kernel = tmp_path / "kernels" / "p1812.py"
    kernel.parent.mkdir()
    monkeypatch.setattr(key_module, "__file__", str(tmp_path / "prediction" / "window_key.py"))
    revisions = {before}
    for text in ("", "a = 1", "a = 2"):
        kernel.write_text(text)
        revisions.add(key_module.code_revision.__wrapped__())
    assert len(revisions) == 4


def test_a_key_is_the_same_in_another_process():
    code = (
        "from test_store import PARTS\n"
        "from phusong.prediction.store import window_key\n"
        "print(window_key(**PARTS), end='')"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "5"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert done.stdout.decode() == window_key(**PARTS)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({1, 2}, r"parts\['mast'\] is a set"),
        ([{"a": object()}], r"parts\['mast'\]\[0\]\['a'\] is a object"),
        ({1: 2}, r"\['mast'\] has the key 1"),
        (np.array([None]), r"\['mast'\] is an array of objects"),
        (1j, r"\['mast'\] is a complex"),
    ],
)
def test_what_has_no_one_encoding_is_refused(value, named):
    with pytest.raises(TypeError, match=named):
        window_key(mast=value)


# Pruning


def used(store, ages_s):
    """Keep a window a key, last used so many seconds ago."""
    for key, age_s in ages_s.items():
        store.write(key, window_of())
        then = time.time() - age_s
        os.utime(store.folder / f"{key}.loss", (then, then))


def left(store):
    return {path.stem for path in store.folder.glob("*.loss")}


def test_by_default_what_the_last_run_did_not_use_is_removed(store):
    used(store, {KEY: 500, OTHER: 50})
    assert store.prune() == (0, 0, 2), "no run has finished here"
    store.finished(time.time() - 100)
    size = (store.folder / f"{KEY}.loss").stat().st_size
    assert store.prune() == (1, size, 1)
    assert left(store) == {OTHER}


def test_a_window_that_was_read_was_used(store):
    used(store, {KEY: 500, OTHER: 500})
    store.finished(time.time() - 100)
    store.read(KEY)
    store.prune()
    assert left(store) == {KEY}


def test_windows_unused_for_days_are_removed(store):
    used(store, {KEY: 3 * 86400, OTHER: 86400})
    store.prune(unused_days=2)
    assert left(store) == {OTHER}
    store.prune(unused_days=0)
    assert left(store) == set()


def test_down_to_a_size_the_longest_unused_go_first_and_the_last_run_s_stay(store):
    keys = [f"{i:x}" * 64 for i in range(6)]
    used(store, {key: 600 - 100 * i for i, key in enumerate(keys)})
    store.finished(time.time() - 250)
    size = (store.folder / f"{keys[0]}.loss").stat().st_size
    store.prune(most_bytes=4.5 * size)
    assert left(store) == set(keys[2:])
    store.prune(most_bytes=0)
    assert left(store) == set(keys[4:]), "those used since the last run began"


def test_only_windows_are_pruned(store):
    others = [store.folder / name for name in ("notes.txt", "ab.loss", f".{KEY}.x.partial")]
    for path in others:
        path.write_text("x")
    (store.folder / f"{KEY}.loss").mkdir()
    store.prune(unused_days=0)
    assert all(path.exists() for path in others)
    assert (store.folder / f"{KEY}.loss").is_dir()


def test_a_wrong_limit_is_said(store):
    with pytest.raises(InputError, match="unused_days is -1: give zero or more"):
        store.prune(unused_days=-1)
