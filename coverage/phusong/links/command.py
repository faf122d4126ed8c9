"""What ``phusong link`` does: a terrain raster and two points in, text out."""

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from phusong.errors import InputError
from phusong.geodata.coordinates import read_coordinate
from phusong.geodata.findings import Findings
from phusong.links.linking import link
from phusong.links.reading import terrain_around
from phusong.links.result import Link
from phusong.radio.antennas import Antenna, read_antenna

__all__ = ["link_command"]

WORTH_SAYING = ("warning", "repaired", "rejected")


def link_command(
    terrain: str | Path,
    from_point: str,
    to_point: str,
    *,
    tx_height_m: float,
    frequency_mhz: float,
    rx_height_m: float = 1.5,
    model: str = "p1812",
    antenna: str | None = None,
    plot: str | Path | None = None,
    as_json: bool = False,
    resolution_m: float = 30.0,
    terrain_noise_m: float = 2.0,
    **settings: Any,
) -> str:
    """Compute one link over a terrain raster, draw it if asked, and return what to show.

    Parameters
    ----------
    terrain
        Raster of elevations in m.
    from_point, to_point
        Base station and handset as "LON,LAT"; "LON;LAT" where commas are decimal.
    model
        A model's name, several with commas between, or "all".
    antenna
        A pattern file, or a panel's name.
    plot
        Picture to write: PNG, SVG or PDF by its extension.
    as_json
        Return JSON in place of tables.
    resolution_m, terrain_noise_m
        As for `phusong.links.reading.terrain_around`.
    **settings
        As for `phusong.links.link`.

    Returns
    -------
    str
        The link's tables, or JSON with a list of the terrain's findings.

    Raises
    ------
    InputError
        When a point, the terrain, a model or a setting cannot be used, or no model holds for the
        link.
    """
    tx, rx = _points({"--from": from_point, "--to": to_point})
    findings = Findings()
    ground = terrain_around(
        terrain,
        tx,
        rx,
        resolution_m=resolution_m,
        terrain_noise_m=terrain_noise_m,
        findings=findings,
    )
    names = model.split(",") if "," in model else model
    of = link(
        ground,
        tx,
        rx,
        tx_height_m=tx_height_m,
        frequency_mhz=frequency_mhz,
        rx_height_m=rx_height_m,
        model=names,
        antenna=_antenna(antenna),
        **settings,
    )
    if all(math.isnan(loss.loss_db) for loss in of.losses):
        raise InputError("link", [f"{loss.name}: {loss.reason}" for loss in of.losses])
    if plot is not None:
        of.plot(plot)
    return _json(of, findings) if as_json else _text(of, findings)


def _antenna(name: str | None) -> Antenna | str | None:
    """The antenna of a file; another name is left for the link to know, as a panel's."""
    return read_antenna(name) if name is not None and Path(name).is_file() else name


def _points(given: dict[str, str]) -> list[tuple[float, float]]:
    """Longitude and latitude of each point; InputError with every one that cannot be read."""
    points, problems = [], []
    for name, text in given.items():
        parts = text.split(";" if ";" in text else ",")
        read = [read_coordinate(part.strip()) for part in parts]
        if len(read) == 2 and not any(r.reason or r.missing for r in read):
            points.append((read[0].value, read[1].value))
        else:
            problems.append(f"{name} is {text!r}: give LON,LAT in degrees, as 105.64,21.46")
    if problems:
        raise InputError("link", problems)
    return points


def _json(of: Link, findings: Findings) -> str:
    rows = json.loads(findings.frame().to_json(orient="records"))
    return json.dumps(of.to_dict() | {"findings": rows}, ensure_ascii=False, indent=2)


def _text(of: Link, findings: Findings) -> str:
    noted = findings.frame()
    doubts = noted[noted["severity"].isin(WORTH_SAYING)]
    parts = [of.headline(), _shown(of.table), _shown(of.models)]
    if len(doubts):
        parts.append(
            "\n".join(f"{r.severity}: {r.source}: {r.reason}" for r in doubts.itertuples())
        )
    return "\n\n".join(parts)


def _shown(frame: pd.DataFrame) -> str:
    """The table with its texts to the left and no spaces at the ends of lines."""
    texts = frame.select_dtypes(exclude="number").columns
    padded = frame.assign(
        **{name: frame[name].str.ljust(int(frame[name].str.len().max())) for name in texts}
    )
    lines = padded.to_string(index=False, float_format="{:.2f}".format, na_rep="-", justify="left")
    return "\n".join(line.rstrip() for line in lines.splitlines())
