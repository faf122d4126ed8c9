"""P.1812-8 at 50 % of the time along a whole radial, from the geometry of its receivers."""

from phusong._jit import fused_njit
from phusong.kernels.p1812_block import add_ducting, band_from, fill_block
from phusong.kernels.radial import BLOCK, LANES, roughen

__all__ = ["median_loss"]


@fused_njit
def median_loss(radial, receivers, count, tx_m, constants, settings, work, blocks, lanes, loss_db):
    """Loss in dB at 50 % of the time over land of ``count`` receivers, into ``loss_db``.

    ``work`` and ``blocks`` are as `describe_receivers` leaves them, ``loss_db`` has whole blocks of
    `LANES`. The first two rows of ``lanes`` are overwritten.
    """
    ae = settings[1]
    band = band_from(constants)
    hts = radial.height_m[0] + tx_m
    without_ducting_db, marked = lanes[0, :LANES], lanes[1, :LANES]
    for start in range(0, count, LANES):
        at = start // LANES * BLOCK
        loss = loss_db[start : start + LANES]
        fill_block(
            band,
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
            add_ducting(band, blocks, at, hts, ae, loss, without_ducting_db, marked)
