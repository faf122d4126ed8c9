"""Any antenna as a table of attenuations in its own directions; a cell's, of either kind.

A table (rows, columns) holds dB below the gain on a regular grid: rows go down from depression -90
to 90 degrees, columns from bearing -180 to 180, both ends included, before any tilt. Between its
points the dB are interpolated linearly; a depression beyond the poles takes the pole's value. A
table of no size stands for a sector that its beamwidths describe.
"""

from phusong._jit import njit
from phusong.kernels.area import bilinear
from phusong.kernels.pattern import direction_from, sector_attenuation_db

__all__ = ["cell_attenuation_db", "own_attenuation_db", "table_attenuation_db"]


@njit
def own_attenuation_db(bearing_deg, depression_deg, table_db):
    """Attenuation below the gain, in dB, in a direction of the table's own."""
    rows, columns = table_db.shape
    row = (depression_deg + 90.0) * (rows - 1) / 180.0
    column = (bearing_deg + 180.0) * (columns - 1) / 360.0
    return bilinear(table_db, row, column)


@njit
def table_attenuation_db(
    azimuth_off_deg, elevation_deg, mechanical_tilt_deg, electrical_tilt_deg, table_db
):
    """Attenuation below the gain, in dB; directions and tilts are as for `sector_attenuation_db`.

    Mechanical tilt turns the table, electrical tilt moves its vertical cuts down alike all round.
    """
    bearing, depression = direction_from(azimuth_off_deg, elevation_deg, mechanical_tilt_deg)
    return own_attenuation_db(bearing, depression - electrical_tilt_deg, table_db)


@njit
def cell_attenuation_db(
    azimuth_off_deg,
    elevation_deg,
    mechanical_tilt_deg,
    electrical_tilt_deg,
    horizontal_beamwidth_deg,
    vertical_beamwidth_deg,
    table_db,
):
    """Attenuation of a cell's antenna: by its table, or by its beamwidths where that is empty."""
    if table_db.size > 0:
        return table_attenuation_db(
            azimuth_off_deg, elevation_deg, mechanical_tilt_deg, electrical_tilt_deg, table_db
        )
    return sector_attenuation_db(
        azimuth_off_deg,
        elevation_deg,
        mechanical_tilt_deg,
        electrical_tilt_deg,
        horizontal_beamwidth_deg,
        vertical_beamwidth_deg,
    )
