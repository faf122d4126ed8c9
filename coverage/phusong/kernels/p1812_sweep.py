"""P.1812-8 at 50 % of the time along a whole radial, from the geometry of its receivers."""

from typing import NamedTuple

import numpy as np

from phusong._jit import fused_njit, inlined_njit
from phusong.kernels.p1812_bands import band_from, climate_of
from phusong.kernels.p1812_block import (
    S_DLR,
    S_DLT,
    S_HM,
    add_ducting,
    ducting_block,
    fill_block,
    prepare_block,
    singles,
)
from phusong.kernels.receiver_fields import BLOCK, DLR, DLT, HM, LANES, lanes_of
from phusong.kernels.roughness import roughen

__all__ = ["p1812_median_along", "p1812_median_ready"]


class Few(NamedTuple):
    """A block of receivers gathered from a radial, those for which ducting may count; float32."""

    singles: np.ndarray
    loss_db: np.ndarray
    without_ducting_db: np.ndarray
    ducting_db: np.ndarray
    number: np.ndarray  # int64, on the radial


@fused_njit
def p1812_median_ready(radial, receivers, count, tx_m, rx_m, longest_m, settings, work, blocks):
    """Find what all bands share of a radial's receivers, once."""
    hts = radial.height_m[0] + tx_m
    climate = climate_of(settings, radial.step_km)
    for start in range(0, count, LANES):
        at = start // LANES * BLOCK
        prepare_block(
            climate, blocks, at, lanes_of(count - start), hts, settings[1], radial.step_km
        )


@fused_njit
def p1812_median_along(
    radial, receivers, count, tx_m, rx_m, band, settings, work, blocks, lanes, loss_db
):
    """ITU-R P.1812-8, inland, at 50 % of the time; see `phusong.kernels.sweep_models`.

    The receivers for which ducting may count are few: they are gathered, and blended by the block.
    """
    ae = settings[1]
    constants, climate = band_from(band), climate_of(settings, radial.step_km)
    hts = radial.height_m[0] + tx_m
    loss, lbd = _single(lanes, 0), _single(lanes, 1)
    marked = _single(lanes, 2)
    few = Few(
        lanes[5, :BLOCK].view(np.float32),
        _single(lanes, 3),
        _single(lanes, 4),
        lanes[3, LANES : 2 * LANES].view(np.float32),
        lanes[4, LANES : 2 * LANES].view(np.int64),
    )
    k = 0
    for start in range(0, count, LANES):
        q = singles(blocks, start // LANES * BLOCK)
        fill_block(constants, q, lanes_of(count - start), loss, lbd, marked)
        for j in range(min(LANES, count - start)):
            loss_db[start + j] = loss[j]
            if marked[j] > 0.0:
                _gather(q, j, few.singles, k)
                few.loss_db[k], few.without_ducting_db[k] = loss[j], lbd[j]
                few.number[k] = start + j
                k += 1
                if k == LANES:
                    _roughen(radial, receivers, hts, ae, work, blocks, climate, constants, few, k)
                    _blend(constants, few, k, loss_db)
                    k = 0
    if k > 0:
        _roughen(radial, receivers, hts, ae, work, blocks, climate, constants, few, k)
        _blend(constants, few, k, loss_db)


@inlined_njit
def _single(lanes, row):
    return lanes[row, :LANES].view(np.float32)


@inlined_njit
def _gather(q, j, some, k):
    """Copy lane ``j`` of the singles ``q`` to lane ``k`` of ``some``."""
    for of in range(0, q.size, LANES):
        some[of + k] = q[of + j]


@fused_njit
def _roughen(radial, receivers, hts, ae, work, blocks, climate, band, few, count):
    """Find the ducting losses of a few, exact where they may count."""
    ducting_block(climate, band, few.singles, lanes_of(count), few.ducting_db)
    some = False
    for k in range(count):
        if few.ducting_db[k] <= few.without_ducting_db[k]:
            number = few.number[k]
            roughen(radial, receivers, number, hts, ae, work, blocks)
            at = number // LANES * BLOCK + number % LANES
            few.singles[S_DLT + k] = blocks[at + DLT]
            few.singles[S_DLR + k] = blocks[at + DLR]
            few.singles[S_HM + k] = blocks[at + HM]
            some = True
    if some:
        ducting_block(climate, band, few.singles, lanes_of(count), few.ducting_db)


@fused_njit
def _blend(band, few, count, loss_db):
    """Blend ducting into the losses of a few, and put them back."""
    lanes = lanes_of(count)
    add_ducting(band, few.singles, lanes, few.ducting_db, few.without_ducting_db, few.loss_db)
    for k in range(count):
        loss_db[few.number[k]] = few.loss_db[k]
