"""Drive and walk tests: levels that a handset measured, from what its logger writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.errors import InputError
from phusong.geodata.code_table import Names, header_of, read_code_table
from phusong.geodata.coordinates import read_coordinate
from phusong.geodata.findings import Findings
from phusong.geodata.numerals import NumberRule, Reading, fold, is_missing, read_number
from phusong.geodata.sources import Source, vector_source
from phusong.geodata.stations_columns import words

__all__ = ["Measurements", "read_measurements"]

_NAMES: Final[Names] = {
    "longitude": ("longitude", "long", "lon", "lng", "Kinh độ", "x"),
    "latitude": ("latitude", "lat", "Vĩ độ", "y"),
    "level": (
        *("level_dbm", "level", "rsrp", "lte_rsrp", "rsrp_dbm", "ss_rsrp", "nr_ss_rsrp", "nr_rsrp"),
        *("rscp", "umts_rscp", "rscp_dbm", "signal", "signal_dbm", "Mức thu", "Mức tín hiệu"),
    ),
    "operator": ("operatorname", "operator", "network", "carrier", "provider", "Nhà mạng"),
    "mcc": ("mcc",),
    "mnc": ("mnc",),
    "technology": ("technology", "networktech", "tech", "rat", "act", "networktype", "Công nghệ"),
    "time": ("timestamp", "devicetime", "time", "datetime", "measured_at", "Thời gian"),
    "serving": ("servingcell", "serving", "is_serving"),
}
_LEVELS_OF: Final = {"ssrsrp": "5G", "nr": "5G", "rsrp": "4G", "rscp": "3G"}
_LEVEL_MEND: Final = "give RSCP, RSRP or SS-RSRP in dBm, from -150 to -20"
_LEVEL: Final = NumberRule("dBm", "dBm", -150.0, -20.0, _LEVEL_MEND)
_MOST: Final = {"longitude": 180.0, "latitude": 90.0}
_MOST_PROBLEMS: Final = 30
_NOT_SERVING: Final = frozenset({"false", "0", "no", "khong", "neighbor", "neighbour"})


@dataclass(frozen=True, eq=False, repr=False)
class Measurements:
    """Levels measured in the field, from `read_measurements`.

    Attributes
    ----------
    samples
        EPSG:4326 points, one row a sample: row (in the file, 1 = header), time (text, as the file
        has it), operator, technology ("3G", "4G", "5G"), level_dbm (RSCP, RSRP or SS-RSRP).
    findings
        Every row that was rejected, and why; what was repaired or left out.
    source
        The file.
    """

    samples: gpd.GeoDataFrame
    findings: pd.DataFrame
    source: Source | None = None

    def _counts(self) -> pd.DataFrame:
        by = pd.DataFrame(self.samples).groupby(["operator", "technology"])["level_dbm"]
        return by.agg(samples="size", median_dbm="median").reset_index()

    def _heading(self) -> str:
        rejected = self.findings.loc[self.findings["severity"] == "rejected", "row"].nunique()
        return f"{len(self.samples):,} samples; {rejected:,} rows rejected"

    def __repr__(self) -> str:
        return f"{self._heading()}\n{self._counts().to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._heading())}</p>{self._counts().to_html(index=False, escape=True)}"


def read_measurements(
    path: str | Path,
    *,
    operators: Mapping[str, str] | None = None,
    operator: str | None = None,
    technology: str | None = None,
) -> Measurements:
    """Read a drive test: G-NetTrack's text, Network Survey's CSV, or any such table.

    Parameters
    ----------
    path
        Delimited text with longitude, latitude and level (dBm) in columns of any common name. The
        level's column may say the technology: RSCP is 3G's, RSRP 4G's, SS-RSRP 5G's.
    operators
        What operators are called in the file, and in the station table: ``{"45204": "Viettel"}``.
        Where the file has MCC and MNC alone, its name is both together.
    operator, technology
        Of all rows, where the file does not say.

    Returns
    -------
    Measurements
        The samples accepted. A row without a usable place, level, operator and technology is
        rejected with every reason; cells that were heard as neighbours are left out.

    Raises
    ------
    InputError
        If the file is no such table, columns are missing, or no row can be accepted.
    """
    table = read_code_table(path, _NAMES, ("longitude", "latitude", "level"))
    source = Path(path).name
    technology = technology or _technology_of(header_of(table, "level"))
    given = {"operator": operator, "technology": technology}
    problems = _lacking(table, given)
    if problems:
        raise InputError(str(path), problems)
    findings = Findings()
    rows = _Rows(_serving(table, findings, source), findings, source)
    columns: dict[str, Any] = {
        "longitude": rows.numbers("longitude", _place("longitude")),
        "latitude": rows.numbers("latitude", _place("latitude")),
        "level_dbm": rows.numbers("level", lambda text: read_number(text, _LEVEL)),
        "operator": rows.operators(operator, dict(operators or {})),
        "technology": rows.technologies(technology),
    }
    rows.refuse_nowhere(columns["longitude"], columns["latitude"])
    return _measurements(path, rows, columns)


class _Rows:
    """Rows while they are read: a reason against one keeps it out, and is a finding."""

    def __init__(self, table: pd.DataFrame, findings: Findings, source: str) -> None:
        self.table = table
        self.findings = findings
        self.source = source
        self.good = np.ones(len(table), dtype=bool)

    def numbers(self, column: str, reader: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The numbers of a column, NaN where there is none."""
        readings: list[Reading] = [reader(text) for text in self.table[column]]
        for place, reading in enumerate(readings):
            if reading.missing:
                self.reject(place, column, reason="is empty", mend="leave the row out")
            elif reading.reason:
                self.reject(place, column, reason=reading.reason, mend=reading.mend)
        return np.array([reading.value for reading in readings], dtype=np.float64)

    def operators(self, given: str | None, called: Mapping[str, str]) -> list[str]:
        """The operator of each row, as the station table calls it."""
        table = self.table
        if "operator" in table:
            told = table["operator"].tolist()
        elif {"mcc", "mnc"} <= set(table):
            pairs = zip(table["mcc"], table["mnc"], strict=True)
            told = [f"{mcc}{mnc.zfill(2)}" if mcc and mnc else "" for mcc, mnc in pairs]
        else:
            told = [""] * len(table)
        named = [given or "" if is_missing(name) else name for name in told]
        for place in [place for place, name in enumerate(named) if not name]:
            self.reject(place, "operator", reason="no operator", mend="name the operator")
        return [called.get(name, name) for name in named]

    def technologies(self, given: str | None) -> list[str]:
        """The technology of each row; that of the level's column where the row does not say."""
        known = words("technology")
        told = self.table["technology"] if "technology" in self.table else [""] * len(self.table)
        named = []
        for place, text in enumerate(told):
            name = given or "" if is_missing(text) else known.get(fold(text), "")
            if not name:
                mend = "give 3G, 4G or 5G, one row for each"
                self.reject(place, "technology", reason="is not 3G, 4G or 5G", mend=mend)
            named.append(name)
        return named

    def refuse_nowhere(self, longitude: Any, latitude: Any) -> None:
        """Reject what lies at longitude and latitude 0, where loggers put what has no fix."""
        for place in np.flatnonzero((longitude == 0.0) & (latitude == 0.0)):
            mend = "leave out what was logged without a satellite fix"
            self.reject(int(place), "longitude", reason="no satellite fix (0, 0)", mend=mend)

    def reject(self, place: int, column: str, *, reason: str, mend: str) -> None:
        self.good[place] = False
        self.findings.add(
            source=self.source,
            row=int(self.table.index[place]),
            column=header_of(self.table, column),
            value=self.table[column].iloc[place] if column in self.table else "",
            severity="rejected",
            reason=reason,
            mend=mend,
        )


def _place(axis: str) -> Any:
    """Reader of one axis."""

    def read(text: str) -> Reading:
        reading = read_coordinate(text)
        most = _MOST[axis]
        if not reading.reason and abs(reading.value) > most:
            mend = "give decimal degrees in WGS 84, as 105.473079"
            return Reading(reason=f"is outside {-most:g} to {most:g}", mend=mend)
        return reading

    return read


def _technology_of(header: str) -> str | None:
    """The technology that a column of levels is of, by its name."""
    folded = fold(header)
    return next((name for part, name in _LEVELS_OF.items() if part in folded), None)


def _lacking(table: pd.DataFrame, given: Mapping[str, str | None]) -> list[str]:
    problems = []
    if given["technology"] is not None and given["technology"] not in words("technology").values():
        problems.append(f"technology {given['technology']!r}: give 3G, 4G or 5G")
    if "technology" not in table and given["technology"] is None:
        called = " or ".join(_NAMES["technology"])
        problems.append(
            f"has no column of the technology; give technology=, or one called {called}"
        )
    if not ("operator" in table or {"mcc", "mnc"} <= set(table) or given["operator"]):
        problems.append("has no column of the operator, nor mcc and mnc; give operator=")
    return problems


def _serving(table: pd.DataFrame, findings: Findings, source: str) -> pd.DataFrame:
    """Rows of the serving cell alone; all where the file does not say."""
    if "serving" not in table:
        return table
    heard = table["serving"].map(fold).isin(_NOT_SERVING)
    if heard.any():
        reason = f"{heard.sum():,} rows of neighbour cells left out"
        column = header_of(table, "serving")
        findings.add(source=source, column=column, severity="info", reason=reason)
    return table[~heard]


def _measurements(path: str | Path, rows: _Rows, columns: Mapping[str, Any]) -> Measurements:
    found = rows.findings.frame()
    if not rows.good.any():
        first = found[found["severity"] == "rejected"].head(_MOST_PROBLEMS)
        named = zip(first["row"], first["column"], first["value"], first["reason"], strict=True)
        said = [f"row {row}, {column} {value!r}: {why}" for row, column, value, why in named]
        raise InputError(str(path), ["no row can be accepted", *said])
    table = rows.table
    points = gpd.GeoSeries.from_xy(columns["longitude"], columns["latitude"], crs="EPSG:4326")
    samples = gpd.GeoDataFrame(
        {
            "row": table.index.to_numpy(),
            "time": table["time"].to_numpy() if "time" in table else "",
            "operator": columns["operator"],
            "technology": columns["technology"],
            "level_dbm": columns["level_dbm"],
        },
        geometry=points.to_numpy(),
        crs="EPSG:4326",
    )
    kept = samples[rows.good].reset_index(drop=True)
    found = found.sort_values("row", kind="stable", na_position="first", ignore_index=True)
    return Measurements(kept, found, vector_source(path))
