"""A province's job that is killed again and again ends as one that nobody disturbed."""

import hashlib
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pytest

from phusong.sample_province import write_sample

DURING_PATH_LOSS, ANY_TIME = 7, 3
# A model of few kernels: every start compiles them anew.
SETTINGS = """
[prediction]
model = "free_space"
servers = 2
"""


@pytest.fixture
def settings_file(tmp_path):
    path = write_sample(tmp_path / "inputs")["settings"]
    without_placement = path.read_text(encoding="utf8").split("[placement]")[0]
    path.write_text(without_placement + SETTINGS, encoding="utf8")
    return path


def start(settings_file, output):
    command = [sys.executable, "-m", "phusong", "run", settings_file, "--output", output, "-q"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(process):
    _, said = process.communicate()
    assert process.returncode == 0, said.decode()


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def kept(output):
    return len(list(output.glob("path_loss/*.loss")))


def contents(output):
    """Digest of each window, and of every file that a user opens."""
    kinds = ("path_loss/*.loss", "rasters/*.tif", "coverage.*", "*.csv", "map.html", "run.json")
    return {
        path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for kind in kinds
        for path in output.glob(kind)
    }


@pytest.mark.slow
def test_a_job_killed_ten_times_gives_the_bytes_of_an_undisturbed_one(tmp_path, settings_file):
    began = time.monotonic()
    finish(start(settings_file, tmp_path / "undisturbed"))
    whole_s = time.monotonic() - began
    expected = contents(tmp_path / "undisturbed")
    assert sum(name.endswith(".loss") for name in expected) > 200
    assert sum(name.endswith(".tif") for name in expected) > 10

    rng = np.random.default_rng(7)
    output, windows = tmp_path / "killed", sum(name.endswith(".loss") for name in expected)
    for most in np.sort(rng.choice(windows - 1, DURING_PATH_LOSS, replace=False)):
        process = start(settings_file, output)
        while kept(output) <= most and process.poll() is None:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.02))
        kill(process)
    assert 0 < kept(output) < windows, "else no kill fell into the path loss"
    for share in rng.uniform(0.4, 1.0, ANY_TIME):
        process = start(settings_file, output)
        with suppress(subprocess.TimeoutExpired):
            process.wait(share * whole_s)
        kill(process)
    finish(start(settings_file, output))
    assert contents(output) == expected
    assert not list(output.glob("path_loss/.*.partial"))
