"""The interactive map of one result alone."""

from typing import TYPE_CHECKING, Any

from phusong.gaps import Gaps
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.planning import Plan
from phusong.prediction import Coverage
from phusong.report.map import draw
from phusong.report.map_data import Subject

if TYPE_CHECKING:
    from phusong.report.map_page import MapPage

__all__ = ["explored"]


def explored(result: Any, *, name: str, language: str) -> "MapPage":
    """Draw a scene, network, coverage, gaps or plan; a plan with the network that it extends."""
    return draw(_subject(result), name=name, language=language)


def _subject(result: Any) -> Subject:
    match result:
        case Scene():
            return Subject(scene=result)
        case Network():
            return Subject(network=result)
        case Coverage():
            return Subject(scene=result.scene, network=result.network, coverage=result)
        case Gaps():
            of = result.coverage
            return Subject(
                scene=of.scene,
                network=of.network,
                coverage=of,
                gaps=result,
                quality=result.quality,
            )
        case Plan():
            return Subject(network=result.network, plan=result)
    raise TypeError(f"a {type(result).__name__} has no map")
