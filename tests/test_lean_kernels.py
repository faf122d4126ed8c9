"""Importing compiles nothing, and no model's kernel asks for memory while it runs."""

import importlib
import json
import pkgutil
import subprocess
import sys

import numpy as np
import pytest
from machine_code import allocates

from phusong import kernels
from phusong._jit import njit
from phusong.prediction import PredictSettings
from phusong.prediction.models import MODELS
from phusong.propagation import (
    itm_area,
    p530,
    p676,
    p676_slant,
    p838,
    p2108,
    p2109,
    spm,
    tr38901_indoor,
)
from phusong.radio.antennas import Antenna, panel_pattern, pattern_of

COMPILED_AT_IMPORT = """
import importlib, json, pkgutil, sys
import phusong
for module in pkgutil.walk_packages(phusong.__path__, "phusong."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
kernels = {
    f"{name}.{key}": len(value.signatures)
    for name, module in sys.modules.items() if name.startswith("phusong.")
    for key, value in vars(module).items() if hasattr(value, "py_func")
}
print(json.dumps(kernels))
"""
# No models: they choose sites or servers, pack codes, or walk a radial for one link, each with
# work arrays of its own that are made once a call.
ONCE_A_CALL = {
    "phusong.kernels.cliques",
    "phusong.kernels.cover",
    "phusong.kernels.cover_dual",
    "phusong.kernels.cover_growth",
    "phusong.kernels.cover_merge",
    "phusong.kernels.cover_rules",
    "phusong.kernels.cover_search",
    "phusong.kernels.orientations",
    "phusong.kernels.view",
    "phusong.kernels.combine",
    "phusong.kernels.residual",
    "phusong.kernels.codes",
    "phusong.kernels.sweep",
    "phusong.kernels.sweep_ground",
    "phusong.kernels.area",
}


def test_importing_every_module_compiles_nothing():
    done = subprocess.run(
        [sys.executable, "-c", COMPILED_AT_IMPORT], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert len(found) > 100
    assert [name for name, signatures in found.items() if signatures] == []


def test_an_allocation_would_be_seen_even_in_what_is_called():
    inner = njit(lambda x: (x + x).sum())
    outer = njit(lambda x: inner(x) + 1.0)
    outer(np.ones(3))
    assert allocates(outer)
    plain = njit(lambda x: x[0] + 1.0)
    plain(np.ones(3))
    assert not allocates(plain)


@pytest.mark.parametrize("name", list(MODELS))
def test_no_model_allocates_along_a_profile(name):
    """The function that the loop over a window calls for each pixel."""
    model = MODELS[name]
    bands = np.array([1.8, 2.1])
    distance_km = np.linspace(0.0, 8.0, 60)
    height_m = 30.0 + 20.0 * np.sin(distance_km)
    loss_db = np.full(2, np.nan)
    settings = model.rows(PredictSettings(), bands, 21.0)
    scratch = np.empty(model.scratch_points or distance_km.size)
    surface_m = height_m + 5.0
    ends = (35.0, 1.5)
    zone = np.where(distance_km < 4.0, 3, 1).astype(np.uint8)
    model.loss(distance_km, height_m, surface_m, zone, *ends, bands, settings, scratch, loss_db)
    assert np.isfinite(loss_db).all()
    assert not allocates(model.loss)


def run_every_other_door():
    """Each door whose kernels are not those of an area model, with the values of its docstring."""
    p2108.height_gain_loss_db(1.5, frequency_ghz=0.9, clutter="suburban")
    p2108.terrestrial_loss_db(0.65, frequency_ghz=3.0)
    p2108.slant_loss_db(15.5, frequency_ghz=11.1, location_percent=80.5)
    p2109.loss_db(frequency_ghz=0.9)
    p676.loss_db(2.0, frequency_ghz=26.0)
    p676_slant.zenith_water_vapour_db(29.0, columnar_vapour_kg_m2=54.6)
    p676_slant.slant_loss_db(28.0, elevation_deg=45.0)
    p838.specific_attenuation_db_km(50.0, frequency_ghz=26.0)
    p530.rain_loss_db(2.0, frequency_ghz=26.0, rain_rate_mm_h=90.0)
    tr38901_indoor.loss_db(frequency_ghz=3.5)
    ends = {"frequency_ghz": 1.8, "tx_height_m": 30, "rx_height_m": 1.5}
    itm_area.area_loss_db(10, delta_h_m=20, **ends)
    distance_km = np.linspace(0, 5, 51)
    for diffraction in ("bullington", "deygout"):
        spm.loss_db(distance_km, 9 * np.sin(distance_km), **ends, diffraction=diffraction)
    antenna = Antenna.from_beamwidths(gain_dbi=17.0)
    pattern_of(antenna).attenuation_db_at(0.0, 0.0)
    antenna.gain_dbi_at(0.0, 0.0)
    panel_pattern("panel 2x2 ssb 2")


def test_no_kernel_behind_a_door_allocates():
    """Arrays are made at the door; what is compiled fills them."""
    run_every_other_door()
    names = [module.name for module in pkgutil.iter_modules(kernels.__path__)]
    modules = [importlib.import_module(f"phusong.kernels.{name}") for name in names]
    ran = {
        f"{module.__name__}.{name}": kernel
        for module in modules
        if module.__name__ not in ONCE_A_CALL
        for name, kernel in vars(module).items()
        if getattr(kernel, "signatures", None) and kernel.py_func.__module__ == module.__name__
    }
    assert len(ran) > 40
    assert [name for name, kernel in ran.items() if allocates(kernel)] == []
