"""P.1812-8 at any percentage of time, over land and sea, along a whole radial.

``blocks`` has three parts: the receivers' geometry on the median earth, that on the earth of beta0
of the time, and what is kept of each receiver for all bands.
"""

from phusong._jit import fused_njit, inlined_njit
from phusong.kernels.fast_math_single import f4
from phusong.kernels.p1812_any_block import (
    KEPT_BLOCK,
    fill_any_block,
    prepare_any_block,
    time_from,
)
from phusong.kernels.p1812_bands import BAND_CONSTANTS, band_from, climate_of
from phusong.kernels.p1812_block import prepare_block, singles
from phusong.kernels.path import AE_BETA_KM
from phusong.kernels.radial import WORK_ROWS, describe_receivers
from phusong.kernels.receiver_fields import BLOCK, HRS, LANES, lanes_of
from phusong.kernels.roughness import roughen
from phusong.kernels.zones import describe_zones

__all__ = ["p1812_any_along", "p1812_any_ready"]

MEDIAN_PERCENT = 50.0


@inlined_njit
def _parts(blocks, percent):
    """The three parts of ``blocks``; at 50 % of the time no other earth is looked at."""
    size = blocks.size // 3
    median, beta, kept = blocks[:size], blocks[size : 2 * size], blocks[2 * size :]
    return median, (median if percent >= MEDIAN_PERCENT else beta), kept


@fused_njit
def p1812_any_ready(radial, receivers, count, tx_m, rx_m, longest_m, settings, work, blocks):
    """Find what all bands share of a radial's receivers, once."""
    percent, ae = settings[0], settings[1]
    median, beta, kept = _parts(blocks, percent)
    time, climate = time_from(percent), climate_of(settings, radial.step_km)
    hts, step_km = radial.height_m[0] + tx_m, radial.step_km
    describe_zones(radial, receivers, count, KEPT_BLOCK, kept)
    two_earths = percent < MEDIAN_PERCENT
    if two_earths:
        own_work = work[WORK_ROWS:]
        describe_receivers(
            radial, receivers, count, tx_m, rx_m, AE_BETA_KM, longest_m, own_work, beta
        )
    for j in range(count):
        roughen(radial, receivers, j, hts, ae, work, median)
    for start in range(0, count, LANES):
        at, lanes = start // LANES * BLOCK, lanes_of(count - start)
        prepare_block(climate, median, at, lanes, hts, ae, step_km)
        if two_earths:
            prepare_block(climate, beta, at, lanes, hts, AE_BETA_KM, step_km)
        prepare_any_block(
            time,
            climate,
            singles(median, at),
            kept,
            start // LANES * KEPT_BLOCK,
            lanes,
            hts,
            median[at + HRS : at + HRS + LANES],
        )


@fused_njit
def p1812_any_along(
    radial, receivers, count, tx_m, rx_m, band, settings, work, blocks, lanes, loss_db
):
    """ITU-R P.1812-8; see `phusong.kernels.sweep_models`."""
    median, beta, kept = _parts(blocks, settings[0])
    constants, time = band_from(band), time_from(settings[0])
    for start in range(0, count, LANES):
        at = start // LANES * BLOCK
        fill_any_block(
            constants,
            f4(band[BAND_CONSTANTS]),
            time,
            settings[0] < MEDIAN_PERCENT,
            singles(median, at),
            singles(beta, at),
            kept,
            start // LANES * KEPT_BLOCK,
            lanes_of(count - start),
            loss_db[start : start + LANES],
        )
