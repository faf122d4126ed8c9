"""A made-up province, made by code, to try phusong on."""

from phusong.sample_province.files import Sample, sample, write_sample

__all__ = ["Sample", "sample", "write_sample"]
