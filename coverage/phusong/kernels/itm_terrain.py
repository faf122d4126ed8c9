"""What the Irregular Terrain Model (ITM 1.4) takes from terrain: horizons and effective heights.

Geometry and refractivity alone: one pass serves every frequency. Heights and distances in m,
angles in radians. Letters and citations are those of G. A. Hufford, "The ITS Irregular Terrain
Model, version 1.2.2: the Algorithm" [Algorithm], of Longley and Rice 1968 [ERL 79-ITS 67] and of
Rice et al. 1967 [TN101], as NTIA's ITM 1.4 applies them.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.itm_roughness import fit_ends, terrain_irregularity

__all__ = [
    "WAVE_NUMBER_MHZ",
    "End",
    "ItmPath",
    "analyse_equal",
    "analyse_profile",
    "area_path",
    "known_path",
    "smooth_horizon",
    "step_of",
]

Floats = npt.NDArray[np.float64]

# Frequency in MHz over this is the wave number in 1/m.
WAVE_NUMBER_MHZ = 47.7
# Antennas this much times their height away do not notice the terrain under them.
CLEARING_IN_HEIGHTS = 15.0
# Adds to the product of the heights of a known path, m2: [ERL 79-ITS 67, page 3-8].
LOW_ANTENNAS = 10.0


class End(NamedTuple):
    """One end of a path: its height above ground, its horizon and its effective height."""

    h: float
    theta_hzn: float
    d_hzn: float
    h_e: float


class ItmPath(NamedTuple):
    """A path before any frequency is chosen; ``C`` belongs to the mode that found it."""

    d: float
    tx: End
    rx: End
    N_s: float
    a_e: float
    delta_h: float
    d_ml: float
    d_sml: float
    theta_los: float
    C: float


@njit
def _surface_refractivity(n0: float, height_m: float) -> float:
    """Refractivity at a height above sea level: [TN101, eq. 4.3]."""
    return n0 * math.exp(-height_m / 9460.0)


@njit
def _effective_earth_radius(n_s: float) -> float:
    """Radius of the earth over which rays are straight: [TN101, eq. 4.4]."""
    return 1.0 / (157e-9 * (1.0 - 0.04665 * math.exp(n_s / 179.3)))


@njit
def smooth_horizon(h_e: float, a_e: float) -> float:
    """Distance of the horizon over a smooth earth."""
    return math.sqrt(2.0 * h_e * a_e)


@njit
def _path(d: float, tx: End, rx: End, n_s: float, a_e: float, delta_h: float, c: float) -> ItmPath:
    """Add the limits of line of sight to what was found of both ends."""
    d_ml = tx.d_hzn + rx.d_hzn
    d_sml = smooth_horizon(tx.h_e, a_e) + smooth_horizon(rx.h_e, a_e)
    theta_los = -max(tx.theta_hzn + rx.theta_hzn, -d_ml / a_e)
    return ItmPath(d, tx, rx, n_s, a_e, delta_h, d_ml, d_sml, theta_los, c)


@njit
def _likely_horizon(h_e: float, delta_h: float, a_e: float) -> float:
    """Distance of the horizon over irregular terrain: [Algorithm, eq. 3.3]."""
    smooth: float = smooth_horizon(h_e, a_e)
    return smooth * math.exp(-0.07 * math.sqrt(delta_h / max(h_e, 5.0)))


@njit
def _likely_end(h: float, h_e: float, delta_h: float, a_e: float) -> End:
    """An end of which the horizon follows from the terrain's irregularity.

    [Algorithm, eqs. 3.3, 3.4].
    """
    smooth = smooth_horizon(h_e, a_e)
    d_hzn = _likely_horizon(h_e, delta_h, a_e)
    theta_hzn = (0.65 * delta_h * (smooth / d_hzn - 1.0) - 2.0 * h_e) / smooth
    return End(h, theta_hzn, d_hzn, h_e)


@njit
def _sited_height(h: float, delta_h: float, siting: int) -> float:
    """Effective height of an antenna sited at random (0), carefully (1), very carefully (2).

    [Algorithm, eq. 3.2].
    """
    if siting == 0:
        return h
    b = 4.0 if siting == 1 else 9.0
    if h < 5.0:
        b *= math.sin(0.1 * math.pi * h)
    return h + (1.0 + b) * math.exp(-min(20.0, 2.0 * h / max(1e-3, delta_h)))


@njit
def area_path(
    distance_km: float,
    delta_h: float,
    h_tx: float,
    h_rx: float,
    siting_tx: int,
    siting_rx: int,
    n0: float,
) -> ItmPath:
    """Path of the area mode: known by its irregularity ``delta_h`` and how its ends are sited."""
    a_e = _effective_earth_radius(n0)
    tx = _likely_end(h_tx, _sited_height(h_tx, delta_h, siting_tx), delta_h, a_e)
    rx = _likely_end(h_rx, _sited_height(h_rx, delta_h, siting_rx), delta_h, a_e)
    path: ItmPath = _path(1000.0 * distance_km, tx, rx, n0, a_e, delta_h, 0.0)
    return path


@njit
def step_of(distance_km: float, last: int) -> float:
    """Step in m of ``last`` intervals, freed of the noise that a change of unit leaves.

    A product such as 0.9 of a horizon's distance, counted in steps, is cut to a whole number of
    points; without this the last bit of the step would move it.
    """
    micrometres: float = math.floor(1e9 * distance_km / last + 0.5)
    return micrometres / 1e6


@njit
def _mean_height(height_m: Floats) -> float:
    """Mean height of a profile without its first and last tenth."""
    last = height_m.size - 1
    tenth = int(0.1 * last)
    total = 0.0
    for i in range(tenth, last - tenth + 1):
        total += height_m[i]
    return total / (last - 2 * tenth + 1)


@njit
def _horizons(
    height_m: Floats, step: float, h_tx: float, h_rx: float, a_e: float
) -> tuple[float, float, float, float]:
    """Elevation and distance of each end's horizon, or of the other end: [TN101, eq. 6.15].

    Distances are accumulated as the source does it: products would differ in their last bit, and
    with them the points that later fits begin at.
    """
    last = height_m.size - 1
    d = last * step
    bend = 0.5 / a_e
    z_tx = height_m[0] + h_tx
    z_rx = height_m[last] + h_rx
    theta_tx = (z_rx - z_tx) / d - d / (2.0 * a_e)
    theta_rx = (z_tx - z_rx) / d - d / (2.0 * a_e)
    d_hzn_tx = d
    d_hzn_rx = d
    d_tx = 0.0
    d_rx = d
    for i in range(1, last):
        d_tx += step
        d_rx -= step
        # A slope is divided out only where it is the steepest so far.
        if height_m[i] - z_tx > (theta_tx + bend * d_tx) * d_tx:
            theta_tx = (height_m[i] - z_tx) / d_tx - d_tx / (2.0 * a_e)
            d_hzn_tx = d_tx
        if height_m[i] - z_rx > (theta_rx + bend * d_rx) * d_rx:
            theta_rx = (height_m[i] - z_rx) / d_rx - d_rx / (2.0 * a_e)
            d_hzn_rx = d_rx
    return theta_tx, theta_rx, d_hzn_tx, d_hzn_rx


@njit
def _heights_in_sight(
    height_m: Floats,
    step: float,
    h_tx: float,
    h_rx: float,
    start: float,
    end: float,
    delta_h: float,
    a_e: float,
) -> tuple[float, float]:
    """Effective heights well within line of sight, where one line is fitted to all terrain."""
    last = height_m.size - 1
    fit_tx, fit_rx = fit_ends(height_m, last, step, start, end)
    h_e_tx = h_tx + max(height_m[0] - fit_tx, 0.0)
    h_e_rx = h_rx + max(height_m[last] - fit_rx, 0.0)
    reach = _likely_horizon(h_e_tx, delta_h, a_e) + _likely_horizon(h_e_rx, delta_h, a_e)
    factor = max((last * step / reach) ** 2, 1.0)
    return h_e_tx * factor, h_e_rx * factor


@njit
def _heights_beyond(
    height_m: Floats,
    step: float,
    h_tx: float,
    h_rx: float,
    start: float,
    end: float,
    d_tx: float,
    d_rx: float,
) -> tuple[float, float]:
    """Effective heights near or beyond the horizons, each over the terrain before its own."""
    last = height_m.size - 1
    fit_tx, _ = fit_ends(height_m, last, step, start, 0.9 * d_tx)
    _, fit_rx = fit_ends(height_m, last, step, last * step - 0.9 * d_rx, end)
    return h_tx + max(height_m[0] - fit_tx, 0.0), h_rx + max(height_m[last] - fit_rx, 0.0)


@njit
def analyse_profile(
    distance_km: Floats, height_m: Floats, scratch_m: Floats, h_tx: float, h_rx: float, n0: float
) -> ItmPath:
    """Analyse an equally spaced profile, transmitter first.

    ``scratch_m`` is overwritten: a float64 array of at least `SCRATCH_POINTS`, one for each
    thread. ``h_tx`` and ``h_rx`` are above ground, ``n0`` is refractivity reduced to sea level.
    """
    last = height_m.size - 1
    step = step_of(distance_km[last], last)
    path: ItmPath = analyse_equal(height_m, step, scratch_m, h_tx, h_rx, n0)
    return path


@njit
def analyse_equal(
    height_m: Floats, step: float, scratch_m: Floats, h_tx: float, h_rx: float, n0: float
) -> ItmPath:
    """The same of heights that are ``step`` m apart, as `step_of` has it."""
    d = (height_m.size - 1) * step
    n_s = _surface_refractivity(n0, _mean_height(height_m))
    a_e = _effective_earth_radius(n_s)
    theta_tx, theta_rx, d_tx, d_rx = _horizons(height_m, step, h_tx, h_rx, a_e)
    start = min(CLEARING_IN_HEIGHTS * h_tx, 0.1 * d_tx)
    end = d - min(CLEARING_IN_HEIGHTS * h_rx, 0.1 * d_rx)
    delta_h = terrain_irregularity(height_m, step, start, end, scratch_m)
    if d_tx + d_rx > 1.5 * d:
        heights = _heights_in_sight(height_m, step, h_tx, h_rx, start, end, delta_h, a_e)
        tx = _likely_end(h_tx, heights[0], delta_h, a_e)
        rx = _likely_end(h_rx, heights[1], delta_h, a_e)
    else:
        heights = _heights_beyond(height_m, step, h_tx, h_rx, start, end, d_tx, d_rx)
        tx = End(h_tx, theta_tx, d_tx, heights[0])
        rx = End(h_rx, theta_rx, d_rx, heights[1])
    path: ItmPath = known_path(d, tx, rx, n_s, a_e, delta_h)
    return path


@njit
def known_path(d: float, tx: End, rx: End, n_s: float, a_e: float, delta_h: float) -> ItmPath:
    """Path of a profile, from what was found of it."""
    path: ItmPath = _path(d, tx, rx, n_s, a_e, delta_h, LOW_ANTENNAS)
    return path
