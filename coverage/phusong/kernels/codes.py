"""Losses and angles as whole numbers, as windows of path loss are held and stored.

A loss is a uint16 in steps of 0.01 dB, `NOT_COMPUTED` where there is none; an elevation an int16 in
steps of 0.01 degree.
"""

import math

from phusong._jit import shared_njit

__all__ = ["DEPARTURE_STEP_DEG", "LOSS_STEP_DB", "NOT_COMPUTED", "encode_departure", "encode_loss"]

LOSS_STEP_DB = 0.01
DEPARTURE_STEP_DEG = 0.01
NOT_COMPUTED = 65535
LARGEST = 65534
PER_DB = 100.0
PER_DEG = 100.0


@shared_njit
def encode_loss(share, shares, loss_db, code):
    """Fill ``code`` from losses (bands, rows, columns); those past 655.34 dB are held at that."""
    bands, rows, cols = loss_db.shape
    for i in range(share, rows, shares):
        for b in range(bands):
            for j in range(cols):
                loss = loss_db[b, i, j]
                if math.isnan(loss):
                    code[b, i, j] = NOT_COMPUTED
                else:
                    code[b, i, j] = int(min(max(loss * PER_DB + 0.5, 0.0), LARGEST))


@shared_njit
def encode_departure(share, shares, departure_deg, code):
    """Fill ``code`` from elevations (rows, columns) of -90 to 90 degrees; 0 where there is none."""
    rows, cols = departure_deg.shape
    for i in range(share, rows, shares):
        for j in range(cols):
            angle = departure_deg[i, j]
            code[i, j] = 0 if math.isnan(angle) else math.floor(angle * PER_DEG + 0.5)
