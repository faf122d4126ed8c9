"""Antenna files: MSI Planet, Radio Mobile, SPLAT!, NSMA, and a folder of them."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.errors import InputError
from phusong.radio.antennas import Antenna, AntennaLibrary, read_antenna

DEGREES = np.arange(360)
HORIZONTAL = np.round(10 - 10 * np.cos(np.radians(DEGREES)), 2)
VERTICAL = np.round(np.minimum(0.5 * ((DEGREES + 174) % 360 - 180) ** 2, 30), 2)  # peak at 6
COLUMNS = ["source", "row", "column", "value", "severity", "reason", "mend"]


def planet(
    *,
    header=("NAME Sector 17", "FREQUENCY 1800", "GAIN 15.5 dBi", "TILT ELECTRICAL 6"),
    angles=DEGREES,
    row="{a:.1f} {v:.2f}",
    keys=("HORIZONTAL 360", "VERTICAL 360"),
):
    cuts = zip(keys, (HORIZONTAL, VERTICAL), strict=False)
    rows = [[key, *(row.format(a=a, v=cut[a % 360]) for a in angles)] for key, cut in cuts]
    return [*header, *(line for each in rows for line in each)]


@pytest.fixture
def written(tmp_path):
    def write(lines, name="sector.msi", encoding="utf-8", end="\n"):
        path = tmp_path / name
        path.write_bytes(end.join(lines).encode(encoding))
        return path

    return write


def problems_of(path, **options):
    with pytest.raises(InputError) as caught:
        read_antenna(path, **options)
    return caught.value.problems


def assert_is_the_sector(antenna):
    assert antenna.horizontal == pytest.approx(HORIZONTAL)
    assert antenna.vertical == pytest.approx(VERTICAL)
    assert antenna.gain_dbi == pytest.approx(15.5)


# --- MSI Planet ---


def test_a_planet_file_is_read_whole(written):
    lines = planet()
    lines[1:1] = ["MAKE Somebody", "POLARIZATION +45", "COMMENT one", "COMMENT two"]
    antenna = read_antenna(written(lines))
    assert_is_the_sector(antenna)
    assert antenna.name == "Sector 17"
    assert antenna.frequency_mhz == 1800.0
    assert antenna.electrical_tilt_deg == 6.0
    assert antenna.polarization == "+45"
    assert antenna.source == "sector.msi"
    assert antenna.comments == ("MAKE Somebody", "one", "two")
    assert list(antenna.findings.columns) == COLUMNS
    assert antenna.findings.empty
    assert antenna.gain_dbi_at(0.0, -6.0) == pytest.approx(15.5)


def test_the_real_planet_file(shared):
    """7.69 dBd is 9.84 dBi; its cuts are those of the rows."""
    antenna = read_antenna(shared / "reference/antenna_files/msi_planet/anonymous.msi")
    assert antenna.gain_dbi == pytest.approx(9.84)
    assert antenna.name == "Anonymous-12345"
    assert antenna.frequency_mhz == 2450.0
    assert antenna.horizontal[[0, 11, 359]] == pytest.approx([0.27, 0.19, 0.26])
    assert antenna.vertical[[0, 8, 30, 357]] == pytest.approx([0.17, 0.44, 17.72, 0.63])
    assert antenna.comments == ("This is an anonymous antenna file",)
    assert antenna.findings.empty


def test_a_real_header_without_cuts_is_refused_with_all_that_it_lacks(shared):
    path = shared / "reference/antenna_files/msi_planet/edge_freq_range_latin1.msi"
    problems = problems_of(path)
    assert len(problems) == 3
    for lack in ("HORIZONTAL", "VERTICAL", "GAIN"):
        assert any(f"there is no {lack} line" in problem for problem in problems)


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (planet(row="{a}\t{v:.2f}"), "utf-8"),
        (planet(row="{a:.1f};{v}"), "utf-8-sig"),
        (planet(row="{a},{v:.2f}"), "utf-8"),
        ([line.replace(".", ",") for line in planet()], "utf-8"),
        ([line.replace(".", ",") for line in planet(row="{a:.1f},{v:.2f}")], "utf-8"),
        ([line.lower() for line in planet()], "utf-16"),
        (planet(angles=range(361)), "utf-8"),
        (planet(angles=range(-180, 181)), "utf-8"),
        (planet(angles=range(-180, 180)), "utf-8"),
        (planet(angles=DEGREES[::-1]), "utf-8"),
        (planet(header=["NAME Hà Tĩnh", "GAIN 15.5 dBi"]), "utf-16"),
        (planet(header=["NAME Cité", "GAIN 15.5 dBi"]), "latin-1"),
        (planet(header=["", "name: x", "Gain\t15,5dBi", "Electrical Tilt: 6°"]), "utf-8"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_planet_files_as_makers_write_them(written, lines, encoding, end):
    assert_is_the_sector(read_antenna(written(lines, encoding=encoding, end=end)))


@pytest.mark.parametrize(
    ("text", "gain_dbi"),
    [
        ("16.5 dBi", 16.5),
        ("16.5dBi", 16.5),
        ("14.35 dBd", 16.5),
        ("14.35", 16.5),
        ("14,35 dBd", 16.5),
        ("14.35 dB", 16.5),
        ("16.5 (dBi)", 16.5),
        ("-2.15 DBD", 0.0),
    ],
)
def test_a_gain_is_in_dbd_where_it_does_not_say_dbi(written, text, gain_dbi):
    antenna = read_antenna(written(planet(header=[f"GAIN {text}"])))
    assert antenna.gain_dbi == pytest.approx(gain_dbi)
    says_unit = "dbi" in text.lower() or "dbd" in text.lower()
    assert antenna.findings["reason"].str.contains("taken as dBd").any() != says_unit


@pytest.mark.parametrize(
    ("text", "frequency_mhz"),
    [
        ("1842.5", 1842.5),
        ("1710-2170 MHz", 1940.0),
        ("5.15M–5.87 GHz", 5510.0),
        ("3,5 GHz", 3500.0),
        ("unknown", None),
        ("7", None),
    ],
)
def test_a_frequency_may_be_a_band(written, text, frequency_mhz):
    lines = planet(header=["GAIN 15.5 dBi", f"FREQUENCY {text}"])
    antenna = read_antenna(written(lines, encoding="cp1252"))
    expected = pytest.approx(frequency_mhz) if frequency_mhz else None
    assert antenna.frequency_mhz == expected
    assert len(antenna.findings) == (0 if text in ("1842.5", "3,5 GHz") else 1)


@pytest.mark.parametrize(
    ("header", "tilt_deg", "findings"),
    [
        (["TILT ELECTRICAL", "ELECTRICAL_TILT 4"], 4.0, 0),
        (["TILT 4"], 4.0, 0),
        (["TILT NONE"], 0.0, 0),
        (["TILT MECHANICAL"], 0.0, 0),
        ([], 0.0, 0),
        (["TILT ELECTRICAL"], 6.0, 1),
        (["ELECTRICAL_TILT 0-10"], 6.0, 1),
        (["ELECTRICAL_TILT -6"], -6.0, 1),
    ],
)
def test_the_electrical_tilt(written, header, tilt_deg, findings):
    """Where it is not said in degrees the cut's peak tells; a cut upside down is a finding."""
    antenna = read_antenna(written(planet(header=["GAIN 15.5 dBi", *header])))
    assert antenna.electrical_tilt_deg == tilt_deg
    assert len(antenna.findings) == findings


def test_missing_angles_are_named(written):
    angles = [a for a in range(360) if a != 12 and not 40 <= a <= 59]
    problems = problems_of(written(planet(angles=angles)))
    assert problems[0].startswith("HORIZONTAL: no rows for 12, 40 to 59 (21 of 360 degrees)")
    assert problems[1].startswith("VERTICAL: no rows for 12, 40 to 59")
    assert "max_gap_deg" in problems[0]


def test_gaps_are_interpolated_where_allowed_and_told(written):
    path = written(planet(angles=range(0, 360, 5)))
    assert "1 to 4, 6 to 9" in problems_of(path, max_gap_deg=4.0)[0]
    antenna = read_antenna(path, max_gap_deg=5.0)
    assert antenna.horizontal[12] == pytest.approx(0.6 * HORIZONTAL[10] + 0.4 * HORIZONTAL[15])
    assert antenna.horizontal[358] == pytest.approx(0.4 * HORIZONTAL[355] + 0.6 * HORIZONTAL[0])
    reasons = antenna.findings.loc[antenna.findings["column"] == "VERTICAL", "reason"]
    assert reasons.str.contains("288 of 360 degrees interpolated").any()


def test_half_degrees_are_thinned_out(written):
    lines = planet()
    at = lines.index("VERTICAL 360")
    lines[at:at] = [f"{a + 0.5} 99" for a in range(360)]
    assert_is_the_sector(read_antenna(written(lines)))


def test_negative_attenuations_throughout_are_turned_and_told(written):
    antenna = read_antenna(written(planet(row="{a} -{v:.2f}")))
    assert_is_the_sector(antenna)
    turned = antenna.findings[antenna.findings["severity"] == "repaired"]
    assert sorted(turned["column"]) == ["HORIZONTAL", "VERTICAL"]


def test_every_problem_is_told_with_its_line(written):
    lines = planet(header=["GAIN lots"])
    lines[5] = "3.0 three"
    lines[6] = "4.0 -1.0"
    lines[7] = "400.0 1.0"
    lines[8] = "6.0 1.0 2.0"
    lines[9] = "7.0 999"
    lines.insert(0, "17 18")
    problems = "\n".join(problems_of(written(lines)))
    assert "line 1: '17 18' is neither a key nor a row of a cut" in problems
    assert "line 7: '3.0 three' in HORIZONTAL is not an angle and an attenuation" in problems
    assert "HORIZONTAL: negative attenuations in line 8 (-1 dB)" in problems
    assert "line 9: the angle 400 is outside -180 to 360 degrees" in problems
    assert "line 10: '6.0 1.0 2.0'" in problems
    assert "HORIZONTAL: more than 300 dB in line 11 (999 dB)" in problems
    assert "line 2: GAIN 'lots' is no number in dBi or dBd; write GAIN 16.5 dBi" in problems


def test_a_broken_file_is_not_told_at_endless_length(written):
    problems = problems_of(written(planet(row="{a} ?")))
    assert len(problems) == 21
    assert problems[-1] == "and 702 more like these"


def test_a_second_value_at_an_angle_is_a_finding(written):
    lines = planet()
    lines.insert(lines.index("VERTICAL 360"), f"90.0 {HORIZONTAL[90] - 1}")
    antenna = read_antenna(written(lines))
    assert antenna.horizontal[90] == pytest.approx(HORIZONTAL[90] - 1)
    warned = antenna.findings[antenna.findings["severity"] == "warning"]
    assert warned["row"].tolist() == [366]
    assert antenna.findings["reason"].str.contains("361 rows follow where 360").any()


def test_two_antennas_in_one_file_are_refused(written):
    assert "HORIZONTAL a second time, after line 5" in problems_of(written(planet() * 2))[0]


def test_a_given_gain_stands_in_for_the_files(written):
    path = written(planet(header=["NAME no gain"]))
    assert "there is no GAIN line" in problems_of(path)[0]
    assert read_antenna(path, gain_dbi=12.0).gain_dbi == 12.0


# --- Radio Mobile ---


def ant_lines(horizontal, vertical):
    return [f"{-value:g}" for value in [*horizontal, *vertical]]


def test_radio_mobile_begins_its_vertical_cut_at_the_zenith(written):
    lines = ant_lines(HORIZONTAL, np.roll(VERTICAL, 90))
    antenna = read_antenna(written([*lines, ""], "Kathrein.ant", end="\t  \r\n"))
    assert antenna.horizontal == pytest.approx(HORIZONTAL)
    assert antenna.vertical == pytest.approx(VERTICAL)
    assert antenna.name == "Kathrein"
    assert antenna.gain_dbi is None
    assert read_antenna(written(lines, "x.ant"), gain_dbi=3.0).gain_dbi == 3.0


@pytest.mark.parametrize("count", [180, 181])
def test_radio_mobile_files_with_half_a_vertical_cut(written, count):
    """Behind as ahead, but for the 20 dB that the horizontal cut has there."""
    upright = np.roll(VERTICAL, 90)[:count]
    antenna = read_antenna(written(ant_lines(HORIZONTAL, upright), "half.ant"))
    ahead = np.append(VERTICAL[270:], VERTICAL[:90])
    assert np.append(antenna.vertical[270:], antenna.vertical[:90]) == pytest.approx(ahead)
    assert antenna.vertical[[180 - 6, 180 + 10]] == pytest.approx([20.0, 20.0 + 30.0])
    assert "behind as ahead" in antenna.findings["reason"].item()


def test_radio_mobile_files_without_a_vertical_cut(written):
    antenna = read_antenna(written(ant_lines(HORIZONTAL, []), "flat.ant"), gain_dbi=0.0)
    assert antenna.gain_dbi_at(90.0, -45.0) == pytest.approx(-HORIZONTAL[90])


def test_the_real_radio_mobile_files(shared):
    folder = shared / "reference/antenna_files/ant_radiomobile"
    generic = read_antenna(folder / "generic_antenna.ant", gain_dbi=16.0)
    assert generic.horizontal_beamwidth_deg == pytest.approx(60.0)
    assert generic.gain_dbi_at(0.0, 0.0) == pytest.approx(16.0)
    assert generic.vertical[[10, 350, 180]] == pytest.approx([3.0, 3.0, 25.0])
    dipole = read_antenna(folder / "dipole.ant")
    assert dipole.vertical[[0, 90, 270, 180]] == pytest.approx([0, 30, 30, 0])
    mast = read_antenna(folder / "DB413-B.ant")
    assert mast.horizontal[[0, 90, 180]] == pytest.approx([0.0, 4.9, 9.5])
    assert mast.vertical[180] == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["0"] * 500, "500 values: give 360 horizontal ones"),
        (["0"] * 100 + ["x"] + ["0"] * 619, "line 101: 'x' is not a number of dB"),
        (["-1", "2"] * 360, "gains above the peak in lines 2 (-2 dB)"),
    ],
)
def test_what_is_wrong_with_a_radio_mobile_file(written, lines, message):
    assert message in problems_of(written(lines, "bad.ant"))[0]


def test_an_antenna_without_a_gain_says_how_to_give_it(written):
    antenna = read_antenna(written(ant_lines(HORIZONTAL, []), "flat.ant"))
    assert antenna.attenuation_db_at(90.0, 0.0) == pytest.approx(HORIZONTAL[90])
    with pytest.raises(InputError, match="states no gain: read it with read_antenna"):
        antenna.gain_dbi_at(0.0, 0.0)


# --- SPLAT! ---


def field_of(attenuation_db):
    return 10 ** (-attenuation_db / 20)


def splat_pair(written, *, az_head="0", el_head="0 0", name="mast", el_angles=range(-10, 91)):
    across = [f"{a}\t{field_of(HORIZONTAL[a]):.8f} ; row" for a in DEGREES]
    written([az_head, *across], f"{name}.az")
    upright = [f"{a} {field_of(VERTICAL[a % 360]):.8f}" for a in el_angles]
    return written([f"{el_head} ; tilt", *upright], f"{name}.el")


def test_a_splat_pair_is_the_product_of_its_files(written):
    path = splat_pair(written)
    antenna = read_antenna(path)
    assert antenna == read_antenna(path.with_suffix(".az"))
    assert antenna.source == "mast.az, mast.el"
    assert antenna.horizontal == pytest.approx(HORIZONTAL, abs=1e-5)
    assert antenna.vertical[:91] == pytest.approx(VERTICAL[:91], abs=1e-5)
    azimuth, depression = np.meshgrid(DEGREES, np.arange(-5, 20))
    product = HORIZONTAL[azimuth] + VERTICAL[depression]
    found = antenna.attenuation_db_at(azimuth, -depression, method="horizontal_projection")
    assert found == pytest.approx(product, abs=1e-4)
    # Above its first row the file says nothing: that row is held, as SPLAT! does.
    assert antenna.vertical[300] == pytest.approx(VERTICAL[350])
    assert "-10 to 90 degrees: held beyond" in antenna.findings["reason"].item()


def test_splat_turns_and_tilts_a_pattern(written):
    antenna = read_antenna(splat_pair(written, az_head="30", el_head="4 30"))
    assert antenna.horizontal == pytest.approx(np.roll(HORIZONTAL, 30), abs=1e-5)
    assert antenna.vertical.argmin() == 10
    assert antenna.attenuation_db_at(30.0, -10.0) == pytest.approx(0.0)
    level = read_antenna(splat_pair(written, el_head="4 90"))
    assert level.vertical.argmin() == 6
    assert len(antenna.findings) == 3


def test_splat_interpolates_fields(written):
    path = written(["0 0", "-10 0.2", "0 1.0", "10 0.5", "90 0"], "mast.el")
    written(["0", *(f"{a} 1" for a in range(0, 360, 45))], "mast.az")
    antenna = read_antenna(path)
    assert antenna.vertical[5] == pytest.approx(-20 * np.log10(0.75))
    assert antenna.vertical[90] == pytest.approx(100.0)  # a field of 0


def test_half_a_splat_pair_is_told(written):
    antenna = read_antenna(splat_pair(written).rename(written([], "alone.el")))
    assert antenna.horizontal == pytest.approx(np.zeros(360))
    assert "there is no .az file" in antenna.findings["reason"].str.cat()


def test_the_real_splat_files_against_the_same_antennas_of_radio_mobile(shared):
    folder = shared / "reference/antenna_files"
    dipole = read_antenna(folder / "splat_az_el/dipole.az")
    other = read_antenna(folder / "ant_radiomobile/dipole.ant")
    assert dipole.vertical[:91] == pytest.approx(other.vertical[:91], abs=0.06)
    # This pair holds powers where the format has fields: its attenuations are twice the others.
    mast = read_antenna(folder / "splat_az_el/DB413-B.el")
    other = read_antenna(folder / "ant_radiomobile/DB413-B.ant")
    assert mast.horizontal == pytest.approx(2 * other.horizontal, abs=0.02)
    down = np.r_[0:6, 8:30, 350:360]
    assert mast.vertical[down] == pytest.approx(2 * other.vertical[down], abs=0.2)
    assert mast.vertical[5] != pytest.approx(mast.vertical[355], abs=1.0)
    tower = read_antenna(folder / "splat_az_el/wnju-dt.az")
    assert tower.horizontal.argmin() == 108
    assert tower.attenuation_db_at(108.0, 0.0) == pytest.approx(0.0)
    # A beam of two degrees: its peak lies between whole degrees.
    thinned = tower.findings[tower.findings["severity"] == "warning"]
    assert "with the peak at 0.4 degrees" in thinned["reason"].item()


def test_what_is_wrong_with_splat_files(written):
    written(["turned", "0 1", "1 1.5", "2", "400 1"], "bad.az")
    problems = "\n".join(problems_of(written(["0", "-10 1"], "bad.el")))
    assert "bad.az line 1: 'turned' is not one bearing" in problems
    assert "bad.az line 3: '1 1.5' must be an angle from -180 to 360 degrees" in problems
    assert "bad.az line 4: '2' is no row" in problems
    assert "bad.az line 5: '400 1'" in problems
    assert "bad.az: no rows for 1 to 359" in problems
    assert "bad.el line 1: '0' is not a tilt and a bearing" in problems
    assert "bad.el: 1 rows of a depression and a field" in problems
    assert "the file is empty" in problems_of(written([""], "empty.az"))[0]


# --- NSMA ---


def nsma(*, units="DBI/DBR", gain="16.0,0.5", cuts=("H", "V"), more=(), offset=0.0):
    header = [
        "REVNUM:,NSMA WG16.99.050",
        "REVDAT:,19990520",
        "ANTMAN:,Maker",
        "MODNUM:,Panel 65",
        "DESCR1:,A panel written by hand",
        "DTDATA:,20240101",
        "LOWFRQ:,1710",
        "HGHFRQ:,2170",
        f"GUNITS:,{units}",
        f"MDGAIN:,{gain}",
        "ELTILT:,6",
        "PATTYP:,TYPICAL",
        "NOFREQ:,1",
        "PATFRE:,1800",
        f"NUMCUT:,{len(cuts)}",
    ]
    turn = np.arange(-180, 180)
    rows = {
        cuts[0]: [f"{a:.3f},{offset - HORIZONTAL[a % 360]:.3f}," for a in turn],
        cuts[1]: [f"{a:.3f},{offset - VERTICAL[-a % 360]:.3f},17.0" for a in turn],
    }
    points = [
        line
        for cut in cuts
        for line in (
            *(f"PATCUT:,{cut}", "POLARI:,V/V", "NUPOIN:,360", "FSTLST:,-180,179"),
            *rows[cut],
        )
    ]
    return [*header, *more, *points, "ENDFIL:,EOF"]


@pytest.mark.parametrize("cuts", [("H", "V"), ("AZ", "EL")])
def test_an_nsma_file_has_its_vertical_angles_upwards(written, cuts):
    antenna = read_antenna(written(nsma(cuts=cuts), "panel.adf", end="\r\n"))
    assert antenna.horizontal == pytest.approx(HORIZONTAL)
    assert antenna.vertical == pytest.approx(VERTICAL)
    assert antenna.vertical.argmin() == 6
    assert antenna.gain_dbi == 16.0
    assert antenna.name == "Panel 65"
    assert antenna.frequency_mhz == 1800.0
    assert antenna.electrical_tilt_deg == 6.0
    assert antenna.polarization == "V/V"
    assert antenna.comments == ("Maker", "A panel written by hand")
    assert antenna.findings.empty


def test_nsma_units(written):
    dipoles = read_antenna(written(nsma(units="DBD/DBR"), "a.adf"))
    assert dipoles.gain_dbi == pytest.approx(18.15)
    whole = read_antenna(written(nsma(units="DBI/DBI", offset=15.0), "b.adf"))
    assert whole.gain_dbi == pytest.approx(15.0)
    assert whole.horizontal == pytest.approx(HORIZONTAL)
    assert "the highest of the rows" in whole.findings["reason"].item()
    ekahau = read_antenna(written(nsma(units="DBI", offset=15.0), "c.adf"))
    assert ekahau.gain_dbi == pytest.approx(15.0)
    assert "GUNITS 'WATTS/DBR' is unknown" in problems_of(written(nsma(units="WATTS/DBR")))[0]


def test_nsma_fields_as_ratios(written):
    lines = nsma(units="DBI/LIN")
    begin = lines.index("FSTLST:,-180,179") + 1
    for cut in (begin, begin + 364):
        for i in range(cut, cut + 360):
            angle, value = lines[i].split(",")[:2]
            lines[i] = f"{angle},{10 ** (float(value) / 20):.7f}"
    antenna = read_antenna(written(lines, "lin.adf"))
    assert antenna.vertical == pytest.approx(VERTICAL, abs=1e-3)


def test_nsma_interpolates_between_the_points_of_an_envelope(written):
    lines = ["REVNUM:,NSMA WG16.99.050", "MDGAIN:,30", "PATCUT:,AZ", "POLARI:,H/H", "NUPOIN:,6"]
    lines += ["-180,-50", "-80,-50", "-80,-40", "0,0", "90,-45", "180,-50"]
    lines += ["PATCUT:,EL", "POLARI:,H/H", "-90,-40", "0,0", "90,-30", "ENDFIL:,EOF"]
    antenna = read_antenna(written(lines, "dish.adf"))
    assert antenna.horizontal[[10, 320, 270]] == pytest.approx([5.0, 20.0, 50.0])
    assert antenna.horizontal[280] == pytest.approx(40.0)  # the higher gain of a step
    assert antenna.vertical[[45, 315, 180]] == pytest.approx([20.0, 15.0, 50.0])
    assert antenna.findings["reason"].str.contains("rows ahead only").any()


def test_nsma_takes_co_polar_cuts_of_one_polarization(written):
    lines = nsma()
    cross = ["PATCUT:,H", "POLARI:,V/H", "NUPOIN:,1", "0,-30"]
    slant = ["PATCUT:,V", "POLARI:,H/H", "NUPOIN:,1", "0,-30"]
    at = lines.index("PATCUT:,H")
    lines[at:at] = cross + slant
    antenna = read_antenna(written(lines, "many.adf"))
    assert antenna.horizontal == pytest.approx(HORIZONTAL)
    assert antenna.vertical == pytest.approx(VERTICAL)
    assert antenna.findings["reason"].tolist() == ["not used", "not used"]
    assert antenna.findings["row"].tolist() == [at + 1, at + 5]


def test_what_is_wrong_with_an_nsma_file(written):
    lines = ["REVNUM:,NSMA WG16.99.050", "12 volts", "PATCUT:,37", "POLARI:,V/V", "0,0"]
    problems = "\n".join(problems_of(written(lines, "bad.adf")))
    assert "line 2: '12 volts' is neither FIELD:,value nor the angle and value" in problems
    assert "there is no co-polar horizontal cut (PATCUT H or AZ); there are: 37 V/V" in problems
    assert "there is no co-polar vertical cut (PATCUT V or EL)" in problems
    half = [line for line in nsma() if not line.startswith("-")]
    missing = problems_of(written(half, "half.adf"))
    assert "horizontal: no rows for 180 to 359 (180 of 360 degrees)" in missing[0]


# --- any file ---


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Dear all, please find attached", "is in none of the formats known: MSI Planet"),
        (b"", "is in none of the formats known"),
        (b"NAME x\0\0", "holds binary data"),
    ],
)
def test_files_that_are_no_antennas(tmp_path, content, message):
    path = tmp_path / "thing.msi"
    path.write_bytes(content)
    assert message in problems_of(path)[0]


def test_a_file_that_is_not_there(tmp_path):
    assert "cannot be read: No such file" in problems_of(tmp_path / "none.msi")[0]
    assert "is no angle over 0" in problems_of(tmp_path / "none.msi", max_gap_deg=0.0)[0]


def test_the_content_decides_whatever_the_name(written):
    assert_is_the_sector(read_antenna(written(planet(), "pattern.txt")))
    assert read_antenna(written(nsma(), "pattern.dat")).name == "Panel 65"


@settings(max_examples=150)
@given(
    noise=st.lists(st.tuples(st.integers(0, 724), st.text(max_size=12)), max_size=6),
    kind=st.sampled_from(["planet", "ant", "nsma"]),
)
def test_whatever_stands_in_a_file_it_is_read_or_refused(tmp_path_factory, noise, kind):
    lines = {
        "planet": planet,
        "nsma": nsma,
        "ant": lambda: ant_lines(HORIZONTAL, VERTICAL),
    }[kind]()
    for at, text in noise:
        lines[at % len(lines)] = text
    path = tmp_path_factory.mktemp("noise") / "noise.txt"
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    with suppress(InputError):
        assert isinstance(read_antenna(path), Antenna)


# --- a folder ---


@pytest.fixture
def library(tmp_path):
    (tmp_path / "huawei").mkdir()
    for path, name in [("ADU451602.msi", "ADU451602"), ("huawei/742 215 T04.MSI", "742215")]:
        header = [f"NAME {name}", "GAIN 15.5"]
        (tmp_path / path).write_text("\n".join(planet(header=header)), encoding="utf-8")
    for folder in ("", "huawei/"):
        (tmp_path / f"{folder}twin.ant").write_text("\n".join(["0"] * 720), encoding="utf-8")
    (tmp_path / "mast.az").write_text("0\n" + "\n".join(f"{a} 1" for a in DEGREES))
    (tmp_path / "mast.el").write_text("0 0\n" + "\n".join(f"{a} 1" for a in range(-90, 91)))
    (tmp_path / "broken.pln").write_text("NAME broken\nGAIN 3\n")
    (tmp_path / "readme.txt").write_text("These are the antennas of 2024.")
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    return AntennaLibrary.open(tmp_path)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ADU451602", "ADU451602.msi"),
        ("adu451602.MSI", "ADU451602.msi"),
        (" 742 215  t04 ", "huawei/742 215 T04.MSI"),
        ("742215", "huawei/742 215 T04.MSI"),
        ("huawei/TWIN.ant", "huawei/twin.ant"),
        ("mast", "mast.az"),
        ("Mast.EL", "mast.az"),
    ],
)
def test_an_antenna_is_found_by_the_operators_name(library, name, path):
    assert library.find(name) == library.find(path)
    assert name in library


def test_what_a_folder_holds(library):
    assert library.names == (
        "ADU451602.msi",
        "huawei/742 215 T04.MSI",
        "huawei/twin.ant",
        "mast.az",
        "twin.ant",
    )
    assert len(library) == len(list(library)) == 5
    assert repr(library) == "AntennaLibrary(5 antennas, 1 files rejected)"
    assert "742 215 T04" in library._repr_html_()


def test_the_findings_of_a_folder(library):
    findings = library.findings
    assert list(findings.columns) == COLUMNS
    assert findings["row"].dtype == "Int64"
    rejected = findings[findings["severity"] == "rejected"]
    assert set(rejected["source"]) == {"broken.pln"}
    assert len(rejected) == 2
    other = findings[findings["source"] == "readme.txt"]
    assert other["severity"].tolist() == ["info"]
    assert (findings["source"] == "huawei/742 215 T04.MSI").any()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ADU451603", "'ADU451603' is unknown; near it are ADU451602.msi"),
        ("742 215", "'742 215' is unknown; near it are huawei/742 215 T04.MSI"),
        ("zzzz", "'zzzz' is unknown; there are ADU451602.msi, huawei/742 215 T04.MSI"),
        ("twin", "'twin' is the name of several; give one of huawei/twin.ant, twin.ant"),
        ("broken", "there is no HORIZONTAL line"),
    ],
)
def test_names_that_lead_to_no_antenna(library, name, message):
    with pytest.raises(InputError) as caught:
        library.find(name)
    assert message in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="there is no folder"):
        AntennaLibrary.open(tmp_path / "none")
    assert "there are no antennas" in str(_unknown_in(AntennaLibrary.open(tmp_path)))


def _unknown_in(library):
    with pytest.raises(InputError) as caught:
        library.find("x")
    return caught.value


def test_the_real_files_as_a_library(shared):
    library = AntennaLibrary.open(shared / "reference/antenna_files")
    assert len(library) == 7
    assert library.find("ANONYMOUS").gain_dbi == pytest.approx(9.84)
    assert library.find("Anonymous-12345") is library.find("anonymous.msi")
    assert library.find("DB413-B.ant") != library.find("DB413-B.az")
