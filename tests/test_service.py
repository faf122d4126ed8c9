"""Service profiles: the shipped one, its margins, and what is said about unusable ones."""

import dataclasses
import datetime
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.errors import InputError, OutOfRangeError
from phusong.radio.service import TIERS, ServiceProfile

GOOD = """
name = "mine"
title = "Mine"
source = "A letter"
date = 2026-01-31
probability = 0.95
receiver_height_m = 1.5
[thresholds_dbm.4G]
weak = -120
basic = -110.5
good = -100
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_every_shipped_profile_opens_under_its_name():
    assert "vn_default" in ServiceProfile.names()
    for name in ServiceProfile.names():
        assert ServiceProfile.named(name).name == name


@pytest.mark.parametrize(
    ("technology", "levels"),
    [("3G", (-105, -100, -92)), ("4G", (-121, -115, -105)), ("5G", (-121, -112, -105))],
)
def test_thresholds_of_vn_default(technology, levels):
    thresholds = ServiceProfile.named("vn_default").thresholds(technology)
    assert tuple(thresholds) == TIERS
    assert tuple(thresholds.values()) == levels


def test_vn_default_is_for_a_handset_with_90_percent():
    profile = ServiceProfile.named("vn_default")
    assert (profile.probability, profile.receiver_height_m) == (0.90, 1.5)
    assert profile.source
    assert isinstance(profile.date, datetime.date)


@pytest.mark.parametrize(("sigma_db", "margin_db"), [(6, 7.7), (8, 10.3), (10, 12.8), (0, 0)])
def test_margin_for_90_percent(sigma_db, margin_db):
    profile = ServiceProfile.named("vn_default")
    assert profile.margin_db(sigma_db) == pytest.approx(margin_db, abs=0.05)


@given(sigma_db=st.floats(0.1, 20), threshold_dbm=st.floats(-130, -60))
def test_margin_above_the_threshold_gives_the_probability(sigma_db, threshold_dbm):
    profile = ServiceProfile.named("vn_default")
    level_dbm = threshold_dbm + profile.margin_db(sigma_db)
    assert profile.probability_of(level_dbm, threshold_dbm, sigma_db) == pytest.approx(0.90)


def test_probability_keeps_shape_type_and_nan():
    level_dbm = np.array([[-108.0, -100.0, -92.0, np.nan]], dtype=np.float32)
    probability = ServiceProfile.named("vn_default").probability_of(level_dbm, -100, 8)
    assert probability.dtype == np.float32
    expected = [[0.158655, 0.5, 0.841345, np.nan]]  # one sigma below, on and above
    np.testing.assert_allclose(probability, expected, atol=1e-6)


def test_without_shadowing_the_threshold_is_a_step():
    profile = ServiceProfile.named("vn_default")
    np.testing.assert_array_equal(
        profile.probability_of([-100.1, -100.0, np.nan], -100, 0), [0, 1, np.nan]
    )


@pytest.mark.parametrize("sigma_db", [-1.0, np.nan, np.inf])
def test_impossible_shadowing_is_refused(sigma_db):
    profile = ServiceProfile.named("vn_default")
    with pytest.raises(OutOfRangeError, match="sigma_db"):
        profile.margin_db(sigma_db)
    with pytest.raises(OutOfRangeError, match="sigma_db"):
        profile.probability_of(-100, -100, sigma_db)


def test_a_file_is_read(written):
    profile = ServiceProfile.open(written(GOOD))
    assert profile.thresholds("4G") == {"weak": -120.0, "basic": -110.5, "good": -100.0}
    assert (profile.technologies, profile.probability) == (("4G",), 0.95)


TABLE = """key,value
name,mine
title,Mine
source,"A letter, of May"
date,2026-01-31
probability,0.95
receiver_height_m,1.5
4G.weak,-120
4G.basic,-110.5
4G.good,-100
"""


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "mine.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_a_table_gives_the_profile_of_the_same_toml(table, written):
    expected = ServiceProfile.open(written(GOOD.replace("A letter", "A letter, of May")))
    assert ServiceProfile.open(table(TABLE)) == expected
    european = TABLE.replace('"A letter, of May"', "A letter of May").replace(",", ";")
    european = european.replace("A letter of", "A letter, of").replace("110.5", "110,5")
    assert ServiceProfile.open(table(european, "utf-8-sig")) == expected
    assert ServiceProfile.open(table(TABLE + "load,0.5\n")).load == 0.5
    more = ServiceProfile.open(table(TABLE + "4G.sinr_db.basic,-3\nentry_percent,80\n"))
    assert (more.quality, more.entry_percent) == ({"4G": {"sinr_db": {"basic": -3.0}}}, 80.0)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("key,value", "a,b", "first row"),
        ("title,Mine", "title", "row 3 has 1"),
        ("title,Mine", "name,Mine", "row 3 gives name again"),
        ("4G.good,-100", "4G.good,loud", "4G.good is 'loud'"),
        ("2026-01-31", "31/1/2026", "date is '31/1/2026'"),
        ("0.95", "95 %", "probability is '95 %'"),
        ("4G.weak,-120", "4G.weaker,-120", "unknown key thresholds_dbm.4G.weaker"),
        ("title,Mine", "load,1.5", "load is 1.5"),
    ],
)
def test_an_unusable_table_is_told(table, old, new, told):
    with pytest.raises(InputError, match=re.escape(told)):
        ServiceProfile.open(table(TABLE.replace(old, new)))


def test_no_table_at_all_is_told(table):
    with pytest.raises(InputError, match="first row"):
        ServiceProfile.open(table(""))
    with pytest.raises(InputError, match="not a table"):
        ServiceProfile.open(table(TABLE.replace("Mine", "Tải"), "utf-16"))


@pytest.mark.parametrize(
    ("name", "probability", "load"),
    [
        ("fcc_bdc", 0.90, 0.5),
        ("ofcom_4g", 0.95, None),
        ("arcep", 0.98, None),
        ("vn_qcvn", 0.95, None),
        ("vn_quality", 0.90, 0.5),
    ],
)
def test_probability_and_load_over_our_weak_levels(name, probability, load):
    profile, ours = ServiceProfile.named(name), ServiceProfile.named("vn_default")
    assert (profile.probability, profile.load) == (probability, load)
    for technology in profile.technologies:
        assert profile.thresholds(technology)["weak"] == ours.thresholds(technology)["weak"]
    assert "vn_default" in profile.source


@pytest.mark.parametrize(
    ("name", "technology", "tier", "asked"),
    [
        ("fcc_bdc", "3G", "basic", {"throughput_down_mbps": 0.2, "throughput_up_mbps": 0.05}),
        ("fcc_bdc", "4G", "basic", {"throughput_down_mbps": 5.0, "throughput_up_mbps": 1.0}),
        ("fcc_bdc", "4G", "good", {}),
        ("fcc_bdc", "5G", "good", {"throughput_down_mbps": 35.0, "throughput_up_mbps": 3.0}),
        ("ofcom_4g", "4G", "basic", {"throughput_down_mbps": 2.0}),
        ("vn_qcvn", "5G", "basic", {"throughput_down_mbps": 30.0}),
        ("vn_quality", "3G", "basic", {"level_dbm": -100.0, "ecio_db": -14.0}),
        ("vn_quality", "4G", "weak", {"level_dbm": -121.0, "sinr_db": -6.0}),
        ("arcep", "4G", "basic", {"level_dbm": -115.0}),
    ],
)
def test_what_a_tier_asks_for(name, technology, tier, asked):
    assert ServiceProfile.named(name).requirements(technology, tier) == asked


def test_good_service_is_basic_service_and_more(written):
    text = (
        GOOD.replace("good = -100", "")
        + """
        [quality.4G]
        sinr_db = { basic = -3 }
        throughput_down_mbps = { good = 30 }
    """
    )
    profile = ServiceProfile.open(written(text))
    assert profile.requirements("4G", "good") == {
        "level_dbm": -110.5,
        "sinr_db": -3.0,
        "throughput_down_mbps": 30.0,
    }
    assert profile.thresholds("4G") == {"weak": -120.0, "basic": -110.5, "good": -110.5}
    assert profile.asks_for_quality
    assert ServiceProfile.from_json(profile.to_json()) == profile


def test_a_profile_is_for_a_place(written):
    indoors = 'place = "indoor"\nentry_percent = 90\n' + GOOD
    loss_db = ServiceProfile.open(written(indoors)).entry_loss_db(1800.0)
    assert loss_db == pytest.approx(26.8, abs=0.1)  # P.2109, traditional building, 90 %
    assert ServiceProfile.open(written(GOOD)).entry_loss_db(1800.0) == 0.0


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("[quality.4G]\nrsrp = { basic = 1 }", "unknown key quality.4G.rsrp"),
        ("[quality.4G]\necio_db = { basic = 1 }", "unknown key quality.4G.ecio_db"),
        ("[quality.4G]\nsinr_db = { basic = 1, good = 0 }", "quality.4G.sinr_db must rise"),
        ("[quality.4G]\nsinr_db = { basic = true }", "write a number in dB"),
        ("[quality.4G]\nsinr_db = {}", "quality.4G.sinr_db has no threshold"),
        ("[quality.4G]\nsinr_db = 3", "write a number in dB for each of"),
        ("[quality]\n4G = 3", "write thresholds of sinr_db"),
        ("[quality.5G]\nsinr_db = { basic = 1 }", "no thresholds_dbm.5G beside it"),
    ],
)
def test_unusable_thresholds_of_quality_are_told(written, added, told):
    with pytest.raises(InputError, match=re.escape(told)):
        ServiceProfile.open(written(GOOD + added))


def test_unusable_places_and_unasked_basic_service_are_told(written):
    text = 'place = "boat"\nentry_percent = 100\nquality = 3\n' + GOOD
    with pytest.raises(InputError) as caught:
        ServiceProfile.open(written(text))
    assert len(caught.value.problems) == 3
    text = GOOD.replace("basic = -110.5", "") + "[quality.4G]\nsinr_db = { good = 3 }"
    with pytest.raises(InputError, match="no threshold of 4G is for basic service"):
        ServiceProfile.open(written(text))


def test_json_gives_the_same_profile_back():
    profile = ServiceProfile.named("vn_default")
    assert ServiceProfile.from_json(profile.to_json()) == profile
    loaded = dataclasses.replace(profile, load=0.5)
    assert ServiceProfile.from_json(loaded.to_json()) == loaded


@pytest.mark.parametrize("text", ["", "[]", "{}", "{'a': 1}", '{"date": "2026-01-31", "x": 1}'])
def test_other_json_is_refused(text):
    with pytest.raises(InputError):
        ServiceProfile.from_json(text)


def test_all_problems_of_a_file_are_told_together(written):
    text = """
        name = " "
        titel = "Mine"
        source = "A letter"
        date = "2026-01-31"
        probability = 1.0
        receiver_height_m = true
        [thresholds_dbm.3G]
        weak = -90
        basic = -90
        good = -80
        [thresholds_dbm.4G]
        weak = -120
        god = -100
        [thresholds_dbm.5G]
        weak = "-120"
        basic = nan
        good = -100
    """
    with pytest.raises(InputError) as caught:
        ServiceProfile.open(written(text))
    told = [
        "unknown key 'titel'",
        "title is missing",
        "name is ' '",
        "date is '2026-01-31'",
        "probability is 1.0",
        "receiver_height_m is True",
        "thresholds_dbm.3G must rise from weak to basic to good; it is [-90, -90, -80]",
        "unknown key thresholds_dbm.4G.god",
        "thresholds_dbm.4G.basic is missing",
        "thresholds_dbm.4G.good is missing",
        "thresholds_dbm.5G.weak is '-120'",
        "thresholds_dbm.5G.basic is nan",
    ]
    assert len(caught.value.problems) == len(told)
    for start in told:
        assert any(problem.startswith(start) for problem in caught.value.problems), start


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("probability = 0.95", "probability = 0"),
        ("date = 2026-01-31", "date = 2026-01-31T10:00:00"),
        ("[thresholds_dbm.4G]", "[thresholds_dbm.4G.x]"),
        ("[thresholds_dbm.4G]", "thresholds_dbm = 3\n[rest]"),
    ],
)
def test_each_unusable_value_is_refused(written, old, new):
    with pytest.raises(InputError):
        ServiceProfile.open(written(GOOD.replace(old, new)))


def test_a_profile_made_in_code_is_checked_too():
    profile = ServiceProfile.named("vn_default")
    with pytest.raises(InputError, match=re.escape("probability is 0.0")):
        dataclasses.replace(profile, probability=0.0)


def test_no_file_and_no_toml_are_told(tmp_path, written):
    with pytest.raises(InputError, match="cannot be read"):
        ServiceProfile.open(tmp_path / "nowhere.toml")
    with pytest.raises(InputError, match="not a TOML file"):
        ServiceProfile.open(written("name ="))


def test_unknown_names_tell_what_there_is():
    with pytest.raises(InputError, match="vn_default"):
        ServiceProfile.named("vn_defalt")
    with pytest.raises(InputError, match="3G, 4G, 5G"):
        ServiceProfile.named("vn_default").thresholds("6G")
