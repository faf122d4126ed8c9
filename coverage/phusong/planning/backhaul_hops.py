"""Microwave hops between places: which are possible, in which band, and what stands in the others.

Line of sight by the rules of `BackhaulSettings.clearance` over the scene's terrain and clutter; the
part of the time by P.530-17: rain of the average year and multipath of the average worst month,
which is taken for every month and so errs on the safe side.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.spatial import cKDTree

from phusong.kernels.diffraction import wavelength_m
from phusong.kernels.hops import fill_clearances, fill_fades

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene
    from phusong.planning.backhaul_settings import BackhaulSettings, Bands

__all__ = ["BLOCKED", "FADES", "TOO_LONG", "USABLE", "Clearances", "find_hops", "hop_pairs"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

USABLE, TOO_LONG, BLOCKED, FADES = "usable", "too_long", "blocked", "fades"
_ROUGHNESS_SIDE_KM: Final = 110.0  # of the square around, P.530-17, 2.3.1


@dataclass(frozen=True, eq=False)
class Clearances:
    """What the ground leaves of each hop by each rule of clearance; arrays (hops, rules).

    ``root`` as in `phusong.kernels.hops`; ``at_km`` from the first end and ``clear_m`` above the
    surface are those of the point where it is least.
    """

    km: Floats
    root: Floats
    at_km: Floats
    clear_m: Floats


def hop_pairs(nodes: pd.DataFrame, settings: "BackhaulSettings") -> tuple[Ints, Ints]:
    """Pairs of places to try: each new one with the nearest existing sites, and new ones.

    Returns
    -------
    first, second : ndarray of int32
        Rows of ``nodes``; the first is always a new place, and no pair is there twice.
    """
    xy = nodes[["x", "y"]].to_numpy()
    is_site = nodes["role"].eq("site").to_numpy()
    new, sites = np.flatnonzero(~is_site), np.flatnonzero(is_site)
    reach_m = 1000.0 * float(settings.band_table.longest_km.max())
    pairs = [
        _nearest(xy, new, sites, settings.nearest_sites, reach_m),
        # the place itself is the nearest of all new ones
        _nearest(xy, new, new, settings.nearest_relays + 1, reach_m),
    ]
    joined = np.concatenate(pairs)
    both_new = ~is_site[joined[:, 1]]
    joined[both_new] = np.sort(joined[both_new], axis=1)
    joined = np.unique(joined[joined[:, 0] != joined[:, 1]], axis=0)
    return joined[:, 0].astype(np.int32), joined[:, 1].astype(np.int32)


def _nearest(xy: Floats, of: Places, among: Places, count: int, reach_m: float) -> Places:
    """Pairs of each place with its nearest; with the very nearest however far, to tell of it."""
    count = min(count, len(among))
    if count == 0 or len(of) == 0:
        return np.empty((0, 2), np.intp)
    distance, found = cKDTree(xy[among]).query(xy[of], k=range(1, count + 1))
    kept = distance <= reach_m
    kept[:, 0] = True
    row, place = np.nonzero(kept)
    return np.column_stack([of[row], among[found[row, place]]])


def find_hops(
    scene: "Scene", nodes: pd.DataFrame, first: Ints, second: Ints, settings: "BackhaulSettings"
) -> pd.DataFrame:
    """Judge hops between pairs of places.

    Parameters
    ----------
    scene
        Terrain and clutter.
    nodes
        Places, as `node_table` gives them.
    first, second : ndarray of int32
        Ends of each hop, rows of ``nodes``.
    settings
        Rules, climate and bands.

    Returns
    -------
    DataFrame
        One row a hop: first, second, km; state ("usable", "too_long", "blocked" or "fades"); for
        the cheapest usable band (of equals the highest), else the one nearest to being so: band
        (row of the bands, -1 where the hop is too long), band_ghz, margin_db,
        availability_percent, cost; by the rule that leaves least: k, clearance_m (of the ray above
        the ground), intrusion_m (of the ground into what must be clear; negative where it is) and
        obstacle_km from the first end.
    """
    bands = settings.band_table
    clearances = measure(scene, nodes, first, second, settings)
    within = clearances.km[:, None] <= bands.longest_km
    intrusion_m, rule = _intrusions(clearances, settings)
    clear = within & (intrusion_m <= 0.0)
    margin_db, unavailable = _fades(scene, nodes, first, second, clearances.km, clear, settings)
    usable = clear & (unavailable <= 100.0 - settings.availability_percent)
    band = _band(within, clear, usable, unavailable, bands)
    each = np.arange(len(first))
    at = each, rule[each, band]
    lasting = np.clip(100.0 - unavailable[each, band], 0.0, 100.0)
    none = ~within.any(axis=1)
    k = np.array([each.k for each in settings.clearance])
    return pd.DataFrame(
        {
            "first": first,
            "second": second,
            "km": clearances.km,
            "state": np.select(
                [none, usable.any(axis=1), clear.any(axis=1)], [TOO_LONG, USABLE, FADES], BLOCKED
            ),
            "band": np.where(none, -1, band),
            "band_ghz": np.where(none, np.nan, bands.band_ghz[band]),
            "margin_db": margin_db[each, band],
            "availability_percent": np.where(clear[each, band], lasting, np.nan),
            "cost": np.where(none, np.nan, bands.link_cost[band]),
            "k": k[at[1]],
            "clearance_m": clearances.clear_m[at],
            "intrusion_m": intrusion_m[each, band],
            "obstacle_km": clearances.at_km[at],
        }
    )


def measure(
    scene: "Scene", nodes: pd.DataFrame, first: Ints, second: Ints, settings: "BackhaulSettings"
) -> Clearances:
    """Walk the ground of every hop once."""
    k = np.array([rule.k for rule in settings.clearance])
    root, at_km, clear_m = np.empty((3, len(first), len(k)))
    row, col, altitude_m = (
        np.ascontiguousarray(nodes[name], dtype=np.float64) for name in ("row", "col", "altitude_m")
    )
    pixel_km = scene.resolution_m / 1000.0
    step_km = pixel_km if settings.profile_step_m is None else settings.profile_step_m / 1000.0
    fill_clearances(
        _raster(scene.terrain),
        _raster(settings.clutter_m if scene.clutter_m is None else scene.clutter_m),
        row,
        col,
        altitude_m,
        first,
        second,
        pixel_km,
        step_km,
        k,
        root,
        at_km,
        clear_m,
    )
    km = pixel_km * np.hypot(row[first] - row[second], col[first] - col[second])
    return Clearances(km, root, at_km, clear_m)


def _raster(values: float | xr.DataArray) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(np.atleast_2d(np.asarray(values, dtype=np.float32)))


def _intrusions(c: Clearances, settings: "BackhaulSettings") -> tuple[Floats, Ints]:
    """How far the ground rises into what must be clear, and by which rule most: (hops, bands)."""
    wavelength = np.array([wavelength_m(f) for f in settings.band_table.frequency_ghz])
    shape = (len(c.km), len(wavelength))
    worst, rule = np.full(shape, -np.inf), np.zeros(shape, np.int32)
    for number, (_, part) in enumerate(settings.clearance):
        at_km, km = c.at_km[:, number], np.maximum(c.km, np.finfo(float).tiny)
        spread = np.sqrt(1000.0 * at_km * np.maximum(km - at_km, 0.0) / km)
        wanted = part * np.sqrt(wavelength) * spread[:, None]
        intrusion = wanted - c.clear_m[:, number, None]
        more = intrusion > worst
        worst, rule = np.where(more, intrusion, worst), np.where(more, number, rule)
    return worst, rule.astype(np.int32)


def _fades(
    scene: "Scene",
    nodes: pd.DataFrame,
    first: Ints,
    second: Ints,
    km: Floats,
    wanted: Flags,
    settings: "BackhaulSettings",
) -> tuple[Floats, Floats]:
    """Fade margins, and the part of the time in which fades exceed them, NaN where not wanted."""
    bands = settings.band_table
    margin_db, rain, multipath = np.full((3, *wanted.shape), np.nan)
    altitude_m = nodes["altitude_m"].to_numpy(np.float64)
    climate = (
        settings.rain_rate_mm_h,
        settings.refractivity_gradient,
        roughness_m(scene),
        settings.tilt_deg,
    )
    fill_fades(
        wanted,
        km,
        altitude_m[first],
        altitude_m[second],
        bands.frequency_ghz,
        bands.system_gain_db,
        bands.gas_db_km,
        climate,
        margin_db,
        rain,
        multipath,
    )
    return margin_db, np.minimum(rain + multipath, 100.0)


def roughness_m(scene: "Scene") -> float:
    """Standard deviation of the terrain's heights, P.530-17's s_a, in the square around the middle.

    A scene smaller than 110 km gives that of all its terrain.
    """
    terrain = scene.terrain.to_numpy()
    half = round(_ROUGHNESS_SIDE_KM * 500.0 / scene.resolution_m)
    rows, cols = (slice(max(0, size // 2 - half), size // 2 + half + 1) for size in terrain.shape)
    return float(terrain[rows, cols].std(dtype=np.float64))


def _band(
    within: Flags, clear: Flags, usable: Flags, unavailable: Floats, bands: "Bands"
) -> npt.NDArray[np.intp]:
    """The cheapest usable band, else the steadiest clear one, else the highest that reaches.

    Bands are by falling frequency, and the first of equals is taken.
    """
    cheapest = np.where(usable, bands.link_cost, np.inf).argmin(axis=1)
    steadiest = np.where(clear, unavailable, np.inf).argmin(axis=1)
    highest = within.argmax(axis=1)
    return np.select([usable.any(axis=1), clear.any(axis=1)], [cheapest, steadiest], highest)
