"""What must hold between the values of a station table: places, antennas, identities."""

import math
from collections import Counter
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.geodata.station_rows import StationRows
from phusong.geodata.stations_columns import columns
from phusong.radio.link_budget import reference_offset_db

__all__ = ["Area", "check_rows"]

Area = tuple[float, float, float, float]

_PLACE: Final = "longitude, latitude"
_SLIPS: Final = (10.0, 100.0, 1000.0, 1e4, 1e5, 1e6, 1e7, 0.1, 0.01, 0.001)
_NEARLY_THE_SAME: Final = 0.85
_FEW: Final = 10
_MOST_OPERATORS: Final = 50
_SITE_SPREAD_KM: Final = 1.0
_KM_PER_DEGREE: Final = 111.2
# An antenna of half-power beamwidths h and v in degrees has about 32,000 / (h v) of gain (Kraus);
# arrays with little loss and low side lobes reach some 1.5 dB more.
_KRAUS: Final = 32_000.0
_KRAUS_MARGIN_DB: Final = 1.5
_HIGHEST_BUT_5G_MHZ: Final = 6000.0
_NO_5G_MHZ: Final = (7125.0, 24_250.0)  # between FR1 and FR2, 3GPP TS 38.101-1 and -2
_MAST_HEIGHT_M: Final = 15.0
_LEAST_MAST_POWER_DBM: Final = 36.0
_HIGHEST_USUAL_M: Final = 120.0
_MEND_OF_GAIN: Final = {
    "5G": "if it is the traffic beam's gain, SS-RSRP comes out too strong by that difference: "
    "give the broadcast beam's gain, or a panel as its antenna, such as 'panel 6x2 ssb 4'"
}


def check_rows(rows: StationRows, area: Area) -> None:
    """Reject, mend or doubt rows for what their values say together.

    Parameters
    ----------
    rows
        With the values of `station_values.read_values`.
    area
        West, south, east, north in degrees.
    """
    _check_letters_and_swaps(rows, area)
    _check_area(rows, area)
    _check_frequencies(rows)
    _check_bandwidths(rows)
    _name_sites(rows)
    _name_cells(rows)
    _reject_duplicates(rows)
    _doubt_operators(rows)
    _doubt_gains(rows)
    _doubt_powers(rows)
    _doubt_heights(rows)
    _doubt_scattered_sites(rows)


def _inside(lon: NDArray[np.float64], lat: NDArray[np.float64], area: Area) -> NDArray[np.bool_]:
    west, south, east, north = area
    return (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)


def _check_letters_and_swaps(rows: StationRows, area: Area) -> None:
    """Swap where only the swap lies in the area; reject letters that say otherwise."""
    lon, lat = rows["longitude"], rows["latitude"]
    lon_axis, lat_axis = rows.said["longitude"], rows.said["latitude"]
    swapped = ~_inside(lon, lat, area) & _inside(lat, lon, area)
    for one, other in ((lon, lat), (lon_axis, lat_axis)):
        one[swapped], other[swapped] = other[swapped], one[swapped].copy()
    wrong = (lon_axis == "latitude") | (lat_axis == "longitude")
    rows.reject_where(
        wrong, _PLACE, "a compass letter contradicts its column", columns()["longitude"].mend
    )
    indices = np.flatnonzero(swapped & ~wrong).tolist()
    rows.note_each("repaired", indices, _PLACE, "longitude and latitude swapped back")


def _check_area(rows: StationRows, area: Area) -> None:
    lon, lat = rows["longitude"], rows["latitude"]
    null_island = (lon == 0) & (lat == 0)
    rows.reject_where(null_island, _PLACE, "stands for no position", columns()["longitude"].mend)
    west, south, east, north = area
    for name, values, low, high in (
        ("longitude", lon, west, east),
        ("latitude", lat, south, north),
    ):
        outside = np.isfinite(values) & ~((low <= values) & (values <= high)) & ~null_island
        for index in np.flatnonzero(outside):
            reason = f"is outside the area, {low:g} to {high:g} degrees"
            rows.reject(int(index), name, reason, _mend_of_slip(values[index], low, high))


def _mend_of_slip(value: float, low: float, high: float) -> str:
    """Say what a coordinate may be, where a slipped decimal point brings it into the area."""
    slipped = [value * slip for slip in _SLIPS if low <= value * slip <= high]
    guess = f"; is it {slipped[0]:.6f}, the decimal point slipped?" if slipped else ""
    return f"check it, or widen `area`{guess}"


def _check_frequencies(rows: StationRows) -> None:
    """Reject frequencies where a technology has no band: a slipped decimal point, mostly."""
    mhz, is_5g = rows["frequency_mhz"], rows["technology"] == "5G"
    mend = columns()["frequency_mhz"].mend
    low, high = _NO_5G_MHZ
    highest = _HIGHEST_BUT_5G_MHZ
    for where, reason in (
        ((mhz > highest) & ~is_5g, f"no technology but 5G is above {highest:g} MHz"),
        ((mhz > low) & (mhz < high) & is_5g, f"5G has no band between {low:g} and {high:g} MHz"),
    ):
        rows.reject_where(where & rows.good, "frequency_mhz", reason, mend)


def _check_bandwidths(rows: StationRows) -> None:
    """Reject a carrier whose power per resource element is not defined."""
    carriers = zip(
        rows["technology"], rows["bandwidth_mhz"], rows["frequency_mhz"], rows.good, strict=True
    )
    problems = [_carrier_problem(*carrier) if good else "" for *carrier, good in carriers]
    for index, problem in enumerate(problems):
        if problem:
            rows.reject(index, "bandwidth_mhz", problem, columns()["bandwidth_mhz"].mend)


@lru_cache(maxsize=1024)
def _carrier_problem(technology: str, bandwidth_mhz: float, frequency_mhz: float) -> str:
    try:
        reference_offset_db(technology, bandwidth_mhz, frequency_mhz)
    except InputError as error:
        return error.problems[0]
    return ""


def _name_sites(rows: StationRows) -> None:
    """Name a site without id by its place."""
    lon, lat = rows["longitude"], rows["latitude"]
    names = [f"site-{lat[i]:.5f}-{lon[i]:.5f}" for i in range(rows.row.size)]
    _put_names(rows, "site_id", names, "named by its place")


def _name_cells(rows: StationRows) -> None:
    """Name a cell without id by its site, technology, frequency and azimuth."""
    names = ("site_id", "technology", "frequency_mhz", "azimuth_deg")
    parts = zip(*(rows[name] for name in names), strict=True)
    named = [f"{s}-{t}-{f:g}-{'omni' if math.isnan(a) else f'{a:g}'}" for s, t, f, a in parts]
    _put_names(rows, "cell_id", named, "named by site, technology, frequency and azimuth")


def _put_names(rows: StationRows, name: str, names: list[str], reason: str) -> None:
    values = rows[name]
    empty = (values == "") & rows.good
    values[empty] = np.array(names, dtype=object)[empty]
    if name in rows.texts:
        rows.note_each("repaired", np.flatnonzero(empty).tolist(), name, f"no value: {reason}")
    elif empty.any():
        rows.note("info", name, f"no such column: {reason}")


def _reject_duplicates(rows: StationRows) -> None:
    """Reject a cell that an accepted row above has already."""
    keys = pd.DataFrame({name: rows[name] for name in ("operator", "cell_id")})
    position = pd.Series(np.where(rows.good, np.arange(rows.row.size), np.inf))
    first = position.groupby([keys["operator"], keys["cell_id"]]).transform("min").to_numpy()
    again = np.isfinite(first) & (np.arange(rows.row.size) > first)
    named = ((keys["operator"] != "") & (keys["cell_id"] != "")).to_numpy()
    for index in np.flatnonzero(again & named):
        reason = _duplicate_reason(rows, int(first[index]), int(index))
        rows.reject(int(index), "cell_id", reason, "remove it, or " + columns()["cell_id"].mend)


def _duplicate_reason(rows: StationRows, first: int, again: int) -> str:
    differing = [name for name, text in rows.texts.items() if text[first] != text[again]]
    differs = f" but for {', '.join(differing)}" if differing else ""
    return f"is the cell of row {rows.row[first]} once more, the same{differs}"


def _doubt_operators(rows: StationRows) -> None:
    """Doubt an operator with few cells whose name is nearly that of one with many."""
    count = Counter(rows["operator"][rows.good])
    if len(count) > _MOST_OPERATORS:
        reason = f"{len(count):,} operators: is this the operator's column?"
        rows.note("warning", "operator", reason, mend=columns()["operator"].mend)
        return
    for name, cells in count.items():
        usual = [other for other in count if count[other] >= _FEW * cells]
        for near in get_close_matches(name, usual, n=1, cutoff=_NEARLY_THE_SAME):
            reason = f"{cells:,} cells of {name!r}, {count[near]:,} of {near!r}: are they one?"
            mend = "spell an operator alike in every row"
            rows.note("warning", "operator", reason, mend=mend, value=name)


def _doubt_gains(rows: StationRows) -> None:
    """Doubt gains that antennas of the beamwidths given cannot have; a pattern has its own."""
    names = ("operator", "technology", "antenna_gain_dbi", "antenna")
    beamwidths = ("horizontal_beamwidth_deg", "vertical_beamwidth_deg")
    cells = rows.good_frame(*names, *beamwidths)
    cells = cells[cells["antenna"] == ""].copy()
    beam = cells[beamwidths[0]] * cells[beamwidths[1]]
    cells["possible_dbi"] = 10.0 * np.log10(_KRAUS / beam) + _KRAUS_MARGIN_DB
    cells["excess_db"] = cells["antenna_gain_dbi"] - cells["possible_dbi"]
    doubtful = cells[cells["excess_db"] > 0].sort_values("excess_db", ascending=False)
    for (operator, technology), group in doubtful.groupby(["operator", "technology"]):
        _doubt_gain(rows, str(operator), str(technology), group)


def _doubt_gain(rows: StationRows, operator: str, technology: str, group: pd.DataFrame) -> None:
    gain_dbi, possible_dbi = group[["antenna_gain_dbi", "possible_dbi"]].iloc[0]
    reason = (
        f"{len(group):,} cells of {operator} {technology} have up to {gain_dbi:g} dBi, "
        f"{gain_dbi - possible_dbi:.1f} dB more than their beamwidths allow"
    )
    mend = _MEND_OF_GAIN.get(technology, "check gain and beamwidths")
    rows.note("warning", "antenna_gain_dbi", reason, mend=mend, value=f"{gain_dbi:g}")


def _doubt_powers(rows: StationRows) -> None:
    """Doubt powers that masts do not have: watts taken for dBm."""
    little = (rows["power_dbm"] < _LEAST_MAST_POWER_DBM) & rows.good
    doubtful = little & (rows["antenna_height_m"] >= _MAST_HEIGHT_M)
    reason = f"is under {_LEAST_MAST_POWER_DBM:g} dBm on a mast: is it in W?"
    rows.note_each(
        "warning",
        np.flatnonzero(doubtful).tolist(),
        "power_dbm",
        reason,
        columns()["power_dbm"].mend,
    )


def _doubt_heights(rows: StationRows) -> None:
    """Doubt heights that masts do not have: heights above the sea."""
    doubtful = (rows["antenna_height_m"] > _HIGHEST_USUAL_M) & rows.good
    reason = f"is over {_HIGHEST_USUAL_M:g} m: is it above sea level?"
    mend = columns()["antenna_height_m"].mend
    rows.note_each("warning", np.flatnonzero(doubtful).tolist(), "antenna_height_m", reason, mend)


def _doubt_scattered_sites(rows: StationRows) -> None:
    """Doubt cells that stand far from the rest of their site."""
    names = ("operator", "site_id", "longitude", "latitude")
    cells = rows.good_frame(*names)
    centre = cells.groupby(["operator", "site_id"])[["longitude", "latitude"]].transform("median")
    off = (cells[["longitude", "latitude"]] - centre) * _KM_PER_DEGREE
    off_km = np.hypot(off["longitude"] * np.cos(np.radians(cells["latitude"])), off["latitude"])
    for index in cells.index[off_km > _SITE_SPREAD_KM]:
        reason = f"stands {off_km[index]:.1f} km from the middle of its site's cells"
        rows.note_each("warning", [index], _PLACE, reason, "check the position and the site id")
