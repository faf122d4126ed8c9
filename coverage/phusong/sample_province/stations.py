"""The sample province's masts: five operators' sites where people are, three sectors each."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from phusong.sample_province.layout import (
    Floats,
    from_plane,
    generator,
    pixel_area_km2,
    sample_plane,
    spread,
)

__all__ = ["COLUMNS", "cells"]

COLUMNS: Final = (
    "site_id",
    "cell_id",
    "operator",
    "technology",
    "band",
    "frequency_mhz",
    "bandwidth_mhz",
    "longitude",
    "latitude",
    "antenna_height_m",
    "azimuth_deg",
    "mechanical_tilt_deg",
    "electrical_tilt_deg",
    "power_dbm",
    "antenna_gain_dbi",
    "feeder_loss_db",
    "horizontal_beamwidth_deg",
    "vertical_beamwidth_deg",
    "structure",
    "status",
)
_STREAM: Final = 4
_TOWN_DENSITY_KM2: Final = 3600.0


class _Carrier(NamedTuple):
    """What a technology's cells of one operator have in common."""

    technology: str
    band: str
    frequency_mhz: float
    bandwidth_mhz: float
    power_dbm: float
    antenna_gain_dbi: float
    feeder_loss_db: float
    vertical_beamwidth_deg: int


class _Operator(NamedTuple):
    """An operator's sites: with 3G and 4G; with 5G too; and of 5G alone."""

    name: str
    sites: int
    upgraded: int
    rooftops: int
    carrier_5g: _Carrier | None


_IN_TOWN: Final = (
    _Carrier("3G", "B1", 2140.0, 5.0, 43.0, 17.5, 1.5, 7),
    _Carrier("4G", "B3", 1842.5, 20.0, 46.0, 17.5, 1.5, 7),
)
_IN_COUNTRY: Final = (  # 900 MHz carries farther: without it the plain between masts is not served
    _Carrier("3G", "B8", 932.5, 5.0, 43.0, 15.5, 1.5, 12),
    _Carrier("4G", "B8", 942.5, 10.0, 46.0, 15.5, 1.5, 12),
)
_OPERATORS: Final = (  # 5G with the gain of the broadcast beams, on which SS-RSRP is measured
    _Operator("Operator A", 82, 14, 14, _Carrier("5G", "n41", 2550.0, 100.0, 53.0, 18.0, 0.5, 7)),
    _Operator("Operator B", 60, 9, 9, _Carrier("5G", "n78", 3750.0, 100.0, 53.0, 18.0, 0.5, 7)),
    _Operator("Operator C", 46, 7, 7, _Carrier("5G", "n77", 3850.0, 100.0, 53.0, 18.0, 0.5, 7)),
    _Operator("Operator D", 24, 0, 0, None),
    _Operator("Operator E", 15, 0, 0, None),
)


def cells(people: Floats, elevation_m: Floats, inside: Floats) -> pd.DataFrame:
    """Table of cells, one row per sector and technology of a site, with `COLUMNS`.

    Parameters
    ----------
    people
        People in each terrain pixel.
    elevation_m
        The ground, metres above sea level; masts are rare on high ground.
    inside
        1 in the province and away from its border, 0 elsewhere.
    """
    density_km2 = gaussian_filter(people, 6.0) / pixel_area_km2() * inside
    reachable = 1 / (1 + (elevation_m / 180) ** 2)
    tables = [
        _cells_of(operator, number, density_km2, reachable)
        for number, operator in enumerate(_OPERATORS)
    ]
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def _cells_of(
    operator: _Operator, number: int, density_km2: Floats, reachable: Floats
) -> pd.DataFrame:
    random = generator(_STREAM, number)
    everywhere = spread(random, density_km2**0.6 * reachable, operator.sites)
    densest_first = sample_plane(density_km2, everywhere).argsort(kind="stable")[::-1]
    everywhere = everywhere[densest_first]  # the first are upgraded to 5G
    mobile = _sites(operator.name, 1, everywhere, density_km2, random)
    in_town = mobile["structure"] == "rooftop"
    carriers = [(mobile[in_town], carrier) for carrier in _IN_TOWN]
    carriers += [(mobile[~in_town], carrier) for carrier in _IN_COUNTRY]
    if operator.carrier_5g:
        towns = density_km2 * (density_km2 > _TOWN_DENSITY_KM2 / 2)
        roofs = spread(random, towns, operator.rooftops)
        rooftops = _sites(operator.name, operator.sites + 1, roofs, density_km2, random)
        modern = pd.concat([mobile.head(operator.upgraded), rooftops])
        carriers.append((modern, operator.carrier_5g))
    table = pd.concat([_sectors(sites, carrier, random) for sites, carrier in carriers])
    return table.sort_values(["site_id", "cell_id"], kind="stable")


def _sites(
    operator: str,
    first: int,
    points_km: Floats,
    density_km2: Floats,
    random: np.random.Generator,
) -> pd.DataFrame:
    """One row per site: identity, place, antenna height and structure."""
    count = len(points_km)
    degrees = from_plane(points_km)
    town = sample_plane(density_km2, points_km) > _TOWN_DENSITY_KM2
    height_m = np.where(town, random.integers(18, 31, count), random.integers(30, 46, count))
    return pd.DataFrame(
        {
            "site_id": [f"{operator[-1]}{first + index:03d}" for index in range(count)],
            "operator": operator,
            "longitude": degrees[:, 0],
            "latitude": degrees[:, 1],
            "antenna_height_m": height_m.astype(np.float64),
            "structure": np.where(town, "rooftop", "mast"),
            "status": "on-air",
            "first_azimuth_deg": 10 * random.integers(0, 36, count),
        }
    )


def _sectors(sites: pd.DataFrame, carrier: _Carrier, random: np.random.Generator) -> pd.DataFrame:
    """Three sectors of one carrier on each site, about 120 degrees apart."""
    sector = pd.DataFrame({"sector": [1, 2, 3]})
    table = sites.merge(sector, how="cross").assign(**carrier._asdict())
    count = len(table)
    on_roof = table["structure"] == "rooftop"  # small cells look down, wide ones to the horizon
    turn = table["first_azimuth_deg"] + 120 * (table["sector"] - 1)
    return table.assign(
        cell_id=table["site_id"] + "-" + carrier.technology + table["sector"].astype(str),
        azimuth_deg=turn % 360,
        mechanical_tilt_deg=np.where(on_roof, random.integers(0, 3, count), 0),
        electrical_tilt_deg=np.where(
            on_roof, random.integers(2, 7, count), random.integers(1, 4, count)
        ),
        horizontal_beamwidth_deg=65,
    )
