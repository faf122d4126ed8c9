"""The sample province's ground: a river plain, low hills, and one steep ridge."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from phusong.sample_province.layout import Floats, fractal, generator, plane_km

__all__ = ["RIDGE_TOP_M", "elevation_m", "river_distance_km"]

RIDGE_TOP_M: Final = 1580.0

_RIDGE_BEARING_DEG: Final = 139.0  # the crest's direction, anticlockwise from east: to the NW
_RIDGE_MIDDLE_KM: Final = (6.0, 6.0)
_RIDGE_HALF_LENGTH_KM: Final = 17.0
_STREAM: Final = 1


def elevation_m() -> NDArray[np.int16]:
    """Metres above sea level of each terrain pixel, whole metres as a survey gives them."""
    ground = _plain_m() + _hills_m()
    mountain = _mountain(ground)
    surface_noise = 0.7 * generator(_STREAM, 9).standard_normal(ground.shape)
    return np.rint(ground + mountain + surface_noise).astype(np.int16)


def river_distance_km() -> Floats:
    """Distance of each terrain pixel from the middle of the river, km."""
    east, north = plane_km()
    along, across = _turned(east, north + 12.0, -14.0)
    middle = 1.6 * np.sin(along / 3.4) + 1.1 * np.sin(along / 1.9 + 1.0)
    distance: Floats = np.abs(across - middle)
    return distance


def _turned(east: Floats, north: Floats, direction_deg: float) -> tuple[Floats, Floats]:
    """Coordinates along a direction (anticlockwise from east) and to the left of it."""
    cos, sin = np.cos(np.radians(direction_deg)), np.sin(np.radians(direction_deg))
    return east * cos + north * sin, north * cos - east * sin


def _ridge_km() -> tuple[Floats, Floats]:
    """Along the crest and behind it (north-east positive); the crest itself winds a little."""
    east, north = plane_km()
    along, left = _turned(
        east - _RIDGE_MIDDLE_KM[0], north - _RIDGE_MIDDLE_KM[1], _RIDGE_BEARING_DEG
    )
    wander = fractal(generator(_STREAM, 1), largest_km=12, roughness=2.6)
    return along, -left + 0.7 * wander


def _plain_m() -> Floats:
    """Flat ground of 10-20 m that falls towards the river, in its shallow bed."""
    distance = river_distance_km()
    swell = fractal(generator(_STREAM, 2), largest_km=8, roughness=2.0)
    rise = 8.0 * np.tanh(distance / 14.0)
    bed = 4.0 * np.exp(-((distance / 0.5) ** 4))
    plain: Floats = 11.0 + rise - bed + 0.9 * swell
    return plain


def _hills_m() -> Floats:
    """Rounded hills of 50-250 m in the north-west, and low knolls along the ridge's foot."""
    east, north = plane_km()
    texture = fractal(generator(_STREAM, 3), largest_km=5, roughness=2.25)
    edge = fractal(generator(_STREAM, 4), largest_km=10, roughness=2.2)
    along, behind = _ridge_km()
    north_west = _step((np.hypot(east + 17, north - 13) - 14 + 2.5 * edge) / -4)
    behind_ridge = _step((behind - 2.0) / 3)
    low = _step((np.abs(behind + 3.5) - 3 + edge) / -2) * _step((20 - np.abs(along)) / 4)
    crests = np.clip(0.55 + 0.42 * texture, 0, None) ** 1.3
    hills: Floats = (
        north_west * (32 + 88 * crests) + behind_ridge * (60 + 110 * crests) + low * 22 * crests
    )
    return hills


def _mountain(ground_m: Floats) -> Floats:
    """The ridge's height above `ground_m`, scaled so that its summit is `RIDGE_TOP_M`."""
    along, behind = _ridge_km()
    spurs = fractal(
        generator(_STREAM, 5), largest_km=9, roughness=1.9, direction_deg=49.0, stretch=3.0
    )
    peaks = fractal(generator(_STREAM, 6), largest_km=7, roughness=2.2)
    texture = fractal(generator(_STREAM, 7), largest_km=1.5, roughness=1.7)
    taper = np.exp(-((np.abs(along) / _RIDGE_HALF_LENGTH_KM) ** 4))
    half_width_km = np.where(behind < 0, 2.3, 3.0) * (1 + 0.16 * spurs)
    slope = np.exp(-(np.abs(behind / half_width_km) ** 1.45))
    carved = 1 - 0.5 * np.clip(np.abs(spurs), 0, 1.3) * np.clip(np.abs(behind) / 2, 0.1, 1)
    height = taper * slope * carved * (1 + 0.16 * peaks) * (1 + 0.05 * texture)
    summit = np.unravel_index(np.argmax(height), height.shape)
    scaled: Floats = height * (RIDGE_TOP_M - ground_m[summit]) / height[summit]
    return scaled


def _step(value: Floats) -> Floats:
    """Smooth step: 0 below -1, 1 above +1."""
    t = np.clip((value + 1) / 2, 0, 1)
    smooth: Floats = t * t * (3 - 2 * t)
    return smooth
