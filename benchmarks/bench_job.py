"""Time of the whole main job on the sample, compilation included in the first round only."""

from phusong.job import run
from phusong.sample_province import write_sample


def test_sample_job(benchmark, tmp_path):
    """Everything `phusong demo` does after its kernels are compiled."""
    settings = write_sample(tmp_path / "inputs")["settings"]
    job = benchmark.pedantic(
        run,
        args=(settings, tmp_path / "out"),
        kwargs={"progress": False},
        rounds=1,
        warmup_rounds=1,
    )
    assert job.files["map"].stat().st_size > 100_000
