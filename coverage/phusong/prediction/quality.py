"""Service quality: what of a level is left among other cells, and how fast it is."""

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from odc.geo.xr import xr_coords

from phusong.prediction.carrier_work import CarrierWork
from phusong.prediction.quality_file import read_layers, write_layers
from phusong.prediction.quality_layers import LAYERS
from phusong.prediction.quality_settings import Load, QualitySettings, load_words, loads_of
from phusong.radio.service import ServiceProfile

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage

__all__ = ["Quality", "quality_of"]

DIMS = ("operator", "technology", "y", "x")
NAMES = {
    "sinr_db": ("dB", "signal to interference and noise of the best server's carrier"),
    "rsrq_db": ("dB", "RSRQ (4G) or SS-RSRQ (5G) of the best server"),
    "ecio_db": ("dB", "Ec/Io of the best server's pilot (3G)"),
    "throughput_down_mbps": ("Mbit/s", "downlink throughput of one handset given all resources"),
    "throughput_up_mbps": ("Mbit/s", "uplink throughput of one handset given all resources"),
    "uplink_snr_db": (
        "dB",
        "signal to noise at the base station of a handset that sends all of its power in one "
        "resource block, or in the whole 3G carrier",
    ),
    "server": ("1", "row of the table of cells of the best server; -1 where there is none"),
    "servers_above": (
        "1",
        "cells whose level reaches the basic threshold with the profile's probability; -1 where "
        "no level was computed",
    ),
}
USUAL_LOAD = 0.5


@dataclass(frozen=True, repr=False)
class Quality:
    """Service quality on the scene's grid, at a load and a place of the handset.

    Attributes
    ----------
    data
        Dataset with dimensions (operator, technology, y, x): ``sinr_db``, ``rsrq_db`` (4G, 5G),
        ``ecio_db`` (3G), ``throughput_down_mbps``, ``throughput_up_mbps``, ``uplink_snr_db``
        (float32; NaN where no cell is within range), ``server`` (int32; -1 there) and
        ``servers_above`` (int16; -1 there). Profile, load and every setting are in its attributes.
    loads
        Load of each cell: operator, cell_id, load.
    profile, settings
        What it was made with.
    """

    data: xr.Dataset
    loads: pd.DataFrame
    profile: ServiceProfile
    settings: QualitySettings

    def __getitem__(self, name: str) -> xr.DataArray:
        """One layer: ``quality["sinr_db"].sel(operator="Viettel", technology="4G")``."""
        return self.data[name]

    def save(self, path: Path | str) -> Path:
        """Write the layers to a NetCDF-4 file; its folder is made where it is missing."""
        return write_layers(path, self.data, self.loads)

    @classmethod
    def open(cls, path: Path | str, coverage: "Coverage") -> "Quality":
        """Read what `save` wrote; an InputError unless it was made from this coverage."""
        data, loads = read_layers(path, coverage, set(NAMES))
        return cls(
            data,
            coverage.network.cells[["operator", "cell_id"]].assign(load=loads),
            ServiceProfile.from_json(data.attrs["profile"]),
            QualitySettings.of(coverage.network, **json.loads(data.attrs["quality_settings"])),
        )

    def __repr__(self) -> str:
        return (
            f"Quality of {', '.join(map(str, self.data['operator'].to_numpy()))} in "
            f"{', '.join(map(str, self.data['technology'].to_numpy()))}: load "
            f"{self.data.attrs['load']}, {self.settings.place}, profile {self.profile.name}"
        )


def quality_of(
    coverage: "Coverage",
    *,
    load: Load | None,
    service: str | ServiceProfile | None,
    store: Path | str | None,
    progress: bool,
    **values: Any,
) -> Quality:
    """Service quality of a coverage; `Coverage.quality` says how."""
    network = coverage.network
    profile = coverage.profile if service is None else ServiceProfile.of(service)
    if load is None:
        load = USUAL_LOAD if profile.load is None else profile.load
    place = {"place": profile.place, "entry_percent": profile.entry_percent}
    settings = QualitySettings.of(network, **place | values)
    loads = loads_of(network, load)
    work = CarrierWork.of(coverage, profile, settings, store)
    powers = work.powers(loads, progress=progress)
    planes = _Planes(coverage)
    for number, names in enumerate(work.services):
        layers = work.layers(powers, names, loads)
        if layers is not None:
            at = divmod(number, len(coverage.technologies))
            planes.put(*at, layers._asdict(), powers.above_of(names))
    planes.apply_anchor(settings.nsa)
    attributes = _attributes(coverage, profile, settings, load_words(load, loads))
    named = network.cells[["operator", "cell_id"]].assign(load=loads)
    return Quality(planes.dataset(attributes), named, profile, settings)


class _Planes:
    """The layers of all services on their way into a dataset."""

    def __init__(self, coverage: "Coverage") -> None:
        self._coverage = coverage
        size = (
            len(coverage.operators),
            len(coverage.technologies),
            *coverage.scene.grid.shape,
        )
        self._planes: dict[str, NDArray[Any]] = {
            name: np.full(size, np.nan, dtype=np.float32) for name in LAYERS
        }
        self._planes["server"] = np.full(size, -1, dtype=np.int32)
        self._planes["servers_above"] = np.full(size, -1, dtype=np.int16)

    def put(
        self, o: int, t: int, layers: dict[str, NDArray[Any]], above: NDArray[np.int16]
    ) -> None:
        for name in (*LAYERS, "server"):
            self._planes[name][o, t] = layers[name]
        np.copyto(self._planes["servers_above"][o, t], above, where=~np.isnan(layers["level_dbm"]))

    def apply_anchor(self, nsa: tuple[str, ...]) -> None:
        """Take the 5G of operators away where their 4G is not served."""
        technologies = self._coverage.technologies
        if "5G" not in technologies:
            return
        of_5g = technologies.index("5G")
        for operator in nsa:
            o = self._coverage.operators.index(operator)
            alone = self._planes["servers_above"][o, technologies.index("4G")] < 1
            for name in ("throughput_down_mbps", "throughput_up_mbps", "servers_above"):
                plane = self._planes[name][o, of_5g]
                known = self._planes["servers_above"][o, of_5g] >= 0
                plane[alone & known] = 0

    def dataset(self, attributes: dict[str, str]) -> xr.Dataset:
        of_layer = {k: attributes[k] for k in ("profile_name", "probability", "load", "place")}
        layers = {}
        for name, (units, words) in NAMES.items():
            attrs = {"units": units, "long_name": words, "grid_mapping": "spatial_ref"}
            layers[name] = DIMS, self._planes[name], attrs | of_layer
        coords: dict[Any, Any] = {
            **xr_coords(self._coverage.scene.grid),
            "operator": list(self._coverage.operators),
            "technology": list(self._coverage.technologies),
        }
        return xr.Dataset(layers, coords=coords, attrs=attributes)


def _attributes(
    coverage: "Coverage", profile: ServiceProfile, settings: QualitySettings, load: str
) -> dict[str, str]:
    return {
        "title": "Predicted quality of mobile service",
        "phusong_version": version("phusong"),
        "profile": profile.to_json(),
        "profile_name": profile.name,
        "probability": f"{profile.probability:g}",
        "load": load,
        "place": settings.place,
        "place_source": settings.place_source,
        "quality_settings": json.dumps(settings.model_dump()),
        "settings": coverage.data.attrs["settings"],
        "network_sha256": coverage.data.attrs["network_sha256"],
        "ground_sha256": coverage.data.attrs["ground_sha256"],
        "model": coverage.data.attrs["model"],
    }
