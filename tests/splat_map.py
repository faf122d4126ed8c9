"""SPLAT!'s coverage map of Monterey: its inputs, its output, and the walks that it takes."""

import gzip
import json
from dataclasses import dataclass

import numpy as np
from rasterio.transform import from_origin

ROWS, COLS, PER_DEGREE = 1200, 2400, 1200
NORTH, SOUTH, WEST, EAST = 37.0, 36.0, -123.0, -121.0
# SPLAT!'s earth of 3,959 miles, and its 1,200 samples a degree in radians.
EARTH_KM, PER_RADIAN = 3959 * 1.609344, 68755
DIPOLE_DB = 2.14
# Heights stand at whole fractions of a degree, the northernmost row one below the page's rim.
TRANSFORM = from_origin(
    WEST - 0.5 / PER_DEGREE, NORTH - 0.5 / PER_DEGREE, 1 / PER_DEGREE, 1 / PER_DEGREE
)


@dataclass(frozen=True)
class SplatMap:
    """SPLAT!'s inputs and output, north up."""

    case: dict
    terrain_m: np.ndarray
    byte: np.ndarray
    computed: np.ndarray

    @property
    def land_m(self):
        """Terrain with the clutter on all that is not at sea level."""
        return np.where(self.terrain_m == 0, 0.0, self.terrain_m + self.case["clutter_height"])

    @property
    def eirp_dbm(self):
        case = self.case
        return case["tx_power"] + case["tx_gain"] - case["system_loss"] + DIPOLE_DB


@dataclass(frozen=True)
class Paths:
    """SPLAT!'s walks, and for each pixel of its map the walk and the step that gave its level."""

    azimuth: np.ndarray
    step_km: np.ndarray
    row: np.ndarray  # of every step of every walk
    col: np.ndarray
    pixel: np.ndarray  # flat index into the map
    walk: np.ndarray
    points: np.ndarray  # of the profile, which ends one step before the pixel


def page(path):
    """Heights of one SDF page, which runs from the south-east corner west, then north."""
    values = np.array(gzip.decompress(path.read_bytes()).split()[4:], dtype=float)
    return values.reshape(ROWS, COLS // 2)[::-1, ::-1]


def read_map(folder):
    """Case, terrain, bytes and the pixels computed."""

    def raster(name):
        data = gzip.decompress((folder / f"monterey_25km.{name}.u8.gz").read_bytes())
        return np.frombuffer(data, np.uint8).reshape(ROWS, COLS)

    pages = [page(folder / "terrain" / f"36:37:{lon}.sdf.gz") for lon in ("122:123", "121:122")]
    case = json.loads((folder / "monterey_25km.case.json").read_text(encoding="utf8"))
    return SplatMap(case, np.hstack(pages), raster("signal"), raster("mask") > 0)


def rim():
    """Longitude and latitude of every rim pixel, in the order in which SPLAT! walks there."""
    along = WEST + np.arange(COLS)[::-1] / PER_DEGREE
    up = SOUTH + np.arange(ROWS) / PER_DEGREE
    sides = [
        (along, np.full(COLS, NORTH)),
        (np.full(ROWS, EAST), up[::-1]),
        (along, np.full(COLS, SOUTH)),
        (np.full(ROWS, WEST), up),
    ]
    return np.radians(np.concatenate([np.column_stack(side) for side in sides]).T)


def place(case, azimuth, angle):
    """Longitude and latitude in degrees, so far from the mast along a great circle."""
    lon, lat = np.radians([case["lon"], case["lat"]])
    sine = np.sin(lat) * np.cos(angle) + np.cos(lat) * np.sin(angle) * np.cos(azimuth)
    east = np.sin(azimuth) * np.sin(angle) * np.cos(lat)
    there = lon + np.arctan2(east, np.cos(angle) - np.sin(lat) * sine)
    return np.degrees(there), np.degrees(np.arcsin(sine))


def directions(case):
    """Azimuth and step in km of every walk: as many steps as pixels lie beside and above it."""
    lon, lat = np.radians([case["lon"], case["lat"]])
    there_lon, there_lat = rim()
    beside = there_lon - lon
    north = np.cos(lat) * np.sin(there_lat) - np.sin(lat) * np.cos(there_lat) * np.cos(beside)
    east = np.sin(beside) * np.cos(there_lat)
    cosine = np.sin(lat) * np.sin(there_lat) + np.cos(lat) * np.cos(there_lat) * np.cos(beside)
    steps = PER_RADIAN * np.hypot(beside, there_lat - lat)
    return np.arctan2(east, north), EARTH_KM * np.arccos(cosine) / steps


def walks_of(splat):
    """Walk to the rim as SPLAT! does: the first step that falls into a pixel gives its level."""
    azimuth, step_km = directions(splat.case)
    range_km = splat.case["radius"] / 1000
    step = np.arange(int(range_km / step_km.min()) + 2)
    lon, lat = place(splat.case, azimuth[:, None], step_km[:, None] / EARTH_KM * step)
    # Steps beyond the page are beyond the range too.
    row = (ROWS - 1 - np.rint(PER_DEGREE * (lat - SOUTH)).astype(int)).clip(0, ROWS - 1)
    col = np.rint(PER_DEGREE * (lon - WEST)).astype(int).clip(0, COLS - 1)
    near = np.flatnonzero((step >= 2) & (step * step_km[:, None] <= range_km))
    pixel, first = np.unique((row * COLS + col).ravel()[near], return_index=True)
    return Paths(azimuth, step_km, row, col, pixel, *np.divmod(near[first], step.size))
