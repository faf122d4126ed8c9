"""P.1812-8 at 50 % of the time along a whole radial, from the geometry of its receivers."""

from phusong._jit import fused_njit
from phusong.kernels.p1812_block import add_ducting, band_from, fill_block
from phusong.kernels.radial import BLOCK, LANES, roughen

__all__ = ["p1812_median_along"]


@fused_njit
def p1812_median_along(
    radial, receivers, count, tx_m, rx_m, band, settings, work, blocks, lanes, loss_db
):
    """ITU-R P.1812-8, inland, at 50 % of the time; see `phusong.kernels.sweep_models`.

    The receivers' geometry is in ``work`` and ``blocks``, as `describe_receivers` leaves it.
    """
    ae = settings[1]
    constants = band_from(band)
    hts = radial.height_m[0] + tx_m
    without_ducting_db, marked = lanes[0, :LANES], lanes[1, :LANES]
    for start in range(0, count, LANES):
        at = start // LANES * BLOCK
        loss = loss_db[start : start + LANES]
        fill_block(
            constants,
            blocks,
            at,
            hts,
            ae,
            radial.step_km,
            loss,
            without_ducting_db,
            marked,
        )
        some = False
        for j in range(min(LANES, count - start)):
            if marked[j] > 0.0:
                some = True
                roughen(radial, receivers, start + j, hts, ae, work, blocks)
        if some:
            add_ducting(constants, blocks, at, hts, ae, loss, without_ducting_db, marked)
