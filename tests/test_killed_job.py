"""A province's job that is killed again and again ends as one that nobody disturbed."""

import hashlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from phusong.sample_province import write_sample

KILLS = 10
# A model of few kernels: every start compiles them anew.
SETTINGS = """
[prediction]
model = "hata"
servers = 2
"""


@pytest.fixture
def settings_file(tmp_path):
    path = write_sample(tmp_path / "inputs")["settings"]
    text = path.read_text(encoding="utf8").split("[placement]")
    rest = "[output]" + text[1].split("[output]")[1]
    path.write_text(text[0] + SETTINGS + rest, encoding="utf8")
    return path


def start(settings_file, output):
    command = [sys.executable, "-m", "phusong", "run", settings_file, "--output", output, "-q"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(process):
    _, said = process.communicate()
    assert process.returncode == 0, said.decode()


def contents(output):
    """Digest of each window, of the layers and of the rasters."""
    kinds = ("path_loss/*.loss", "coverage.nc", "rasters/*.tif", "cells.csv")
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

    output, kept = tmp_path / "killed", []
    for share in np.random.default_rng(7).uniform(0.3, 1.0, KILLS):
        process = start(settings_file, output)
        try:
            process.wait(share * whole_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        kept.append(len(list(output.glob("path_loss/*.loss"))))
    assert any(count > 0 for count in kept)
    finish(start(settings_file, output))
    assert contents(output) == expected
    assert not list(output.glob("path_loss/.*.partial"))
