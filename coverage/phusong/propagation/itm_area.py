"""Area mode of the Irregular Terrain Model (ITM 1.4): see `phusong.propagation.itm`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError
from phusong.kernels import itm as kernel
from phusong.kernels.itm_terrain import area_path
from phusong.propagation.itm_codes import ReturnCode, named_terms, raise_for
from phusong.propagation.itm_inputs import (
    CLIMATE,
    CONDUCTIVITY_S_M,
    N0,
    PERMITTIVITY,
    SITINGS,
    Climate,
    ModeOfVariability,
    Polarization,
    Siting,
    checked_link,
    choice_problems,
)

__all__ = ["area_loss_db", "area_loss_terms"]

FloatArray = NDArray[np.float64]


class _Area(NamedTuple):
    distance_km: FloatArray
    delta_h_m: FloatArray
    tx_siting: str
    rx_siting: str


def area_loss_db(
    distance_km: ArrayLike,
    *,
    delta_h_m: ArrayLike,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    tx_siting: Siting = "random",
    rx_siting: Siting = "random",
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
) -> float | FloatArray:
    """Basic transmission loss over terrain of which only the irregularity is known.

    Parameters
    ----------
    distance_km
        Length of the path, above 0; any shape.
    delta_h_m
        Terrain irregularity, the range of heights between their deciles, 0 or more; any shape that
        broadcasts with ``distance_km``. Plains 30 m, hills 90 m, mountains 200 m.
    tx_siting, rx_siting
        How each antenna's place was chosen: "random", "careful" (as base stations are) or
        "very_careful".
    frequency_ghz, tx_height_m, rx_height_m, climate, n0, polarization, permittivity, \
conductivity_s_m, mode_of_variability, location_variability, situation_variability, time_percent, \
location_percent, situation_percent, confidence_percent, reliability_percent
        As in `phusong.propagation.itm.loss_db`.

    Returns
    -------
    float or ndarray
        Loss in dB, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When the shapes do not broadcast; when percentages are given in both ways.
    OutOfRangeError
        When values are outside the model's range, all of them at once.

    Examples
    --------
    >>> round(area_loss_db(10, delta_h_m=20, frequency_ghz=3.5, tx_height_m=15, rx_height_m=3,
    ...                    climate="continental_temperate", n0=301), 1)
    134.5
    """
    area = _checked_area(distance_km, delta_h_m, tx_siting, rx_siting)
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
        more_problems=_area_problems(area),
    )
    loss = np.empty(area.distance_km.shape)
    error = kernel.fill_area_losses(
        area.distance_km.flatten(),
        area.delta_h_m.flatten(),
        float(tx_height_m),
        float(rx_height_m),
        SITINGS.index(tx_siting),
        SITINGS.index(rx_siting),
        float(n0),
        link,
        loss.ravel(),
    )
    raise_for(error)
    return float(loss) if loss.ndim == 0 else loss


def area_loss_terms(
    distance_km: float,
    *,
    delta_h_m: float,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    tx_siting: Siting = "random",
    rx_siting: Siting = "random",
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
    """Every intermediate value of `area_loss_db` for one path.

    Parameters are those of `area_loss_db`, names those of `phusong.propagation.itm.loss_terms`.
    """
    area = _checked_area(distance_km, delta_h_m, tx_siting, rx_siting)
    if area.distance_km.ndim:
        raise InputError("itm", ["area_loss_terms takes one path: give scalars"])
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
        more_problems=_area_problems(area),
    )
    path = area_path(
        float(distance_km),
        float(delta_h_m),
        float(tx_height_m),
        float(rx_height_m),
        SITINGS.index(tx_siting),
        SITINGS.index(rx_siting),
        float(n0),
    )
    return named_terms(path, kernel.loss_terms(path, link))


def _checked_area(
    distance_km: ArrayLike, delta_h_m: ArrayLike, tx_siting: str, rx_siting: str
) -> _Area:
    d, delta_h = np.asarray(distance_km, np.float64), np.asarray(delta_h_m, np.float64)
    try:
        d, delta_h = np.broadcast_arrays(d, delta_h)
    except ValueError:
        raise InputError(
            "itm",
            [f"distance_km has shape {d.shape} and delta_h_m {delta_h.shape}: do not broadcast"],
        ) from None
    return _Area(d, delta_h, tx_siting, rx_siting)


def _area_problems(area: _Area) -> list[str]:
    code = ReturnCode
    problems = choice_problems(
        (
            (code.TX_SITING_CRITERIA, "tx_siting", area.tx_siting, SITINGS),
            (code.RX_SITING_CRITERIA, "rx_siting", area.rx_siting, SITINGS),
        )
    )
    d, delta_h = area.distance_km, area.delta_h_m
    far = d[~((d > 0.0) & np.isfinite(d))]
    if far.size:
        problems.append(
            f"distance_km has {far[0]:g}: give finite values above 0 "
            f"(return code {code.PATH_DISTANCE:d})"
        )
    rough = delta_h[~((delta_h >= 0.0) & np.isfinite(delta_h))]
    if rough.size:
        problems.append(
            f"delta_h_m has {rough[0]:g}: give finite values of 0 or more "
            f"(return code {code.DELTA_H:d})"
        )
    return problems
