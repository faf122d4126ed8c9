"""Radio-climatic zones along a path, and what P.1812-8 asks of them: sections 3.3, 3.4 and 3.6.

A point's zone is 1 (sea), 3 (coastal land) or 4 (inland), and changes midway between two points
(section 3.3). Along a radial the stretches are carried outwards, as `phusong.kernels.radial` does
with the ground, so that a receiver costs the same at any distance. Distances in km.
"""

from typing import NamedTuple

from phusong._jit import inlined_njit, njit
from phusong.kernels.path import longest_run_km, sea_fraction
from phusong.kernels.radial import OWN
from phusong.kernels.receiver_fields import LANES, lanes_of

__all__ = [
    "COAST",
    "COAST_FAR_KM",
    "DCR",
    "DCT",
    "DLM",
    "DTM",
    "FIELDS",
    "INLAND",
    "OMEGA",
    "SEA",
    "Stretches",
    "describe_zones",
    "stretches_of",
]

SEA, COAST, INLAND = 1, 3, 4
# Of a path without sea: so far, the sea has no part in ducting.
COAST_FAR_KM = 500.0

# Where `describe_zones` leaves each value of a block of receivers.
DTM = 0 * LANES
DLM = 1 * LANES
OMEGA = 2 * LANES
DCT = 3 * LANES
DCR = 4 * LANES
FIELDS = 5


class Stretches(NamedTuple):
    """Land and sea of one path.

    ``dtm`` and ``dlm`` are the longest stretches of land and of inland, ``omega`` the fraction over
    sea, ``dct`` and ``dcr`` the distances from mast and receiver to the sea along the path.
    """

    dtm: float
    dlm: float
    omega: float
    dct: float
    dcr: float


@njit
def stretches_of(distance_km, zone):
    """The `Stretches` of a profile; a ``zone`` of one point holds everywhere."""
    d = distance_km[distance_km.size - 1]
    if zone.size == 1:
        return _in_one_zone(d, zone[0])
    dct, dcr = _coast_km(distance_km, zone)
    return Stretches(
        longest_run_km(distance_km, zone, COAST),
        longest_run_km(distance_km, zone, INLAND),
        sea_fraction(distance_km, zone),
        dct,
        dcr,
    )


@njit
def _in_one_zone(d, zone):
    """The `Stretches` of a path in one zone."""
    coast = 0.0 if zone == SEA else COAST_FAR_KM
    return Stretches(
        d if zone >= COAST else 0.0,
        d if zone >= INLAND else 0.0,
        1.0 if zone == SEA else 0.0,
        coast,
        coast,
    )


@njit
def _coast_km(distance_km, zone):
    """Distances from both ends to the sea; `COAST_FAR_KM` where the path has none."""
    last = zone.size - 1
    first_sea, last_sea = -1, -1
    for i in range(zone.size):
        if zone[i] == SEA:
            first_sea = i if first_sea < 0 else first_sea
            last_sea = i
    if first_sea < 0:
        return COAST_FAR_KM, COAST_FAR_KM
    dct = dcr = 0.0
    if first_sea > 0:
        dct = 0.5 * (distance_km[first_sea - 1] + distance_km[first_sea])
    if last_sea < last:
        dcr = distance_km[last] - 0.5 * (distance_km[last_sea] + distance_km[last_sea + 1])
    return dct, dcr


class _Stretch(NamedTuple):
    """One kind of zone along a walk: ``first`` point of the stretch that is open, -1 where none is.

    ``lead`` is the half interval before it, ``longest`` and ``total`` are of those that ended.
    """

    first: float
    lead: float
    longest: float
    total: float


class _Walk(NamedTuple):
    """What a walk has found up to the point ``x``; a coast is -1 where none has been met."""

    x: float
    zone: int
    land: _Stretch
    inland: _Stretch
    sea: _Stretch
    first_coast: float
    last_coast: float


@inlined_njit
def _begun(inside):
    return _Stretch(0.0 if inside else -1.0, 0.0, 0.0, 0.0)


@inlined_njit
def _start(zone):
    first_coast = 0.0 if zone == SEA else -1.0
    land, inland, sea = _begun(zone >= COAST), _begun(zone >= INLAND), _begun(zone == SEA)
    return _Walk(0.0, zone, land, inland, sea, first_coast, -1.0)


@inlined_njit
def _carried(stretch, inside, before, x):
    """A stretch with the point ``x`` added, the one before being at ``before``."""
    half = 0.5 * (x - before)
    if inside and stretch.first < 0.0:
        return _Stretch(x, half, stretch.longest, stretch.total)
    if inside or stretch.first < 0.0:
        return stretch
    length = before - stretch.first + half + stretch.lead
    return _Stretch(-1.0, 0.0, max(stretch.longest, length), stretch.total + length)


@inlined_njit
def _stepped(walk, x, zone):
    """The walk with one more point."""
    if zone == walk.zone:
        return _Walk(
            x,
            walk.zone,
            walk.land,
            walk.inland,
            walk.sea,
            walk.first_coast,
            walk.last_coast,
        )
    coast = 0.5 * (walk.x + x)
    meets = zone == SEA and walk.first_coast < 0.0
    return _Walk(
        x,
        zone,
        _carried(walk.land, zone >= COAST, walk.x, x),
        _carried(walk.inland, zone >= INLAND, walk.x, x),
        _carried(walk.sea, zone == SEA, walk.x, x),
        coast if meets else walk.first_coast,
        coast if walk.zone == SEA else walk.last_coast,
    )


@inlined_njit
def _open_km(stretch, d):
    """Length of the stretch that is open where the path ends."""
    return d - stretch.first + stretch.lead if stretch.first >= 0.0 else 0.0


@inlined_njit
def _ended(walk):
    """The `Stretches` of the path that ends at the walk's last point."""
    d = walk.x
    at_sea = walk.zone == SEA
    no_sea = walk.first_coast < 0.0
    return Stretches(
        max(walk.land.longest, _open_km(walk.land, d)),
        max(walk.inland.longest, _open_km(walk.inland, d)),
        (walk.sea.total + _open_km(walk.sea, d)) / d,
        COAST_FAR_KM if no_sea else walk.first_coast,
        COAST_FAR_KM if no_sea else (0.0 if at_sea else d - walk.last_coast),
    )


@njit
def describe_zones(radial, receivers, count, block, blocks):
    """Fill the first fields of ``blocks`` with the `Stretches` of every receiver's path.

    ``blocks`` (flat) has ``block`` values for every `LANES` receivers; the last is repeated in the
    lanes after it that are in use.
    """
    walk = _start(radial.zone[0])
    k = 0
    for j in range(count):
        while k < receivers.inner[j]:
            k += 1
            walk = _stepped(walk, k * radial.step_km, radial.zone[k])
        own = walk
        for m in range(OWN):
            x = receivers.own_first_km[j] + m * radial.step_km
            own = _stepped(own, x, receivers.own_zone[m, j])
        found = _ended(_stepped(own, receivers.distance_km[j], receivers.own_zone[OWN, j]))
        o = (j // LANES) * block + j % LANES
        blocks[o + DTM] = found.dtm
        blocks[o + DLM] = found.dlm
        blocks[o + OMEGA] = found.omega
        blocks[o + DCT] = found.dct
        blocks[o + DCR] = found.dcr
    last = (count - 1) // LANES * block + (count - 1) % LANES
    for lane in range(1, lanes_of((count - 1) % LANES + 1) - (count - 1) % LANES):
        for of in range(0, FIELDS * LANES, LANES):
            blocks[last + of + lane] = blocks[last + of]
