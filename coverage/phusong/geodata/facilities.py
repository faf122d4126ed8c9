"""Schools, clinics and other places that need service, as points by kind."""

import csv
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from odc.geo.geobox import GeoBox

from phusong.errors import InputError
from phusong.geodata.communes import find_column, text_of
from phusong.geodata.findings import Findings
from phusong.geodata.numerals import fold
from phusong.geodata.points import pixels_of, point_of
from phusong.geodata.sources import read_features

__all__ = ["check_kinds", "read_facilities"]

_KIND_NAMES: Final = ("kind", "loai", "loai_hinh", "type", "fclass", "amenity", "category")
_NAME_NAMES: Final = ("name", "ten", "ten_co_so", "facility_name")
_IS_KIND: Final = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN: Final = frozenset({
    "area", "people", "people_factor", "villages", "households", "road", "road_km", "served",
    "code", "name", "label", "technology", "operator", "state", "answer", "rule", "kind", "rank",
    "id", "cause", "certainty", "longitude", "latitude", "geometry",
})  # fmt: skip
"""Columns of the tables that a kind becomes a column of."""

_MOST_LISTED: Final = 12

_Note = Callable[..., None]


def read_facilities(
    path: str | Path,
    grid: GeoBox,
    labels: npt.NDArray[np.int32],
    findings: Findings,
    *,
    kinds: Mapping[str, str] | None = None,
    layer: str | None = None,
) -> gpd.GeoDataFrame:
    """Read the facilities that stand in a commune, and tell of which kind each is.

    Parameters
    ----------
    path, layer
        A file of points or areas that pyogrio reads, with a column that says what each is
        (kind, loại, fclass, ...), and its layer where it has several.
    grid, labels
        The analysis grid, and int32 (y, x) commune labels on it (0: no commune).
    findings
        Takes note of what is left out: outside the communes, without a place, of no kind wanted.
    kinds
        What each word of that column counts as, such as ``{"post_office": "post_offices"}``; by
        default the words of ``tables/facility_kinds.csv``, which count as "schools" or "clinics".

    Returns
    -------
    GeoDataFrame
        In the grid's reference system: kind, name, geometry (Point; of an area a point in it).

    Raises
    ------
    InputError
        If the file cannot be read, has no column of kinds, or a kind is no usable name.
    """
    note = partial(findings.add, source=Path(path).name)
    frame = read_features(path, layer)
    column = find_column(frame, _KIND_NAMES)
    if column is None:
        there = ", ".join(map(str, frame.columns.drop(frame.geometry.name)))
        problem = f"has no column of kinds; call one of these 'kind': {there}"
        raise InputError(str(path), [problem])
    words = {fold(word): kind for word, kind in (kinds or _built_in()).items()}
    texts = frame[column].map(text_of)
    name = find_column(frame, _NAME_NAMES)
    facilities = gpd.GeoDataFrame(
        {
            "kind": texts.map(fold).map(words),
            "name": texts if name is None else frame[name].map(text_of),
        },
        geometry=point_of(frame.geometry).to_crs(str(grid.crs)),
    )
    pixel = pixels_of(facilities.geometry, grid)
    in_commune = (pixel >= 0) & (labels.ravel()[pixel] > 0)
    wanted = facilities["kind"].notna().to_numpy()
    _note_left_out(facilities, texts, in_commune, wanted, note)
    kept = facilities[in_commune & wanted].reset_index(drop=True)
    counts = kept["kind"].value_counts().sort_index()
    told = "; ".join(f"{count} {kind}" for kind, count in counts.items()) or "no facility"
    note(severity="info", column=column, reason=f"{told} in the communes")
    return kept


def check_kinds(kinds: Mapping[str, str] | None) -> list[str]:
    """Say which of the kinds that words are to count as cannot name a column of a table."""
    return [
        f"facility_kinds: {word!r} counts as {kind!r}; name the kind with small letters a to z, "
        "digits and _, and not as another column"
        for word, kind in (kinds or {}).items()
        if not _IS_KIND.fullmatch(kind) or kind in _TAKEN
    ]


def _note_left_out(
    facilities: gpd.GeoDataFrame,
    texts: "pd.Series[str]",
    in_commune: npt.NDArray[np.bool_],
    wanted: npt.NDArray[np.bool_],
    note: _Note,
) -> None:
    placeless = facilities.geometry.isna().to_numpy()
    if placeless.any():
        note(severity="rejected", reason=f"{placeless.sum()} without a place", mend="give points")
    outside = wanted & ~in_commune & ~placeless
    if outside.any():
        note(severity="info", reason=f"{outside.sum()} in no commune: left out")
    others = texts[in_commune & ~wanted].value_counts()
    if len(others):
        shown = ", ".join(f"{count} {word!r}" for word, count in others.head(_MOST_LISTED).items())
        reason = f"{others.sum()} of kinds that are not counted: {shown}"
        more = f" and {len(others) - _MOST_LISTED} more" if len(others) > _MOST_LISTED else ""
        mend = "facility_kinds says what each word counts as"
        note(severity="info", reason=reason + more, mend=mend)


@cache
def _built_in() -> dict[str, str]:
    table = resources.files("phusong.geodata") / "tables" / "facility_kinds.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return {row["word"]: row["kind"] for row in rows}
