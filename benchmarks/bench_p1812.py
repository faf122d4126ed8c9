"""Time of the P.1812 kernels: one profile, and one mast's window."""

import numpy as np
import pytest

from phusong.kernels.area import window_kernel
from phusong.kernels.area_models import p1812_loss
from phusong.kernels.p1812 import beta0_percent, effective_earth_radius_km, loss_terms
from phusong.kernels.path import analyse_path

AE_KM = effective_earth_radius_km(60.0)


def hills(shape, seed=1):
    """Fractal-like terrain, 0 to some 600 m."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.normal(size=shape))
    ky, kx = np.meshgrid(np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1]), indexing="ij")
    k = np.hypot(ky, kx)
    k[0, 0] = np.inf
    height = np.fft.irfft2(spectrum / k**1.8, s=shape)
    height -= height.min()
    return (600.0 * height / height.max()).astype(np.float32)


@pytest.mark.parametrize("points", [100, 300, 1000])
def test_one_profile(benchmark, points):
    """Analysis and loss of one profile, 50 % of time, as the area kernel does it."""
    d = np.linspace(0, points * 0.03, points)
    h = hills((8, points))[0].astype(float)

    def one():
        path = analyse_path(d, h, h + 10.0, 30.0, 1.5, AE_KM, True, False)
        b0 = beta0_percent(21.3, d[-1], d[-1])
        return loss_terms(path, 1.8, 50.0, AE_KM, b0, 0.0, d[-1], 500.0, 500.0, 370.0, True, 0.0).Lb

    one()
    assert np.isfinite(benchmark(one))


@pytest.mark.parametrize("bands", [1, 2])
def test_one_mast(benchmark, bands):
    """10 km around one mast at 90 m pixels and 30 m profile steps, all cores."""
    terrain = hills((240, 240))
    shape = (223, 223)
    loss = np.empty((bands, *shape), np.float32)
    departure = np.empty(shape, np.float32)
    ghz, range_km = np.array([1.8, 2.1])[:bands], np.full(bands, 10.0)

    settings = np.tile([50.0, AE_KM, 370.0, 21.3, 1.0], (bands, 1))
    clutter = np.full((1, 1), 10.0, np.float32)
    fill = window_kernel(p1812_loss, 1)

    def window():
        fill(
            terrain,
            clutter,
            np.full((1, 1), 4, np.uint8),
            119.3,
            119.4,
            35.0,
            1.5,
            0.09,
            0.03,
            8,
            8,
            ghz,
            range_km,
            settings,
            loss,
            departure,
        )

    window()
    benchmark(window)
    benchmark.extra_info["pixels"] = int(np.isfinite(departure).sum())
    assert np.isfinite(loss[0]).any()
