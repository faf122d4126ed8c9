"""The result of a prediction: level, server and probability per operator and technology."""

import json
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from phusong._explore import Explorable
from phusong.errors import InputError, check_kinds
from phusong.geodata.folders import with_folder
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.links import Link, explain_pixel
from phusong.prediction.belonging import mismatches
from phusong.prediction.layers_file import load_layers
from phusong.prediction.models import MODELS
from phusong.prediction.settings import PredictSettings
from phusong.radio.service import ServiceProfile

if TYPE_CHECKING:
    from phusong.geodata.measurements import Measurements
    from phusong.prediction.comparing import Comparison
    from phusong.prediction.quality import Quality
    from phusong.prediction.quality_settings import Load
    from phusong.prediction.settled_loads import SettledLoads
    from phusong.prediction.traffic import Traffic

__all__ = ["Coverage"]


@dataclass(frozen=True, repr=False)
class Coverage(Explorable):
    """Predicted coverage on the scene's grid.

    Attributes
    ----------
    data
        Dataset with dimensions (operator, technology, y, x): ``level_dbm`` (float32, median level
        of the best server; NaN where no cell of that operator and technology is within range),
        ``server`` (int32, row of ``network.cells``, -1 where NaN), ``probability`` (float32, that
        the level reaches the profile's basic threshold), and ``cells`` (operator, technology),
        how many cells were computed; ``model`` and ``model_why`` (cell), see `models`;
        ``swept_km`` (cell), the range in km of the sweep that computed it, 0 where it was not
        swept. With more than one server, ``ranked_level_dbm`` and ``ranked_server`` (operator,
        technology, rank, y, x), strongest first. Parameters are in its attributes.
    scene, network, settings, profile
        What it was made from.
    findings
        Masts left out, and why.
    """

    data: xr.Dataset
    scene: Scene
    network: Network
    settings: PredictSettings
    profile: ServiceProfile
    findings: pd.DataFrame

    def __getitem__(self, name: str) -> xr.DataArray:
        """One layer: ``coverage["level_dbm"].sel(operator="Viettel", technology="4G")``."""
        return self.data[name]

    @property
    def operators(self) -> tuple[str, ...]:
        """Operators, sorted."""
        return tuple(str(o) for o in self.data["operator"].to_numpy())

    @property
    def technologies(self) -> tuple[str, ...]:
        """Technologies, sorted."""
        return tuple(str(t) for t in self.data["technology"].to_numpy())

    @property
    def shadowing_sigma_db(self) -> float:
        """Standard deviation of the level around its median."""
        return self.settings.shadowing_sigma_db

    @property
    def models(self) -> pd.DataFrame:
        """Which model made each cell's layer: operator, cell_id, model, source, why.

        One row a row of ``network.cells``, also where the cell was left out for its distance.
        """
        models = self.data["model"].to_series().astype(str).reset_index(drop=True)
        return self.network.cells[["operator", "cell_id"]].assign(
            model=models,
            source=models.map({name: model.title for name, model in MODELS.items()}),
            why=self.data["model_why"].to_numpy().astype(str),
        )

    def update(
        self, network: Network, *, store: Path | str | None = None, progress: bool = True
    ) -> "Coverage":
        """The coverage of a changed network, bit for bit what `phusong.predict` makes of it.

        Only what can have changed is computed: an altered cell is taken out of the lists of servers
        that it stands in and put in anew, and where it did not come back as strong the other cells
        around are looked at again. An altered, new or removed mast or band counts as its cells.
        Cells are known by operator, technology and ``cell_id``; rows may come and go anywhere.

        Where that is no gain or not possible the whole is predicted, with the same result: when
        operators or technologies came or went, the link budget asks for other ranges, the cells
        that stay the same were put into another order, more than a quarter of all changed, another
        version of the package made these layers, or ``network.cells`` was altered in place since
        they were made.

        Parameters
        ----------
        network
            The network after the change; scene, settings and profile stay.
        store
            Folder of path loss, as of `phusong.predict`. Give the one that the prediction was made
            with: without it the windows around a change are computed again.
        progress
            Show progress bars.

        Returns
        -------
        Coverage
            A new one; this one stays as it is.

        Raises
        ------
        InputError, MemoryLimitError, OSError
            As `phusong.predict`.
        """
        from phusong.prediction.updating import updated

        return updated(self, network, store, progress=progress)

    def quality(
        self,
        *,
        load: "Load | None" = None,
        service: str | ServiceProfile | None = None,
        store: Path | str | None = None,
        progress: bool = True,
        **settings: Any,
    ) -> "Quality":
        """SINR, RSRQ or Ec/Io, throughput both ways and the number of servers, per pixel.

        On each carrier the strongest cell is the server and all others of the same operator,
        technology and frequency disturb it by their loads. docs/quality.md has the formulas.

        Parameters
        ----------
        load
            Share of its resources that a cell sends on average, 0 to 1: one number for all, the
            name of a column of the station table, or a number for each (operator, cell_id). Where
            not given the profile's, or 0.5.
        service
            Service profile, or its name, in place of the coverage's: servers are counted by it.
        store, progress
            As of `phusong.predict`; without its folder of path loss all is computed again.
        **settings
            Fields of `phusong.prediction.quality_settings.QualitySettings`: ``place`` (the
            profile's where not given), ``nsa``, ``aggregation_efficiency``, ``power_class``,
            ``layers`` and so on.

        Returns
        -------
        Quality

        Raises
        ------
        InputError
            On loads and settings that cannot be used, and on cells without figures for theirs.
        MemoryLimitError, OSError
            As `phusong.predict`.
        """
        from phusong.prediction.quality import quality_of

        return quality_of(
            self, load=load, service=service, store=store, progress=progress, **settings
        )

    def settle_loads(
        self,
        traffic: "Traffic",
        *,
        store: Path | str,
        service: str | ServiceProfile | None = None,
        tolerance: float = 0.01,
        most_steps: int = 30,
        progress: bool = True,
        **settings: Any,
    ) -> "SettledLoads":
        """Loads of the cells that follow from traffic, for `quality`.

        Each step goes over the stored path loss once. Traffic is that of the downlink, at places
        where the best server's level gives basic service; that of elsewhere is carried by nobody.

        Parameters
        ----------
        traffic
            Mbit/s in the busy hour: a person's of the whole population, one number for all or one
            for each (operator, technology), the operator's share of customers in it; or the name
            of a column of the station table with each cell's, which is spread over the people that
            the cell serves.
        store
            Folder of path loss, as of `phusong.predict`.
        service
            Service profile, or its name, in place of the coverage's: service is told by its levels.
        tolerance
            Loads have settled where none changes by more in a step.
        most_steps
            Steps after which loads that have not settled are given as they are, with a finding.
        progress
            Show progress bars.
        **settings
            As of `quality`; carriers are not aggregated.

        Returns
        -------
        SettledLoads
            ``coverage.quality(load=settled.by_cell)`` takes its loads.

        Raises
        ------
        InputError
            On traffic and settings that cannot be used.
        MemoryLimitError, OSError
            As `phusong.predict`.
        """
        from phusong.prediction.settled_loads import settled_loads

        return settled_loads(
            self,
            traffic,
            service=service,
            store=store,
            tolerance=tolerance,
            most_steps=most_steps,
            progress=progress,
            **settings,
        )

    def compare(
        self, measurements: "Measurements", *, block_m: float = 2000.0, loss_db: float = 0.0
    ) -> "Comparison":
        """Hold a drive test against the prediction: docs/calibration.md.

        In each pixel the median of an operator and technology's samples is compared with its level,
        so that a stop at a traffic light counts once.

        Parameters
        ----------
        measurements
            From `phusong.read_measurements`, by the operators' names in the station table.
        block_m
            Side of the squares (m) that are held out whole, in turns, to tell the error at places
            that were not measured: longer than shadowing stays alike.
        loss_db
            What the measuring antenna lacked: a car's body around it. Added to every sample.

        Returns
        -------
        Comparison

        Raises
        ------
        InputError
            On figures that cannot be used, and where nothing can be compared.
        """
        from phusong.prediction.comparing import compare_with

        return compare_with(self, measurements, block_m=block_m, loss_db=loss_db)

    def save(self, path: Path | str) -> Path:
        """Write the layers to a NetCDF-4 file that any xarray user can open.

        Its folder is made where it is missing; an InputError where it cannot be.
        """
        path = with_folder(path)
        packed = {name: {"zlib": True, "complevel": 4} for name in ("level_dbm", "server")}
        packed["probability"] = {"zlib": True, "complevel": 4}
        self.data.to_netcdf(path, engine="h5netcdf", encoding=packed)
        return path

    @classmethod
    def open(cls, path: Path | str, scene: Scene, network: Network) -> "Coverage":
        """Read what `save` wrote; the scene and the network must be those it was made from.

        Raises
        ------
        InputError
            When the file is missing, was not written by `save`, or belongs to another scene or
            network; also when these two are something else.
        """
        check_kinds(
            ("scene", scene, Scene, "Scene.open"), ("network", network, Network, "read_stations")
        )
        path = Path(path)
        data = load_layers(path)
        problems = mismatches(data, scene, network)
        if problems:
            raise InputError(str(path), problems)
        return cls(
            data=data,
            scene=scene,
            network=network,
            settings=PredictSettings.of(**json.loads(data.attrs["settings"])),
            profile=ServiceProfile.from_json(data.attrs["profile"]),
            findings=pd.read_json(StringIO(data.attrs["findings"]), orient="table"),
        )

    def plot(self, operator: str, technology: str, **options: Any) -> Any:
        """Draw the level with matplotlib; returns what xarray's ``plot`` returns."""
        layer = self["level_dbm"].sel(operator=operator, technology=technology)
        defaults: dict[str, Any] = {"cmap": "viridis", "robust": True}
        drawn = layer.plot.imshow(**(defaults | options))
        drawn.axes.set_aspect("equal")
        return drawn

    def explain(
        self,
        longitude: float,
        latitude: float,
        *,
        technology: str | None = None,
        operator: str | None = None,
    ) -> Link:
        """Tell why a pixel has its level: the link from its best server, term by term.

        Parameters
        ----------
        longitude, latitude
            A place inside the scene, degrees (WGS 84).
        technology, operator
            Whose level; the strongest of all where not given.

        Returns
        -------
        Link
            Its level equals the pixel's; `Link.table`, `Link.plot`.

        Raises
        ------
        InputError
            Outside the scene, for an unknown name, or where no level was computed.
        """
        return explain_pixel(
            self.scene,
            self.network.cells,
            self.data,
            longitude,
            latitude,
            technology=technology,
            operator=operator,
            antennas=self.network.antennas,
            service=self.profile,
            **self.settings.model_dump(exclude={"range_km", "sampling", "servers"}),
        )

    def __repr__(self) -> str:
        height, width = self.scene.grid.shape
        reach = f"{len(self.network.cells):,} cells, {height} x {width} pixels"
        return (
            f"Coverage of {', '.join(self.operators)} in {', '.join(self.technologies)}: {reach} "
            f"by {self.settings.model}, profile {self.profile.name}"
        )

    def _repr_html_(self) -> str:
        return f"<p><b>{escape(repr(self))}</b></p>{self.data._repr_html_()}"
