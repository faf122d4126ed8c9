"""Channel numbers of carriers: EARFCN of 4G and NR-ARFCN of 5G, to and from MHz.

4G: 3GPP TS 36.101, clause 5.7.3, over the bands of `phusong.radio.bands`. 5G: TS 38.101-1 and
38.101-2, clause 5.4.2.1, the global raster, which knows no bands.
"""

from functools import cache

from phusong.errors import InputError
from phusong.radio.bands import band, bands
from phusong.radio.lookup import read_rows, whole_number_problems

__all__ = ["earfcn_to_mhz", "mhz_to_earfcn", "mhz_to_nr_arfcn", "nr_arfcn_to_mhz"]

EARFCN_STEP_KHZ = 100
LAST_EARFCN = 262143
# A frequency written as a decimal fraction is off its channel by floating-point rounding only.
ROUNDING_STEPS = 1e-5


def earfcn_to_mhz(earfcn: int) -> float:
    """Carrier frequency of a 4G channel number, of a downlink or an uplink.

    Raises
    ------
    InputError
        When the number is in no band of the table; names the ranges there are.

    Examples
    --------
    >>> earfcn_to_mhz(1575), earfcn_to_mhz(19575)
    (1842.5, 1747.5)
    """
    problems = whole_number_problems("earfcn", earfcn, 0, LAST_EARFCN)
    if problems:
        raise InputError("earfcn", problems)
    for _, low_mhz, first, last in _earfcn_ranges():
        if first <= earfcn <= last:
            return (round(low_mhz * 1000.0) + EARFCN_STEP_KHZ * (int(earfcn) - first)) / 1000.0
    ranges = ", ".join(f"{name} {first}-{last}" for name, _, first, last in _earfcn_ranges())
    raise InputError("earfcn", [f"{earfcn} is in no 4G band here: {ranges}"])


def mhz_to_earfcn(frequency_mhz: float, band_name: str) -> int:
    """4G channel number of a carrier in a band's downlink or uplink.

    Raises
    ------
    InputError
        When the band is unknown, does not hold the frequency, or has no channel just there.

    Examples
    --------
    >>> mhz_to_earfcn(1842.5, "B3")
    1575
    """
    wanted = band(band_name, "4G")
    for name, low_mhz, first, last in _earfcn_ranges():
        high_mhz = low_mhz + EARFCN_STEP_KHZ * (last + 1 - first) / 1000.0
        if name == band_name and low_mhz <= frequency_mhz < high_mhz:
            return first + _steps_above(frequency_mhz, low_mhz, EARFCN_STEP_KHZ)
    edges = " and ".join(
        f"{low:g}-{high:g}" for low, high in (wanted.uplink_mhz, wanted.downlink_mhz)
    )
    problem = f"{frequency_mhz} MHz is not in {band_name}: uplink and downlink are {edges} MHz"
    raise InputError("frequency_mhz", [problem])


def nr_arfcn_to_mhz(nr_arfcn: int) -> float:
    """Frequency of a 5G channel number on the global raster.

    Raises
    ------
    InputError
        When it is no NR-ARFCN.

    Examples
    --------
    >>> nr_arfcn_to_mhz(510000), nr_arfcn_to_mhz(650000)
    (2550.0, 3750.0)
    """
    problems = whole_number_problems("nr_arfcn", nr_arfcn, 0, _nr_raster()[-1][-1])
    if problems:
        raise InputError("nr_arfcn", problems)
    parts = [part for part in _nr_raster() if part[2] <= nr_arfcn]
    from_khz, step_khz, first, _ = parts[-1]
    return (from_khz + step_khz * (int(nr_arfcn) - first)) / 1000.0


def mhz_to_nr_arfcn(frequency_mhz: float) -> int:
    """5G channel number of a frequency on the global raster.

    The raster is 5 kHz below 3,000 MHz, 15 kHz up to 24,250 MHz and 60 kHz above.

    Raises
    ------
    InputError
        When the frequency is not on the raster; names the two that are nearest.

    Examples
    --------
    >>> mhz_to_nr_arfcn(2550), mhz_to_nr_arfcn(3750)
    (510000, 650000)
    """
    for from_khz, step_khz, first, last in _nr_raster():
        if from_khz <= frequency_mhz * 1000.0 <= from_khz + step_khz * (last - first):
            return first + _steps_above(frequency_mhz, from_khz / 1000.0, step_khz)
    edges = ", ".join(
        f"{from_khz / 1000.0} to {nr_arfcn_to_mhz(last)}" for from_khz, _, _, last in _nr_raster()
    )
    raise InputError("frequency_mhz", [f"{frequency_mhz} MHz has no NR-ARFCN: give {edges}"])


def _steps_above(frequency_mhz: float, low_mhz: float, step_khz: int) -> int:
    """Steps of the raster from its start to a frequency; InputError between two steps."""
    steps = (frequency_mhz - low_mhz) * 1000.0 / step_khz
    number = round(steps)
    if abs(steps - number) <= ROUNDING_STEPS:
        return number
    below_mhz, above_mhz = (low_mhz + (int(steps) + i) * step_khz / 1000.0 for i in (0, 1))
    problem = f"{frequency_mhz} MHz lies between channels: give {below_mhz:.3f} or {above_mhz:.3f}"
    raise InputError("frequency_mhz", [problem])


@cache
def _earfcn_ranges() -> tuple[tuple[str, float, int, int], ...]:
    """Band, lower edge in MHz, first and last EARFCN of each 4G downlink and uplink."""
    spans = [
        (b.name, edges, first)
        for b in bands()
        for edges, first in (
            (b.downlink_mhz, b.first_downlink_earfcn),
            (b.uplink_mhz, b.first_uplink_earfcn),
        )
        if first is not None
    ]
    return tuple(
        (name, low, first, first + round((high - low) * 1000.0 / EARFCN_STEP_KHZ) - 1)
        for name, (low, high), first in dict.fromkeys(spans)  # a TDD band has one span for both
    )


@cache
def _nr_raster() -> tuple[tuple[int, int, int, int], ...]:
    """Start and step in kHz, first and last NR-ARFCN of each part of the global raster."""
    return tuple(
        (int(r["from_khz"]), int(r["step_khz"]), int(r["first_nr_arfcn"]), int(r["last_nr_arfcn"]))
        for r in read_rows("nr_arfcn.csv")
    )
