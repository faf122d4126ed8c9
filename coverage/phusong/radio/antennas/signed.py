"""What the formats share: the dipole's gain, and which way is down."""

from typing import Final

from phusong.radio.antennas.cuts import Cut
from phusong.radio.antennas.notes import FileNotes

__all__ = ["DIPOLE_GAIN_DBI", "peak_depression_deg", "warn_if_upside_down"]

DIPOLE_GAIN_DBI: Final = 2.15
"""Gain of a half-wave dipole: 0 dBd."""


def peak_depression_deg(vertical: Cut) -> float:
    """Depression at which a vertical cut peaks, -180 to 180 degrees."""
    return (float(vertical.argmin()) + 180.0) % 360.0 - 180.0


def warn_if_upside_down(vertical: Cut, electrical_tilt_deg: float, notes: FileNotes) -> None:
    """Note a vertical cut that peaks as far above the horizon as the tilt says below."""
    peak = peak_depression_deg(vertical)
    if abs(electrical_tilt_deg) >= 2.0 and abs(peak + electrical_tilt_deg) <= 1.0:
        notes.add(
            f"peaks at {peak:g} degrees of depression, but the tilt is {electrical_tilt_deg:g}: "
            "is the vertical cut upside down?",
            column="VERTICAL",
            severity="warning",
            mend="let angles grow downwards in Planet files, upwards in NSMA files",
        )
