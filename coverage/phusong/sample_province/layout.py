"""Where the sample province lies, its plane in kilometres, and the noise it is made with."""

from typing import Final, NamedTuple

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

__all__ = [
    "BLOCK",
    "SHAPE",
    "STEP_DEG",
    "Floats",
    "fractal",
    "from_plane",
    "generator",
    "pixel_area_km2",
    "pixel_of",
    "plane_km",
    "sample_plane",
    "spread",
    "to_plane",
    "transform",
]

Floats = NDArray[np.float64]

# The open Pacific, more than 300 km from any island: every basemap shows water there.
_CENTRE_DEG: Final = (152.5, 21.3)
_KM_PER_DEG: Final = (103.760, 110.721)  # WGS 84 at that latitude, east and north

STEP_DEG: Final = 1 / 1200  # 3 arc-seconds
BLOCK: Final = 10  # terrain pixels along one population pixel of 30 arc-seconds
SHAPE: Final = (640, 720)  # rows, columns of the terrain; whole blocks

_SEED: Final = 20_25


class _Corner(NamedTuple):
    west_deg: float
    north_deg: float


_CORNER: Final = _Corner(
    _CENTRE_DEG[0] - SHAPE[1] / 2 * STEP_DEG, _CENTRE_DEG[1] + SHAPE[0] / 2 * STEP_DEG
)


def generator(*stream: int) -> np.random.Generator:
    """Random numbers for making data: each part of the province draws from its own stream."""
    return np.random.Generator(np.random.PCG64([_SEED, *stream]))


def transform(step_deg: float = STEP_DEG) -> Affine:
    """Affine of a north-up raster in degrees that starts at the province's north-west corner."""
    return Affine(step_deg, 0, _CORNER.west_deg, 0, -step_deg, _CORNER.north_deg)


def plane_km() -> tuple[Floats, Floats]:
    """Kilometres east and north of the province's centre, for each terrain pixel's centre."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    east = (columns + 0.5 - SHAPE[1] / 2) * STEP_DEG * _KM_PER_DEG[0]
    north = (SHAPE[0] / 2 - rows - 0.5) * STEP_DEG * _KM_PER_DEG[1]
    return east, north


def from_plane(points_km: Floats) -> Floats:
    """Longitude and latitude, to 6 digits, of points (n, 2) in the plane."""
    degrees: Floats = np.round(np.asarray(points_km) / _KM_PER_DEG + _CENTRE_DEG, 6)
    return degrees


def to_plane(points_deg: Floats) -> Floats:
    """Kilometres east and north of the centre, of longitudes and latitudes (n, 2)."""
    return (np.asarray(points_deg) - _CENTRE_DEG) * _KM_PER_DEG


def pixel_area_km2() -> float:
    """Area of a terrain pixel; over the whole province it varies by 0.3 %."""
    return STEP_DEG**2 * _KM_PER_DEG[0] * _KM_PER_DEG[1]


def sample_plane(field: NDArray[np.generic], points_km: Floats) -> Floats:
    """Bilinear values of a terrain-shaped field at points (n, 2) of the plane."""
    values: Floats = map_coordinates(
        field.astype(np.float64), _raster_position(points_km), order=1, mode="nearest"
    )
    return values


def pixel_of(points_km: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of the terrain pixels that hold points (n, 2) of the plane."""
    row, column = np.rint(_raster_position(points_km)).astype(np.intp)
    return row, column


def _raster_position(points_km: Floats) -> Floats:
    """Fractional row and column (2, n) of points, whole numbers at the pixels' centres."""
    column = points_km[:, 0] / (STEP_DEG * _KM_PER_DEG[0]) + SHAPE[1] / 2 - 0.5
    row = SHAPE[0] / 2 - points_km[:, 1] / (STEP_DEG * _KM_PER_DEG[1]) - 0.5
    return np.stack([row, column])


def fractal(
    random: np.random.Generator,
    *,
    largest_km: float,
    roughness: float = 1.8,
    direction_deg: float = 0.0,
    stretch: float = 1.0,
) -> Floats:
    """Noise of mean 0 and variance 1 with a power-law spectrum, by spectral synthesis.

    Parameters
    ----------
    random
        Where the phases come from.
    largest_km
        Wavelength above which the spectrum is flat, km.
    roughness
        Exponent by which amplitude falls with frequency: 1 is rough, 2.5 smooth.
    direction_deg
        Direction, degrees anticlockwise from east, along which features are drawn out.
    stretch
        How many times longer features are along that direction than across it.

    Returns
    -------
    ndarray
        Float64 of the terrain's shape.
    """
    ky = np.fft.fftfreq(SHAPE[0], STEP_DEG * _KM_PER_DEG[1])[:, np.newaxis]
    kx = np.fft.rfftfreq(SHAPE[1], STEP_DEG * _KM_PER_DEG[0])[np.newaxis, :]
    angle = -np.radians(direction_deg)  # rows run south
    along = stretch * (kx * np.cos(angle) + ky * np.sin(angle))
    across = ky * np.cos(angle) - kx * np.sin(angle)
    frequency = np.hypot(np.hypot(along, across), 1 / largest_km)
    spectrum = np.fft.rfft2(random.standard_normal(SHAPE)) * frequency**-(roughness)
    spectrum[0, 0] = 0
    noise = np.fft.irfft2(spectrum, s=SHAPE)
    scaled: Floats = noise / noise.std()
    return scaled


def spread(
    random: np.random.Generator, weight: Floats, count: int, *, rounds: int = 8, crowd: int = 40
) -> Floats:
    """Points where the weight is, evenly spread: a crowd drawn by weight, shared among `count`.

    Parameters
    ----------
    random
        Where the crowd comes from.
    weight
        Terrain-shaped, non-negative: how likely a point of the crowd falls in a pixel.
    count
        How many points.
    rounds
        Lloyd's steps, each of which moves every point to the middle of its part of the crowd.
    crowd
        Points of the crowd per point asked for.

    Returns
    -------
    ndarray
        (count, 2) kilometres east and north, each one a point of the crowd.
    """
    east, north = plane_km()
    share = weight.ravel() / weight.sum()
    chosen = random.choice(share.size, size=count * crowd, replace=False, p=share)
    people = np.stack([east.ravel()[chosen], north.ravel()[chosen]], axis=1)
    people += random.uniform(-0.03, 0.03, people.shape)  # off the pixel centres, within the pixel
    points = people[:count]
    for _ in range(rounds):
        owner = cKDTree(points).query(people)[1]
        size = np.maximum(np.bincount(owner, minlength=count), 1)
        points = np.stack(
            [np.bincount(owner, people[:, axis], count) / size for axis in (0, 1)], axis=1
        )
    nearest: Floats = people[cKDTree(people).query(points)[1]]
    return nearest
