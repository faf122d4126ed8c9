"""The Irregular Terrain Model (ITM, Longley-Rice) of NTIA, version 1.4.

Basic transmission loss over a terrain profile (`loss_db`) or over terrain of which only the
roughness is known (`area_loss_db`), by line of sight, diffraction and troposcatter, with its
variability over time, locations and situations. G. A. Hufford, "The ITS Irregular Terrain Model,
version 1.2.2: the Algorithm"; G. A. Hufford, A. G. Longley and W. A. Kissick, NTIA Report 82-100
(1982) [Guide]; as the C++ library ITM 1.4 has it. It knows no clutter.

Valid from 20 MHz to 20 GHz, antennas 0.5 to 3,000 m above ground, refractivity 250 to 400
N-units. Outside these ranges `OutOfRangeError` is raised with the source's return code
(`ReturnCode`). Nearer its limits the model warns: not with a Python warning but with a value,
``loss_terms(...)["warnings"]``, of which `Warnings` says the meaning.
"""

import numpy as np
from numpy.typing import ArrayLike

from phusong.kernels.itm import loss_terms as kernel_terms
from phusong.kernels.itm_roughness import SCRATCH_POINTS
from phusong.kernels.itm_terrain import analyse_profile
from phusong.propagation.itm_area import area_loss_db, area_loss_terms
from phusong.propagation.itm_codes import Mode, ReturnCode, Warnings, named_terms
from phusong.propagation.itm_inputs import (
    CLIMATE,
    CONDUCTIVITY_S_M,
    N0,
    PERMITTIVITY,
    Climate,
    ModeOfVariability,
    Polarization,
    checked_link,
)
from phusong.propagation.profile import checked_profile

__all__ = [
    "Mode",
    "ReturnCode",
    "Warnings",
    "area_loss_db",
    "area_loss_terms",
    "loss_db",
    "loss_terms",
]

MIN_POINTS = 3


def loss_db(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    climate: Climate = CLIMATE,
    n0: float = N0,
    polarization: Polarization = "vertical",
    permittivity: float = PERMITTIVITY,
    conductivity_s_m: float = CONDUCTIVITY_S_M,
    mode_of_variability: ModeOfVariability = "broadcast",
    location_variability: bool = True,
    situation_variability: bool = True,
    time_percent: float = 50.0,
    location_percent: float = 50.0,
    situation_percent: float = 50.0,
    confidence_percent: float | None = None,
    reliability_percent: float | None = None,
) -> float:
    """Basic transmission loss along a terrain profile.

    Parameters
    ----------
    distance_km, height_m
        Profile, shape (n,), n >= 3, transmitter first: distance from the transmitter (starting
        at 0, in equal steps) and terrain height above sea level.
    frequency_ghz
        0.02 to 20.
    tx_height_m, rx_height_m
        Antenna heights above ground, 0.5 to 3,000 m.
    climate
        "equatorial", "continental_subtropical", "maritime_subtropical" (the default, for Vietnam),
        "desert", "continental_temperate", "maritime_temperate_over_land" or
        "maritime_temperate_over_sea".
    n0
        Surface refractivity reduced to sea level, 250 to 400 N-units. [Guide] suggests 360, 320,
        370, 280, 301, 320 and 350 for the climates in the order above.
    polarization
        "vertical" or "horizontal".
    permittivity, conductivity_s_m
        Relative permittivity of the ground, 1 or more, and its conductivity in S/m, above 0. Poor
        ground 4 and 0.001, average 15 and 0.005, good 25 and 0.02, sea 81 and 5.
    mode_of_variability
        Which kinds of variability are told from one another: "broadcast" all three; "mobile" time
        and locations as one; "accidental" locations and situations as one; "single_message" all
        as one, by ``situation_percent``.
    location_variability, situation_variability
        False leaves that variability out: between fixed points there is none over locations, and
        for interference there is none over situations (10 and 20 added to NTIA's ``mdvar``).
    time_percent, location_percent, situation_percent
        Percentages of time, locations and situations (paths alike by what is known of them) for
        which the loss is not exceeded, between 0 and 100.
    confidence_percent, reliability_percent
        The other way to say it: reliability stands for time, confidence for situation, with
        50 % of locations.

    Returns
    -------
    float
        Loss in dB.

    Raises
    ------
    InputError
        When the profile is unusable, all its problems at once; when percentages are given in both
        ways.
    OutOfRangeError
        When values are outside the model's range, all of them at once.

    Examples
    --------
    >>> import numpy as np
    >>> d = np.linspace(0, 10, 101)
    >>> flat = loss_db(d, np.zeros(101), frequency_ghz=1.8, tx_height_m=30, rx_height_m=1.5)
    >>> hill = np.where(abs(d - 5) < 1, 200.0, 0.0)
    >>> behind = loss_db(d, hill, frequency_ghz=1.8, tx_height_m=30, rx_height_m=1.5)
    >>> behind - flat > 20
    True
    """
    terms = loss_terms(
        distance_km,
        height_m,
        frequency_ghz=frequency_ghz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        climate=climate,
        n0=n0,
        polarization=polarization,
        permittivity=permittivity,
        conductivity_s_m=conductivity_s_m,
        mode_of_variability=mode_of_variability,
        location_variability=location_variability,
        situation_variability=situation_variability,
        time_percent=time_percent,
        location_percent=location_percent,
        situation_percent=situation_percent,
        confidence_percent=confidence_percent,
        reliability_percent=reliability_percent,
    )
    return terms["A"]


def loss_terms(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    climate: Climate = CLIMATE,
    n0: float = N0,
    polarization: Polarization = "vertical",
    permittivity: float = PERMITTIVITY,
    conductivity_s_m: float = CONDUCTIVITY_S_M,
    mode_of_variability: ModeOfVariability = "broadcast",
    location_variability: bool = True,
    situation_variability: bool = True,
    time_percent: float = 50.0,
    location_percent: float = 50.0,
    situation_percent: float = 50.0,
    confidence_percent: float | None = None,
    reliability_percent: float | None = None,
) -> dict[str, float]:
    """Every intermediate value of `loss_db`, under the source's names.

    Parameters are those of `loss_db`. Distances (``d...``) and heights (``h...``, ``h_e...`` the
    effective ones, ``delta_h`` the terrain's irregularity, ``a_e`` the effective earth's radius)
    are in m, angles (``theta...``) in rad, ``N_s`` (surface refractivity) in N-units, ``A...`` and
    what is taken off the reference attenuation ``A_ref`` (``V_med``, ``Y_R``, ``Y_S``) in dB;
    ``A`` is the loss and ``A_fs`` that of free space. ``mode`` is a `Mode` and ``warnings`` a
    `Warnings`, both of them numbers too.
    """
    d, h = checked_profile(distance_km, height_m, min_points=MIN_POINTS, equal_steps=True)
    link = checked_link(
        frequency_ghz=frequency_ghz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        climate=climate,
        n0=n0,
        polarization=polarization,
        permittivity=permittivity,
        conductivity_s_m=conductivity_s_m,
        mode_of_variability=mode_of_variability,
        location_variability=location_variability,
        situation_variability=situation_variability,
        time_percent=time_percent,
        location_percent=location_percent,
        situation_percent=situation_percent,
        confidence_percent=confidence_percent,
        reliability_percent=reliability_percent,
    )
    scratch = np.empty(SCRATCH_POINTS)
    path = analyse_profile(d, h, scratch, float(tx_height_m), float(rx_height_m), float(n0))
    return named_terms(path, kernel_terms(path, link))
