"""A flat world in free space with few masts, whose powers can be added up by hand."""

import numpy as np
from flat_world import LATITUDE, LONGITUDE, cell_table, flat_scene
from pyproj import Transformer

import phusong as ps
from phusong.geodata.findings import Findings

EAST = LONGITUDE + 0.02
OMNI = {
    "azimuth_deg": np.nan,
    "horizontal_beamwidth_deg": 360.0,
    "vertical_beamwidth_deg": 360.0,
    "electrical_tilt_deg": 0.0,
}
KINDS = {
    "3G": {"technology": "3G", "frequency_mhz": 2140.0, "bandwidth_mhz": 5.0, "power_dbm": 43.0},
    "4G": {"technology": "4G", "frequency_mhz": 1842.5, "bandwidth_mhz": 20.0},
    "5G": {"technology": "5G", "frequency_mhz": 2550.0, "bandwidth_mhz": 100.0, "power_dbm": 53.0},
}


def cell(technology, **changes):
    return OMNI | KINDS[technology] | changes


def network(*cells):
    return ps.Network(cell_table(*cells), Findings().frame())


def coverage_of(*cells, **settings):
    return ps.predict(network(*cells), flat_scene(), model="free_space", progress=False, **settings)


def quality_of(*cells, **settings):
    return coverage_of(*cells).quality(progress=False, **settings)


def path_loss_db(coverage, longitude, frequency_mhz):
    """Free space from an antenna at 35 m to 1.5 m, at every pixel: P.525."""
    to_grid = Transformer.from_crs(4326, 32648, always_xy=True)
    x, y = to_grid.transform(longitude, LATITUDE)
    level = coverage["level_dbm"]
    away = np.hypot(level["x"].to_numpy()[None, :] - x, level["y"].to_numpy()[:, None] - y)
    metres = np.hypot(away, 33.5)
    pattern_db = 12 * (np.degrees(np.arctan2(33.5, away)) / 360) ** 2
    return 20 * np.log10(4 * np.pi * metres * frequency_mhz * 1e6 / 299792458) + pattern_db


def only(quality, name):
    """The one layer of a single operator and technology."""
    return quality[name].to_numpy()[0, 0]
