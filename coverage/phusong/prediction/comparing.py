"""How far a prediction is from what was measured, and what to set so that it is nearer."""

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from phusong.errors import InputError, check_kinds
from phusong.geodata.findings import Findings
from phusong.geodata.measurements import Measurements
from phusong.geodata.points import pixels_of
from phusong.geodata.stations import Network

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage

__all__ = ["Comparison", "compare_with"]

FOLDS: Final = 5
"""The blocks are held out in so many turns, each block once."""

_OF: Final = ["operator", "technology"]
_NONE: Final = -1


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """A prediction beside measurements, from `Coverage.compare`.

    Attributes
    ----------
    pixels
        A row per operator, technology and pixel that was measured: y, x (grid, m), samples,
        measured_dbm (their median), predicted_dbm, residual_db (predicted less measured), block
        (number of its square), held_out_db (what is left of the residual after the offset that the
        *other* blocks give; NaN where there is one block).
    table
        Of each operator and technology: samples, pixels, blocks, mean_db, sd_db and rmse_db of the
        residuals, offset_db (what to add to the prediction: minus the mean), and held_out_rmse_db,
        the error that is left at blocks which the offset has not seen.
    findings
        What could not be compared, and why.
    block_m
        Side of the blocks (m).
    """

    pixels: pd.DataFrame
    table: pd.DataFrame
    findings: pd.DataFrame
    block_m: float

    @property
    def model_error_db(self) -> float:
        """RMSE at held-out blocks, of all operators and technologies: for `phusong.Uncertainty`.

        It is of the model *with* the offsets, and a little cautious: the noise of the measurements
        is in it. NaN where nothing could be held out.
        """
        return _rms(self.pixels["held_out_db"].dropna())

    def corrected(self, network: Network) -> Network:
        """The network with each operator and technology's offset added to its cells' power.

        The offset stands for all that is wrong by the same amount everywhere: powers, feeders,
        clutter, model. What was not measured stays as it is. `Coverage.update` takes the result.
        """
        cells = network.cells
        offsets = self.table.set_index(_OF)["offset_db"]
        at = pd.MultiIndex.from_frame(cells[_OF])
        added = offsets.reindex(at).fillna(0.0).to_numpy()
        return replace(network, cells=cells.assign(power_dbm=cells["power_dbm"] + added))

    def __repr__(self) -> str:
        return f"{self._heading()}\n{self.table.round(1).to_string(index=False)}"

    def _repr_html_(self) -> str:
        table = self.table.round(1).to_html(index=False, escape=True)
        return f"<p>{escape(self._heading())}</p>{table}"

    def _heading(self) -> str:
        return (
            f"{len(self.pixels):,} pixels compared, in blocks of {self.block_m:g} m; "
            f"{self.model_error_db:.1f} dB left at blocks held out"
        )


def compare_with(
    coverage: "Coverage", measurements: Measurements, *, block_m: float, loss_db: float
) -> Comparison:
    """As `Coverage.compare` says.

    Raises
    ------
    InputError
        On figures that cannot be used, and where nothing can be compared.
    """
    check_kinds(("measurements", measurements, Measurements, "read_measurements"))
    _check(block_m, loss_db)
    findings = Findings()
    samples = _on_the_grid(coverage, measurements, findings)
    samples["measured_dbm"] = samples["level_dbm"] + loss_db
    pixels = _by_pixel(coverage, samples, findings)
    if pixels.empty:
        reasons = findings.frame()["reason"].tolist()
        raise InputError("measurements", ["none can be compared with the prediction", *reasons])
    pixels["block"] = _blocks(pixels, block_m)
    groups = pixels.groupby(_OF)
    pixels["held_out_db"] = pd.concat([_held_out(group) for _, group in groups])
    rows = [dict(zip(_OF, of, strict=True)) | _summary(group) for of, group in pixels.groupby(_OF)]
    return Comparison(pixels, pd.DataFrame(rows), findings.frame(), block_m)


def _check(block_m: float, loss_db: float) -> None:
    problems = []
    if not 0.0 < block_m < np.inf:
        problems.append(f"block_m is {block_m!r}: give metres above 0")
    if not 0.0 <= loss_db <= 60.0:
        problems.append(f"loss_db is {loss_db!r}: give dB from 0 to 60")
    if problems:
        raise InputError("compare", problems)


def _on_the_grid(
    coverage: "Coverage", measurements: Measurements, findings: Findings
) -> pd.DataFrame:
    """Samples of what was predicted, each with the flat number of its pixel."""
    scene, samples = coverage.scene, measurements.samples
    pixel = pixels_of(samples.geometry.to_crs(str(scene.grid.crs)), scene.grid)
    known = pd.MultiIndex.from_product([coverage.operators, coverage.technologies])
    there = pd.MultiIndex.from_frame(samples[_OF]).isin(known)
    for (operator, technology), group in samples[~there].groupby(_OF):
        _note(findings, len(group), f"of {operator} {technology}, which is not predicted")
    outside = there & (pixel == _NONE)
    _note(findings, int(outside.sum()), "outside the scene's grid")
    inside = there & (pixel != _NONE)
    columns = {name: samples[name][inside] for name in (*_OF, "level_dbm")}
    return pd.DataFrame(columns | {"pixel": pixel[inside]})


def _by_pixel(coverage: "Coverage", samples: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Median of each pixel's samples beside its predicted level."""
    grouped = samples.groupby([*_OF, "pixel"])["measured_dbm"]
    pixels = grouped.agg(samples="size", measured_dbm="median").reset_index()
    level_dbm = coverage.data["level_dbm"].transpose("operator", "technology", "y", "x").to_numpy()
    row, column = np.divmod(pixels["pixel"].to_numpy(), level_dbm.shape[-1])
    operator = pd.Index(coverage.operators).get_indexer(pd.Index(pixels["operator"]))
    technology = pd.Index(coverage.technologies).get_indexer(pd.Index(pixels["technology"]))
    predicted = level_dbm[operator, technology, row, column].astype(np.float64)
    pixels = pixels.assign(
        y=coverage.data["y"].to_numpy()[row],
        x=coverage.data["x"].to_numpy()[column],
        predicted_dbm=predicted,
        residual_db=predicted - pixels["measured_dbm"],
    )
    computed = pixels["predicted_dbm"].notna()
    _note(findings, int(pixels["samples"][~computed].sum()), "where no level was computed")
    names = ["samples", "measured_dbm", "predicted_dbm", "residual_db"]
    kept = pd.DataFrame(pixels[computed], columns=[*_OF, "y", "x", *names])
    return kept.reset_index(drop=True)


def _note(findings: Findings, count: int, where: str) -> None:
    if count:
        reason = f"{count:,} samples {where}: not compared"
        findings.add(source="measurements", severity="info", reason=reason)


def _blocks(pixels: pd.DataFrame, block_m: float) -> np.ndarray:
    """Number of the square in which each pixel lies, the same for every operator."""
    squares = np.floor(pixels[["y", "x"]].to_numpy() / block_m)
    return np.unique(squares, axis=0, return_inverse=True)[1].ravel()


def _held_out(pixels: pd.DataFrame) -> pd.Series:
    """Residuals less the mean of the residuals in the blocks of other turns."""
    turn = pd.factorize(pixels["block"], sort=True)[0] % FOLDS
    residual = pixels["residual_db"].to_numpy()
    left = np.full(len(residual), np.nan)
    for number in range(FOLDS):
        out = turn == number
        if out.any() and not out.all():
            left[out] = residual[out] - residual[~out].mean()
    return pd.Series(left, index=pixels.index)


def _summary(pixels: pd.DataFrame) -> dict[str, float]:
    residual = pixels["residual_db"]
    return {
        "samples": int(pixels["samples"].sum()),
        "pixels": len(pixels),
        "blocks": pixels["block"].nunique(),
        "mean_db": residual.mean(),
        "sd_db": residual.std(ddof=0),
        "rmse_db": _rms(residual),
        "offset_db": -residual.mean(),
        "held_out_rmse_db": _rms(pixels["held_out_db"].dropna()),
    }


def _rms(values: "pd.Series[float]") -> float:
    return float(np.sqrt((values**2).mean())) if len(values) else float("nan")
