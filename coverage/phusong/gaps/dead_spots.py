"""Dead spots: connected areas inside communes where a technology gives no service.

A dead spot is a set of pixels, connected over sides and corners, whose state is none or weak. A
pixel without a computed level is no finding and belongs to none. Each spot has an anchor, its pixel
farthest from its edge: the point by which it is named, placed and measured to the nearest mast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from phusong.gaps.answers import ANSWERS
from phusong.gaps.causes import find_causes
from phusong.gaps.spot_places import kinds_of, places_in
from phusong.gaps.spot_shapes import anchors_of, ids_of, outlines_of
from phusong.gaps.state import ANY, STATES
from phusong.gaps.yardstick import Yardstick

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene
    from phusong.geodata.stations import Network

__all__ = ["find_dead_spots"]

_WITH_CORNERS = np.ones((3, 3), dtype=bool)

_COLUMNS = {
    "id": "str",
    "technology": "str",
    "operator": "str",
    "state": "str",
    "certainty": "str",
    "rank": "int64",
    "cause": "str",
    "missing_db": "float64",
    "area_km2": "float64",
    "none_area_km2": "float64",
    "people": "float64",
    "none_people": "float64",
    "commune_code": "str",
    "commune_name": "str",
    "commune_codes": "str",
    "villages": "Int64",
    "villages_on_grid": "Int64",
    "villages_off_grid": "Int64",
    "households": "Float64",
    "schools": "Int64",
    "clinics": "Int64",
    "road_km": "Float64",
    "nearest_mast_km": "float64",
    "nearest_mast_operator": "str",
    "longitude": "float64",
    "latitude": "float64",
}


def find_dead_spots(
    state: xr.DataArray,
    answer: xr.DataArray,
    by: Yardstick,
    *,
    min_area_km2: float,
    causes: bool = True,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Dead spots of every technology and operator, as polygons along pixel edges.

    Parameters
    ----------
    state, answer
        Codes (operator, technology, y, x) from `map_states` and `map_answers`.
    by
        The coverage, and what it was measured by.
    min_area_km2
        Spots below this area (km2) are left out, and counted.
    causes
        Whether to tell the cause of each spot; without, it is empty.

    Returns
    -------
    spots : GeoDataFrame
        A row per spot in the grid's CRS: where no operator serves (`ANY`) first, then operator by
        operator; of each, technology by technology and by rank. id, technology, operator, state
        ("none" if at least half of its area is, else "weak"), certainty ("certain" if at least
        half of its area is surely not served, "cannot_say" if none of it is, else "likely"),
        rank (from 1, most people first, among those of its technology and operator), cause (see
        `phusong.gaps.causes`, at the anchor), missing_db (median over its pixels of what their
        levels lack of basic service, NaN where none would do), area_km2, none_area_km2, people,
        none_people, commune_code and commune_name (the commune with most of its people, or of its
        area where nobody lives),
        commune_codes (all, that one first, joined by semicolons), villages (NA without villages),
        villages_on_grid and villages_off_grid (those with and without grid power, where known),
        households (of its villages, where known), schools, clinics (and any other kind of facility
        that the scene has), road_km; NA where nothing is known of them,
        nearest_mast_km and nearest_mast_operator (from the anchor to the nearest mast with that
        technology, whoever has it), longitude and latitude of the anchor (degrees), geometry
        (MultiPolygon).
    dropped : DataFrame
        A row per technology and operator: technology, operator, spots, area_km2 and people of
        those left out.
    """
    coverage, scene = by.coverage, by.coverage.scene
    layers = state.transpose("technology", "operator", "y", "x")
    found, dropped = [], []
    for technology in layers["technology"].to_numpy():
        masts = _masts(coverage.network, technology, scene)
        for operator in layers["operator"].to_numpy():
            names = {"technology": str(technology), "operator": str(operator)}
            sure = answer.sel(names).to_numpy() == ANSWERS["not_served"]
            layer = _Layer.of(layers.sel(names).to_numpy(), sure, scene, min_area_km2)
            dropped.append(names | layer.dropped)
            if len(layer.spots):
                spots = _describe(layer, scene, masts, **names)
                spots["missing_db"] = _missing_db(layer.spot_of, by, **names)
                places = zip(spots["longitude"], spots["latitude"], strict=True)
                spots["cause"] = find_causes(by, places=places, **names) if causes else ""
                found.append(spots)
    operators = [*dict.fromkeys([ANY, *layers["operator"].to_numpy()])]
    return _ordered(found, operators, scene), pd.DataFrame(dropped)


@dataclass(frozen=True)
class _Layer:
    """Unserved places of one technology and operator."""

    spot_of: NDArray[np.int32]  # (y, x): number of the spot, from 1; 0 where there is none
    pieces: pd.DataFrame  # by (spot, label): pixels, none_pixels, sure_pixels, people, none_people
    spots: pd.DataFrame  # the same by spot
    dropped: dict[str, float]

    @classmethod
    def of(
        cls,
        codes: NDArray[np.uint8],
        sure: NDArray[np.bool_],
        scene: "Scene",
        min_area_km2: float,
    ) -> "_Layer":
        spot_of, _ = ndimage.label(codes <= STATES["weak"], _WITH_CORNERS, output=np.int32)
        pixels = np.bincount(spot_of.ravel())
        # the small allowance is for areas that are a whole number of pixels but for rounding
        large = pixels >= min_area_km2 / scene.pixel_area_km2 - 1e-6
        large[0] = False
        pixels[0] = 0
        dropped = _amount_dropped(spot_of, pixels, large, scene)
        number = np.where(large, np.cumsum(large), 0).astype(np.int32)
        spot_of = number[spot_of]
        pieces = _pieces(spot_of, codes, sure, scene)
        return cls(spot_of, pieces, pieces.groupby("spot").sum(), dropped)


def _amount_dropped(
    spot_of: NDArray[np.int32],
    pixels: NDArray[np.intp],
    large: NDArray[np.bool_],
    scene: "Scene",
) -> dict[str, float]:
    people = np.bincount(spot_of.ravel(), scene.people.to_numpy().ravel())
    small = ~large & (pixels > 0)
    return {
        "spots": int(small.sum()),
        "area_km2": float(pixels[small].sum() * scene.pixel_area_km2),
        "people": float(people[small].sum()),
    }


def _pieces(
    spot_of: NDArray[np.int32],
    codes: NDArray[np.uint8],
    sure: NDArray[np.bool_],
    scene: "Scene",
) -> pd.DataFrame:
    """Area and people of each spot in each commune it reaches into."""
    pixel = np.flatnonzero(spot_of)
    none = codes.ravel()[pixel] == STATES["none"]
    people = scene.people.to_numpy().ravel()[pixel]
    amounts = pd.DataFrame(
        {
            "spot": spot_of.ravel()[pixel],
            "label": scene.commune_labels.to_numpy().ravel()[pixel],
            "pixels": 1,
            "none_pixels": none.astype(np.int64),
            "sure_pixels": sure.ravel()[pixel].astype(np.int64),
            "people": people,
            "none_people": people * none,
        }
    )
    return amounts.groupby(["spot", "label"]).sum()


def _describe(
    layer: _Layer, scene: "Scene", masts: "_Masts", technology: str, operator: str
) -> gpd.GeoDataFrame:
    spots = layer.spots.assign(technology=technology, operator=operator)
    spots["area_km2"] = spots["pixels"] * scene.pixel_area_km2
    spots["none_area_km2"] = spots["none_pixels"] * scene.pixel_area_km2
    mostly_none = 2 * spots["none_pixels"] >= spots["pixels"]
    spots["state"] = np.where(mostly_none, "none", "weak")
    spots["certainty"] = np.select(
        [2 * spots["sure_pixels"] >= spots["pixels"], spots["sure_pixels"] == 0],
        ["certain", "cannot_say"],
        "likely",
    )
    spots = spots.join(_communes_of(layer.pieces, scene))
    spots = spots.assign(**places_in(layer.spot_of, scene))
    anchors = anchors_of(layer.spot_of, scene)
    spots["id"] = ids_of(f"{technology}-{operator}", anchors, spots["pixels"])
    spots["nearest_mast_km"], spots["nearest_mast_operator"] = masts.nearest(anchors)
    degrees = gpd.GeoSeries.from_xy(*anchors.T, crs=scene.communes.crs).to_crs(4326)
    spots["longitude"], spots["latitude"] = degrees.x.to_numpy(), degrees.y.to_numpy()
    outlines = outlines_of(layer.spot_of, scene)
    return gpd.GeoDataFrame(spots, geometry=outlines, crs=scene.communes.crs)


def _communes_of(pieces: pd.DataFrame, scene: "Scene") -> pd.DataFrame:
    """Name the main commune and all communes of each spot."""
    communes = scene.communes.set_index("label")[["code", "name"]]
    order = ["spot", "people", "pixels", "label"]
    ranked = pieces.reset_index().sort_values(order, ascending=[True, False, False, True])
    by_spot = ranked.join(communes, on="label").groupby("spot")
    return pd.DataFrame(
        {
            "commune_code": by_spot["code"].first(),
            "commune_name": by_spot["name"].first(),
            "commune_codes": by_spot["code"].agg(";".join),
        }
    )


def _missing_db(
    spot_of: NDArray[np.int32], by: Yardstick, technology: str, operator: str
) -> NDArray[np.float64]:
    """Median over each spot's pixels of what their levels lack of basic service."""
    excess_db = by.excess_db(operator, technology)
    pixel = np.flatnonzero(spot_of)
    lacking = pd.Series(-excess_db.ravel()[pixel])
    median = lacking.groupby(spot_of.ravel()[pixel]).median().to_numpy()
    return np.where(np.isfinite(median), median, np.nan)


@dataclass(frozen=True)
class _Masts:
    """Masts of one technology in the grid's CRS."""

    tree: KDTree
    operators: NDArray[Any]  # joined where a mast is shared

    def nearest(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[Any]]:
        distance_m, index = self.tree.query(points)
        return distance_m / 1000.0, self.operators[index]


def _masts(network: "Network", technology: str, scene: "Scene") -> _Masts:
    cells = network.cells
    cells = cells[cells["technology"] == technology]
    places = cells.groupby(["longitude", "latitude"])["operator"].agg(
        lambda names: ";".join(sorted(set(names)))
    )
    longitude, latitude = (places.index.get_level_values(level) for level in (0, 1))
    points = gpd.GeoSeries.from_xy(longitude, latitude, crs=4326).to_crs(scene.communes.crs)
    return _Masts(KDTree(shapely.get_coordinates(points)), places.to_numpy())


def _ordered(
    found: list[gpd.GeoDataFrame], operators: Sequence[str], scene: "Scene"
) -> gpd.GeoDataFrame:
    types = _COLUMNS | dict.fromkeys(kinds_of(scene), "Int64")
    if not found:
        empty = pd.DataFrame(columns=list(types)).astype(types)
        return gpd.GeoDataFrame(empty, geometry=[], crs=scene.communes.crs)
    spots = pd.concat(found, ignore_index=True)
    order = spots.sort_values(["people", "area_km2", "id"], ascending=[False, False, True])
    order["rank"] = order.groupby(["technology", "operator"]).cumcount() + 1
    place = order["operator"].map({name: n for n, name in enumerate(operators)})
    order = order.assign(place=place).sort_values(["place", "technology", "rank"])
    return order.reset_index(drop=True).astype(types)[[*types, "geometry"]]
