"""P.1812-8 at 50 % of the time along a whole radial, from the geometry of its receivers."""

from phusong._jit import fused_njit, inlined_njit
from phusong.kernels.p1812_block import (
    add_ducting,
    band_from,
    fill_block,
    prepare_block,
    refer_to_horizons,
)
from phusong.kernels.radial import BLOCK, LANES, roughen

__all__ = ["p1812_median_along", "p1812_median_ready"]


@fused_njit
def p1812_median_ready(radial, count, tx_m, settings, blocks):
    """Find what all bands share of a radial's receivers, once."""
    hts = radial.height_m[0] + tx_m
    for start in range(0, count, LANES):
        prepare_block(blocks, start // LANES * BLOCK, hts, settings[1], radial.step_km)


@inlined_njit
def _gather(blocks, at, j, some, k):
    """Copy lane ``j`` of the block at ``at`` to lane ``k`` of the block ``some``."""
    for of in range(0, BLOCK, LANES):
        some[of + k] = blocks[at + of + j]


@fused_njit
def p1812_median_along(
    radial, receivers, count, tx_m, rx_m, band, settings, work, blocks, lanes, loss_db
):
    """ITU-R P.1812-8, inland, at 50 % of the time; see `phusong.kernels.sweep_models`.

    The receivers for which ducting may count are few: they are gathered, and blended by the block.
    """
    ae = settings[1]
    constants = band_from(band)
    hts = radial.height_m[0] + tx_m
    lbd, marked = lanes[0, :LANES], lanes[1, :LANES]
    of_some, lbd_some = lanes[2, :LANES], lanes[3, :LANES]
    some = lanes[4, :BLOCK]
    number = lanes[5, :LANES]
    k = 0
    for start in range(0, count, LANES):
        at = start // LANES * BLOCK
        fill_block(constants, blocks, at, hts, ae, loss_db[start : start + LANES], lbd, marked)
        for j in range(min(LANES, count - start)):
            if marked[j] > 0.0:
                roughen(radial, receivers, start + j, hts, ae, work, blocks)
                refer_to_horizons(blocks, at + j, ae)
                _gather(blocks, at, j, some, k)
                of_some[k], lbd_some[k], number[k] = loss_db[start + j], lbd[j], start + j
                k += 1
                if k == LANES:
                    _blend(constants, some, ae, of_some, lbd_some, number, k, loss_db)
                    k = 0
    if k > 0:
        _blend(constants, some, ae, of_some, lbd_some, number, k, loss_db)


@fused_njit
def _blend(band, some, ae, of_some, lbd_some, number, count, loss_db):
    """Blend ducting into the gathered receivers' losses, and put them back."""
    add_ducting(band, some, ae, of_some, lbd_some)
    for k in range(count):
        loss_db[int(number[k])] = of_some[k]
