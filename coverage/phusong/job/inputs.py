"""What a settings file names, read and checked before the long work begins."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from pyproj import Transformer

from phusong.errors import InputError
from phusong.gaps import ANY, VillageRule
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network, read_stations
from phusong.job.early_checks import check_problems
from phusong.job.placing import placement_keywords
from phusong.job.service import profile_of, service_problems
from phusong.job.settings import JobSettings
from phusong.planning import check_new_cells
from phusong.planning.proposing import levels_only_problems
from phusong.radio.service import ServiceProfile
from phusong.report.files import require_parquet

__all__ = ["JobInputs", "Say", "open_scene", "read_network"]

Say = Callable[[str], None]
PATH_LOSS_FOLDER: Final = "path_loss"
AROUND_DEG: Final = 2.0


@dataclass(frozen=True)
class JobInputs:
    """The inputs of a job.

    Attributes
    ----------
    settings_file, settings
        The file that names them all, and what it says.
    scene, network
        As read, the network with the operators and technologies that were chosen.
    profile, village_rule
        By which service is judged.
    """

    settings_file: Path
    settings: JobSettings
    scene: Scene
    network: Network
    profile: ServiceProfile
    village_rule: VillageRule

    @classmethod
    def read(cls, settings_file: Path, settings: JobSettings, say: Say) -> Self:
        """Read everything that the settings name, and refuse what a later step would refuse.

        Raises
        ------
        InputError
            When an input cannot be used.
        """
        folder = settings_file.parent
        say("reading terrain, communes and population")
        scene = open_scene(settings, folder)
        say("reading stations")
        network = read_network(settings, folder, scene, settings.inputs.stations)
        profile = profile_of(settings.service, folder)
        name = settings.service.village_rule
        rule = VillageRule.of(folder / name if name.endswith(".toml") else name)
        read = cls(settings_file, settings, scene, network, profile, rule)
        read._check_early()
        return read

    @property
    def folder(self) -> Path:
        """The folder that the settings' files are relative to."""
        return self.settings_file.parent

    def store(self, output: Path) -> Path | None:
        """Where path loss is kept; None where it is not."""
        return output / PATH_LOSS_FOLDER if self.settings.output.path_loss else None

    def prediction(self, output: Path) -> dict[str, Any]:
        """Keywords for `phusong.predict`, and for the estimate of what it takes."""
        chosen = self.settings.prediction.keywords()
        return {"service": self.profile, "store": self.store(output)} | chosen

    def other_network(self, stations: Path) -> Network:
        """Another table of stations, read as the job's own."""
        return read_network(self.settings, self.folder, self.scene, stations)

    def _check_early(self) -> None:
        if self.settings.output.geoparquet:
            require_parquet()
        wanted, network = self.settings.placement, self.network
        problems = check_problems(
            self.settings,
            self.folder,
            self.scene,
            network,
            self.profile,
            read_network=self.other_network,
        )
        if ANY in network.operators:
            problems.append(
                f"operator {ANY!r} in the stations: the word is kept for the best of all"
            )
        if wanted:
            there = {"operator": network.operators, "technology": network.technologies}
            problems += [
                f"placement.{name} = {getattr(wanted, name)!r} is not in the stations: "
                f"{', '.join(known)}"
                for name, known in there.items()
                if getattr(wanted, name) not in known
            ]
            problems += levels_only_problems(self.profile)
        problems += service_problems(self.settings.service, network, self.profile)
        if problems:
            raise InputError(str(self.settings_file), problems)
        if wanted:
            check_new_cells(network, wanted.operator, wanted.technology, wanted.radio)
            placement_keywords(wanted, self.settings.inputs, self.folder, self.scene)


def open_scene(settings: JobSettings, folder: Path) -> Scene:
    """The scene of the settings' inputs; ``folder`` is that of the settings file."""
    inputs = settings.inputs
    files = {name: path for name, path in inputs if name not in ("stations", "antennas")}
    given: dict[str, Any] = {
        name: None if path is None else folder / path for name, path in files.items()
    }
    return Scene.open(**given, **settings.scene.model_dump())


def read_network(settings: JobSettings, folder: Path, scene: Scene, stations: Path) -> Network:
    """A table of stations, of which the operators and technologies that the settings choose."""
    inputs = settings.inputs
    network = read_stations(
        folder / stations,
        area=_plausible_area(scene),
        antennas=None if inputs.antennas is None else folder / inputs.antennas,
    )
    chosen = settings.prediction
    return network.select(operators=chosen.operators, technologies=chosen.technologies)


def _plausible_area(scene: Scene) -> tuple[float, float, float, float]:
    """Where a station may stand: the terrain and `AROUND_DEG` more; west, south, east, north.

    Wide enough for a table of the whole region, narrow enough to notice a slipped decimal.
    """
    box = scene.terrain.odc.geobox.boundingbox
    to_degrees = Transformer.from_crs(str(scene.grid.crs), "EPSG:4326", always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(box.left, box.bottom, box.right, box.top)
    return (west - AROUND_DEG, south - AROUND_DEG, east + AROUND_DEG, north + AROUND_DEG)
