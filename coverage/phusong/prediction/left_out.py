"""Masts that a prediction leaves out, and what its findings say of them."""

from typing import NamedTuple

import pandas as pd

from phusong.geodata.findings import Findings, Severity
from phusong.prediction.masts import Mast
from phusong.prediction.store import PathLossStore
from phusong.prediction.windows import WindowMaker

__all__ = ["Sorted", "report_left_out", "sorted_out"]

REASONS: tuple[tuple[str, Severity, str, str], ...] = (
    ("far", "info", "no pixel of the scene is within their range", ""),
    (
        "off",
        "warning",
        "they stand outside the terrain, though within range of the scene",
        "take a terrain and a margin_km that reach them, or correct their positions",
    ),
)


class Sorted(NamedTuple):
    """Masts that reach the grid, those that are too far, and those that stand off the terrain."""

    within: list[Mast]
    far: list[Mast]
    off: list[Mast]


def sorted_out(masts: list[Mast], maker: WindowMaker) -> Sorted:
    """Each mast where it belongs, in order."""
    groups = Sorted([], [], [])
    rows, cols = maker.ground.terrain.shape
    for mast in masts:
        on_terrain = -0.5 <= mast.row < rows - 0.5 and -0.5 <= mast.col < cols - 0.5
        if maker.place(mast) is None:
            groups.far.append(mast)
        elif on_terrain:
            groups.within.append(mast)
        else:
            groups.off.append(mast)
    return groups


def report_left_out(masts: Sorted, store: PathLossStore | None) -> pd.DataFrame:
    """One finding a reason: masts that reach no pixel, that stand off the terrain, lost windows."""
    findings = Findings()
    for kind, severity, why, mend in REASONS:
        left_out: list[Mast] = getattr(masts, kind)
        if left_out:
            cells = sum(len(mast.cells) for mast in left_out)
            findings.add(
                source="stations",
                column="longitude, latitude",
                value=_some_sites(left_out),
                severity=severity,
                reason=f"{len(left_out)} mast(s) with {cells} cell(s) are left out of the "
                f"prediction: {why}",
                mend=mend,
            )
    for sentence in store.damaged if store else ():
        findings.add(
            source="path-loss store", severity="info", reason=f"a window was damaged: {sentence}"
        )
    return findings.frame()


def _some_sites(masts: list[Mast]) -> str:
    names = [f"{m.cells[0]['operator']} {m.cells[0]['site_id']}" for m in masts[:3]]
    return ", ".join(names) + (", ..." if len(masts) > 3 else "")
