"""Antennas as tables of attenuations, and the built-in panels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_antenna import array_gain_db, of_cut, seen_from

from phusong.errors import InputError
from phusong.kernels.pattern import sector_attenuation_db
from phusong.kernels.pattern_table import cell_attenuation_db
from phusong.radio.antennas import Antenna, Pattern, panel_pattern, pattern_of, read_antenna
from phusong.radio.antennas.pattern import NO_TABLE, grid_directions, held_tilt_deg

DIRECTIONS = {"azimuth": st.floats(-180, 180), "elevation": st.floats(-89, 89)}
TILTS = {"mechanical": st.floats(-5, 15), "electrical": st.floats(0, 12)}
SECTOR = pattern_of(
    Antenna.from_beamwidths(
        gain_dbi=17.0, horizontal_beamwidth_deg=65, vertical_beamwidth_deg=7, electrical_tilt_deg=6
    )
)


def naive_table_db(table, azimuth, elevation, mechanical, electrical):
    """Two interpolations along rows, one between them."""
    bearing, depression = seen_from(azimuth, elevation, mechanical)
    depression = np.clip(depression - electrical, -90, 90)
    degrees = np.arange(-180, 181)
    column = [np.interp(bearing, degrees, row) for row in table]
    return float(np.interp(depression, np.arange(-90, 91), column))


@settings(max_examples=60)
@given(**DIRECTIONS, **TILTS)
def test_a_table_is_read_as_its_plain_twin_reads_it(azimuth, elevation, mechanical, electrical):
    rng = np.random.default_rng(3)
    table = rng.uniform(0, 30, (181, 361)).astype(np.float32)
    table[:, 0] = table[:, -1]
    pattern = Pattern("noise", 10.0, None, table)
    tilts = {"mechanical_tilt_deg": mechanical, "electrical_tilt_deg": electrical}
    got = pattern.attenuation_db_at(azimuth, elevation, **tilts)
    assert got == pytest.approx(
        naive_table_db(table, azimuth, elevation, mechanical, electrical), abs=1e-4
    )


@settings(max_examples=60)
@given(**DIRECTIONS, **TILTS)
def test_a_sector_s_table_is_the_sector(azimuth, elevation, mechanical, electrical):
    """A file of 6 degrees on a cell of any electrical tilt: as beamwidths with that tilt.

    A parabola of 7 degrees bends by 0.06 dB between whole degrees, and has a corner at 30 dB.
    """
    tilts = {"mechanical_tilt_deg": mechanical, "electrical_tilt_deg": electrical}
    got = SECTOR.attenuation_db_at(azimuth, elevation, **tilts)
    expected = sector_attenuation_db(azimuth, elevation, mechanical, electrical, 65.0, 7.0)
    assert got == pytest.approx(expected, abs=0.07 if expected < 24.0 else 1.5)


def test_at_whole_degrees_the_table_is_exact():
    bearing, elevation = grid_directions()
    got = SECTOR.attenuation_db
    for row, column in [(90, 180), (94, 200), (87, 150), (90, 0), (120, 180)]:
        args = (bearing[row, column], elevation[row, column], 0.0, 0.0, 65.0, 7.0)
        assert got[row, column] == pytest.approx(sector_attenuation_db(*args), abs=1e-5)


def test_electrical_tilt_is_not_added_twice():
    assert SECTOR.electrical_tilt_deg == 6.0
    down = SECTOR.attenuation_db_at(0.0, [-6.0, -12.0], electrical_tilt_deg=6.0)
    assert down == pytest.approx([0.0, 12.0 * (6 / 7) ** 2], abs=0.01)
    assert SECTOR.attenuation_db_at(0.0, -3.0, electrical_tilt_deg=3.0) == pytest.approx(0.0)


def test_mechanical_tilt_turns_and_electrical_does_not():
    both = Antenna.from_beamwidths(gain_dbi=9.0, horizontal_beamwidth_deg=360)
    pattern = pattern_of(both)
    back = {"azimuth_off_deg": 180.0, "elevation_deg": 6.0}
    assert pattern.attenuation_db_at(**back, mechanical_tilt_deg=6.0) == pytest.approx(0, abs=1e-4)
    assert pattern.attenuation_db_at(**back, electrical_tilt_deg=6.0) == pytest.approx(30.0)
    assert not pattern.is_directional
    assert SECTOR.is_directional


def test_the_real_planet_file_is_the_sum_of_its_cuts(shared):
    """Gain and rows of the file itself; the sum ends at the deeper cut."""
    antenna = read_antenna(shared / "reference/antenna_files/msi_planet/anonymous.msi")
    pattern = pattern_of(antenna, "ours")
    assert (pattern.name, pattern.gain_dbi) == ("ours", pytest.approx(9.84))
    horizontal = antenna.horizontal - antenna.horizontal.min()
    ahead = antenna.vertical[np.r_[0:91, 270:360]].min()
    vertical = np.maximum(antenna.vertical - ahead, 0.0)
    least = min(antenna.horizontal.min(), ahead)
    deepest = max(horizontal.max(), vertical[np.r_[0:91, 270:360]].max())
    held = pattern.electrical_tilt_deg
    for bearing, elevation in [(0, 0), (11, -8), (-120, -30), (90, 3), (45, -60)]:
        both = of_cut(horizontal, bearing) + of_cut(vertical, -elevation)
        got = pattern.attenuation_db_at(bearing, elevation, electrical_tilt_deg=held)
        assert got == pytest.approx(least + min(both, deepest), abs=1e-4)


def test_the_tilt_a_file_holds():
    def antenna(peak, stated, width=7.0):
        sector = Antenna.from_beamwidths(
            gain_dbi=17.0, vertical_beamwidth_deg=width, electrical_tilt_deg=peak
        )
        return Antenna("x", 17.0, sector.horizontal, sector.vertical, electrical_tilt_deg=stated)

    assert held_tilt_deg(antenna(6, 6.0)) == 6.0
    assert held_tilt_deg(antenna(6, 5.5)) == 5.5  # a nominal tilt
    assert held_tilt_deg(antenna(6, 0.0)) == 6.0  # states none
    assert held_tilt_deg(antenna(-6, 6.0)) == -6.0  # upside down
    assert held_tilt_deg(antenna(6, 0.0, width=60.0)) == 0.0  # too broad to tell


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (np.zeros((181, 360)), r"\(181, 360\): give \(181, 361\)"),
        (np.full((181, 361), -1.0), "below 0"),
        (np.full((181, 361), np.nan), "not finite"),
    ],
)
def test_a_table_that_is_none_is_refused(table, message):
    with pytest.raises(InputError, match=message):
        Pattern("x", None, None, table)


def test_patterns_know_each_other_by_content():
    other = Pattern("x", 17.0, 6.0, SECTOR.attenuation_db)
    assert other.sha256 == SECTOR.sha256
    assert other != SECTOR
    assert Pattern("x", 17.0, 6.0, SECTOR.attenuation_db, "") == other
    assert Pattern("x", 16.0, 6.0, SECTOR.attenuation_db).sha256 != SECTOR.sha256
    assert "17 dBi" in repr(SECTOR)
    with pytest.raises(ValueError, match="read-only"):
        SECTOR.attenuation_db[0, 0] = 1.0


def test_without_a_table_the_beamwidths_count():
    args = (20.0, -5.0, 2.0, 4.0, 65.0, 7.0)
    assert cell_attenuation_db(*args, NO_TABLE) == sector_attenuation_db(*args)


# --- panels ---


def element_db(bearing, depression):
    vertical, horizontal = min(12 * (depression / 65) ** 2, 30), min(12 * (bearing / 65) ** 2, 30)
    return 8.0 - min(vertical + horizontal, 30)


def test_a_panel_is_the_best_of_its_beams_element_by_element():
    pattern = panel_pattern("Panel 6 x 2 SSB 4")
    beams = [(-45, 0), (-15, 0), (15, 0), (45, 0)]
    for bearing, elevation in [(0, 0), (15, 0), (-45, -3), (60, -8), (-20, 5), (100, -1)]:
        best = max(array_gain_db((bearing, elevation), b, 0, 6, 2, (0.5, 0.5)) for b in beams)
        gain = best + element_db(bearing, -elevation)
        got = pattern.gain_dbi - pattern.attenuation_db_at(bearing, elevation)
        assert got == pytest.approx(max(gain, pattern.gain_dbi - 30.0), abs=1e-3)


@pytest.mark.parametrize(
    ("name", "gain_dbi"),
    [("panel 1x1 ssb 1", 8.0), ("panel 8x1 ssb 1", 17.03), ("panel 8x8 ssb 1", 26.06)],
)
def test_one_beam_has_the_panel_s_gain(name, gain_dbi):
    pattern = panel_pattern(name)
    assert pattern.gain_dbi == pytest.approx(gain_dbi, abs=0.005)
    assert pattern.electrical_tilt_deg is None
    assert pattern.attenuation_db.max() <= 30.0


def test_ssb_beams_of_few_elements_have_the_gain_known_of_them():
    """17 to 19 dBi, where traffic beams have 24 to 25."""
    assert 17.0 <= panel_pattern("panel 6x2 ssb 4").gain_dbi <= 19.0


def test_more_beams_fill_the_sector():
    one, eight = panel_pattern("panel 8x4 ssb 1"), panel_pattern("panel 8x4 ssb 8")
    narrow = panel_pattern("panel 8x4 ssb 8 width 60")
    at_45 = [p.gain_dbi - p.attenuation_db_at(45.0, 0.0) for p in (one, eight, narrow)]
    assert at_45[1] > at_45[0] + 10.0
    assert at_45[1] > at_45[2]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("panel 8x8", "write panel ROWSxCOLUMNS ssb BEAMS"),
        ("panel 8x8 ssb", "'panel 8x8 ssb' is no panel"),
        ("panel 32x8 ssb 4", "up to 16 rows and columns"),
        ("panel 0x8 ssb 4", "rows is 0"),
        ("panel 8x8 ssb 65", "count is 65"),
        ("panel 8x8 ssb 4 width 400", "sector_width_deg is 400"),
    ],
)
def test_what_is_no_panel_is_told(name, message):
    with pytest.raises(InputError, match=message):
        panel_pattern(name)
