"""Station tables: read with every repair and rejection said, and held as a `Network`."""

import html
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from phusong._explore import Explorable
from phusong.errors import InputError
from phusong.geodata.findings import SEVERITIES, Findings
from phusong.geodata.sources import Source, vector_source
from phusong.geodata.station_antennas import Antennas, find_antennas
from phusong.geodata.station_checks import Area, check_rows
from phusong.geodata.station_header import header_field
from phusong.geodata.station_rows import StationRows, rows_of
from phusong.geodata.station_values import leave_out_silent, read_values
from phusong.geodata.stations_columns import columns
from phusong.geodata.text_table import read_text_table
from phusong.radio.antennas.pattern import Pattern

__all__ = ["VIETNAM", "Network", "read_stations"]

VIETNAM: Final[Area] = (102.0, 8.0, 118.0, 23.5)
"""West, south, east, north in degrees: a box around Vietnam, its sea included."""

_CELL: Final = ["operator", "cell_id"]
_SITE: Final = ["operator", "site_id"]
_MOST_PROBLEMS: Final = 30


@dataclass(frozen=True, eq=False, repr=False)
class Network(Explorable):
    """Cells of mobile networks.

    A cell is identified by operator and cell_id, a site by operator and site_id: operators may
    use the same ids.

    Attributes
    ----------
    cells
        One row per cell, numbered from 0 whatever index they had, with the columns of
        ``tables/station_columns.csv``. An omnidirectional antenna has a horizontal_beamwidth_deg
        of 360, and an azimuth_deg of NaN where the table gives none. ``antenna`` names a pattern
        of `antennas`, or is empty: then the beamwidths describe the antenna. The column may be left
        out. ``autonomy_h`` (NaN: not stated) and ``backhaul_via`` (empty: a fibre of its own),
        which only outages ask for, are there where the table has them.
    findings
        What reading the table repaired, rejected, doubted or assumed: source, row, column,
        value, severity, reason, mend.
    antennas
        Patterns of the antennas that cells name.
    source
        File that the cells were read from; None where they were not.

    Raises
    ------
    InputError
        When columns are missing, two rows are the same cell, or a cell names an antenna that is
        not there.
    """

    cells: pd.DataFrame
    findings: pd.DataFrame
    antennas: Mapping[str, Pattern] = field(default_factory=dict)
    source: Source | None = None

    def __post_init__(self) -> None:
        # Servers are told by the number of their row.
        cells = self.cells.reset_index(drop=True)
        if "antenna" not in cells:
            cells = cells.assign(antenna="")
        object.__setattr__(self, "cells", cells)
        problems = _lacking(self.cells)
        if not problems:
            again = self.cells[self.cells.duplicated(_CELL)]
            pairs = again[_CELL].itertuples(index=False, name=None)
            problems = [f"{cell} of {operator} is there twice" for operator, cell in pairs]
            unknown = sorted({*self.cells["antenna"]} - {"", *self.antennas})
            problems += [f"antenna {name!r} is not among antennas" for name in unknown]
        if problems:
            raise InputError("cells", problems)

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that have cells, sorted."""
        return tuple(sorted(self.cells["operator"].unique()))

    @property
    def technologies(self) -> tuple[str, ...]:
        """The technologies that have cells, sorted."""
        return tuple(sorted(self.cells["technology"].unique()))

    def select(
        self,
        *,
        operators: str | Iterable[str] | None = None,
        technologies: str | Iterable[str] | None = None,
    ) -> "Network":
        """Return the cells of some operators and technologies; None takes all.

        Raises
        ------
        InputError
            Naming what is asked for and not there, and what there is.
        """
        wanted = {
            "operator": (_listed(operators, self.operators), self.operators),
            "technology": (_listed(technologies, self.technologies), self.technologies),
        }
        problems = [
            f"no cell of {column} {name!r}; there are {', '.join(present)}"
            for column, (names, present) in wanted.items()
            for name in names
            if name not in present
        ]
        if problems:
            raise InputError("select", problems)
        chosen = pd.Series(True, index=self.cells.index)
        for column, (names, _) in wanted.items():
            chosen &= self.cells[column].isin(names)
        return replace(self, cells=self.cells[chosen].reset_index(drop=True))

    def sites(self) -> gpd.GeoDataFrame:
        """Return the sites, sorted by operator and site_id.

        Returns
        -------
        GeoDataFrame
            EPSG:4326 points where the site's first cell stands; operator, site_id, technologies
            (as "3G, 4G"), cells (how many), antenna_height_m (the highest), structure.
        """
        sites = self.cells.groupby(_SITE, as_index=False).agg(
            technologies=("technology", lambda names: ", ".join(sorted(set(names)))),
            cells=("cell_id", "size"),
            antenna_height_m=("antenna_height_m", "max"),
            structure=("structure", "first"),
            longitude=("longitude", "first"),
            latitude=("latitude", "first"),
        )
        points = gpd.points_from_xy(sites.pop("longitude"), sites.pop("latitude"))
        return gpd.GeoDataFrame(sites, geometry=points, crs="EPSG:4326")

    def extended(self, cells: pd.DataFrame) -> "Network":
        """Return the network with more cells behind its own.

        Raises
        ------
        InputError
            When `cells` lacks columns, or a cell is there already.
        """
        added = cells if "antenna" in cells else cells.assign(antenna="")
        problems = _lacking(added)
        if problems:
            raise InputError("cells", problems)
        known = [name for name in columns() if name in added]
        every = pd.concat([self.cells, added[known]], ignore_index=True)
        every = every.fillna({"backhaul_via": ""}) if "backhaul_via" in every else every
        return replace(self, cells=every)

    def __repr__(self) -> str:
        return "\n".join(["Network", *(f"  {name}: {text}" for name, text in self._summary())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
            for name, text in self._summary()
        )
        return f"<table><caption>Network</caption>{rows}</table>"

    def _summary(self) -> list[tuple[str, str]]:
        masts = self.cells.drop_duplicates(["longitude", "latitude", "antenna_height_m"])
        sites = self.cells.drop_duplicates(_SITE)
        found = self.findings["severity"].value_counts()
        patterned = int((self.cells["antenna"] != "").sum())
        return [
            ("cells", f"{len(self.cells):,} at {len(sites):,} sites on {len(masts):,} masts"),
            ("operators", _counted(self.cells["operator"])),
            ("technologies", _counted(self.cells["technology"])),
            ("antennas", f"{patterned:,} cells with a pattern, of {len(self.antennas):,}"),
            ("findings", ", ".join(f"{found.get(each, 0):,} {each}" for each in SEVERITIES)),
        ]


def _lacking(cells: pd.DataFrame) -> list[str]:
    """Say which columns cells are without that every network has."""
    return [
        f"no column {name}"
        for name, column in columns().items()
        if name not in cells and not column.is_extra
    ]


def _listed(names: str | Iterable[str] | None, present: tuple[str, ...]) -> list[str]:
    if names is None:
        return list(present)
    return [names] if isinstance(names, str) else list(names)


def _counted(names: pd.Series) -> str:
    counts = names.value_counts().sort_index()
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def read_stations(
    path: str | Path,
    *,
    area: Area = VIETNAM,
    on_air_only: bool = True,
    antennas: Antennas = None,
) -> Network:
    """Read a station table from delimited text.

    Parameters
    ----------
    path
        CSV with comma, semicolon, tab or bar, in UTF-8, UTF-16 or Windows-1258. Headers may be
        the canonical names or the Vietnamese and English ones of ``tables/station_columns.csv``,
        with a unit behind ("Công suất (W)"); other units are converted, titles above are passed.
    area
        West, south, east, north in degrees, in which every station lies. The default is a box
        around Vietnam. Longitude and latitude are taken for swapped where only the swap is in it.
    on_air_only
        Leave out the cells whose status is not on-air.
    antennas
        Folder of antenna files, or an `phusong.radio.antennas.AntennaLibrary`: where the names of
        the column ``antenna`` are found. Names such as "panel 6x2 ssb 4" are built in
        (`phusong.radio.antennas.panel_pattern`). A found antenna's own shape and gain take the
        place of the table's beamwidths and gain, which is said where they differ by over 0.5 dB;
        the table's electrical tilt is the whole one, not added to a file's. Cells whose antenna
        cannot be found or read keep their beamwidths, which is said too.

    Returns
    -------
    Network
        The cells accepted. Its findings, by row, say of every row what was repaired, why it was
        rejected (all reasons, not the first) or left out, and which defaults were taken.

    Raises
    ------
    InputError
        When the file cannot be read as a table, required columns are missing (all are named), no
        row can be accepted, or there is no folder of that name.
    """
    area = _checked_area(area)
    table = read_text_table(
        path, is_header_field=lambda text: header_field(text).column is not None
    )
    findings = Findings()
    if table.remark:
        findings.add(source=table.source, severity="warning", reason=table.remark)
    rows = rows_of(table, findings)
    if on_air_only:
        leave_out_silent(rows)
    read_values(rows)
    patterns = find_antennas(rows, antennas)
    check_rows(rows, area)
    cells = _accepted(rows)
    named = set(cells["antenna"])
    used = {name: pattern for name, pattern in patterns.items() if name in named}
    return Network(cells, _by_row(findings), used, vector_source(path))


def _checked_area(area: Area) -> Area:
    west, south, east, north = area
    if all(map(math.isfinite, area)) and west < east and south < north:
        return area
    raise InputError("area", [f"{area}: give west, south, east, north in degrees"])


def _by_row(findings: Findings) -> pd.DataFrame:
    frame = findings.frame()
    return frame.sort_values("row", kind="stable", na_position="first", ignore_index=True)


def _accepted(rows: StationRows) -> pd.DataFrame:
    if not rows.good.any():
        raise InputError(rows.source, ["no row can be accepted", *_problems(rows.findings)])
    return pd.DataFrame({name: rows[name][rows.good] for name in columns() if name in rows})


def _problems(findings: Findings) -> list[str]:
    """Say what is wrong with a table of which nothing is left, kind by kind."""
    frame = findings.frame()
    grave = frame[frame["row"].notna() & frame["severity"].isin(["rejected", "info"])]
    kinds = grave.groupby(["column", "reason"], sort=False)
    problems = [
        f"row {group['row'].iloc[0]}{f' and {len(group) - 1:,} more' if len(group) > 1 else ''}: "
        f"{column} {group['value'].iloc[0]!r} {reason}; {group['mend'].iloc[0]}"
        for (column, reason), group in kinds
    ]
    rest = len(problems) - _MOST_PROBLEMS
    return problems[:_MOST_PROBLEMS] + ([f"and {rest:,} other problems"] if rest > 0 else [])
