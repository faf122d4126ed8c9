"""How a scene shows itself: as text, in a notebook, and drawn."""

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from phusong.geodata.findings import SEVERITIES
from phusong.kernels.zones import COAST, SEA

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from phusong.geodata.scene import Scene

__all__ = ["as_html", "as_text", "draw"]


def as_text(scene: "Scene") -> str:
    """Return a scene in a few lines."""
    lines = (f"  {name + ':':<11} {text}" for name, text in _summary(scene).items())
    return "\n".join(("<Scene>", *lines))


def as_html(scene: "Scene") -> str:
    """Return a scene as a small table; what came from files is escaped."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>"
        for name, text in _summary(scene).items()
    )
    return f"<table><caption>Scene</caption>{rows}</table>"


def draw(scene: "Scene", ax: "Axes | None") -> "Axes":
    """Draw the terrain, shaded from the north-west, with the borders of the communes."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import LightSource

    if ax is None:
        _, ax = plt.subplots()
    west, south, east, north = scene.terrain.odc.geobox.boundingbox.bbox
    heights = scene.terrain.to_numpy()
    # The lower third of the colours is the sea's; land starts above it.
    sea = 1.5 * heights.min() - 0.5 * heights.max() - 1
    shaded = LightSource(azdeg=315, altdeg=45).shade(
        heights,
        cmap=plt.get_cmap("gist_earth"),
        blend_mode="soft",
        vmin=sea,
        dx=scene.resolution_m,
        dy=scene.resolution_m,
    )
    ax.imshow(shaded, extent=(west, east, south, north))
    scene.communes.boundary.plot(ax=ax, color="black", linewidth=0.5)
    ax.set(xlabel=f"x, m ({scene.grid.crs})", ylabel="y, m", aspect="equal")
    return ax


def _summary(scene: "Scene") -> dict[str, str]:
    rows, columns = scene.grid.shape
    low, high = float(scene.terrain.min()), float(scene.terrain.max())
    margin_km = scene.window[0].start * scene.resolution_m / 1000
    counts = scene.findings["severity"].value_counts()
    names = {name: Path(source.path).name for name, source in scene.sources.items()}
    return {
        "grid": f"{columns} x {rows} pixels of {scene.resolution_m:g} m, {scene.grid.crs}",
        "terrain": f"{low:.0f} to {high:.0f} m, {margin_km:.1f} km beyond the grid",
        "clutter": _clutter(scene),
        "zones": _zones(scene),
        "communes": f"{len(scene.communes)} on {_area_km2(scene):,.1f} km2",
        "people": f"{float(scene.people.sum()):,.0f}",
        **_places(scene),
        "findings": ", ".join(f"{counts[s]} {s}" for s in SEVERITIES if s in counts) or "none",
        "sources": ", ".join(f"{name} {file}" for name, file in names.items()),
    }


def _area_km2(scene: "Scene") -> float:
    """Area that the communes cover together; where they overlap, once."""
    return int((scene.commune_labels > 0).sum()) * scene.pixel_area_km2


def _places(scene: "Scene") -> dict[str, str]:
    """What is known of villages, facilities, roads and old communes."""
    told = {"villages": "not given" if scene.villages is None else str(len(scene.villages))}
    if scene.are_settlements:
        told = {"settlements": f"{told['villages']}, from clusters of the people"}
    if scene.facilities is not None:
        counts = scene.facilities["kind"].value_counts().sort_index()
        told["facilities"] = ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "0"
    if scene.road_km is not None:
        told["roads"] = f"{float(scene.road_km.sum()):,.1f} km"
    if scene.old is not None:
        told["old"] = f"{len(scene.old.communes)} communes before the merger"
    return told


def _clutter(scene: "Scene") -> str:
    if scene.clutter_m is None:
        return "not given"
    share = float((scene.clutter_m > 0).mean())
    return f"on {share:.1%} of the terrain, up to {float(scene.clutter_m.max()):.0f} m"


def _zones(scene: "Scene") -> str:
    if scene.zones is None:
        return "not given: all inland"
    sea, coast = (float((scene.zones == zone).mean()) for zone in (SEA, COAST))
    return f"sea on {sea:.1%} of the terrain, coastal land on {coast:.1%}"
