"""Areas, rules, links and hours that cannot be used are named; what is mended is said."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from outages_case import around, assess, box, cells_of, gaps_of, hazard, links, scene_of

from phusong.errors import InputError
from phusong.outages import Autonomy, HazardRules
from phusong.report.phrases import phrase


@pytest.fixture(scope="module")
def gaps():
    return gaps_of(cells_of(), scene_of())


def refused(gaps, match, hazards=None, **options):
    with pytest.raises(InputError, match=match):
        assess(gaps, hazards, **options)


def said(result):
    return " ".join(result.findings["reason"])


def test_values_of_areas_are_named_all_at_once(gaps):
    areas = hazard(
        gaps,
        *[box(gaps)] * 4,
        depth_m=["deep", -1.0, 1.0, None],
        probability=[0.1, 2.0, 0.5, None],
        return_period_years=[None, None, 10, 0.5],
    )
    areas["hazard"] = ["flood", "", "meteor", "bão"]
    with pytest.raises(InputError) as caught:
        assess(gaps, areas)
    assert len(caught.value.problems) == 7
    for told in (
        "feature 1, depth_m 'deep': give a number from 0",
        "feature 2, probability '2': give a number from 0 to 1",
        "feature 4, return_period_years '0.5': give a number from 1",
        "feature 2 has no hazard: give one of flood, landslide, storm, power_cut",
        "feature 3, hazard 'meteor'",
        "feature 3: probability 0.5 is not that of its return period, 0.1",
    ):
        assert told in str(caught.value)


def test_areas_without_or_with_a_wrong_reference_system(gaps):
    areas = hazard(gaps, box(gaps))
    refused(gaps, "no reference system", areas.set_crs(None, allow_override=True))
    refused(gaps, "nowhere near the province", areas.set_crs("EPSG:32649", allow_override=True))
    refused(gaps, "holds no area", areas.iloc[:0])
    refused(gaps, "names no areas", {})
    degrees = assess(gaps, areas.to_crs("EPSG:4326"))
    assert len(degrees.sites) == len(assess(gaps, areas).sites) > 0


def test_areas_that_are_mended_or_left_out_are_said(gaps):
    left, bottom, right, top = box(gaps).bounds
    bow = shapely.Polygon([(left, bottom), (right, top), (right, bottom), (left, top)])
    far = shapely.box(left - 9e4, bottom, left - 8e4, top)
    areas = hazard(gaps, bow, far, shapely.Point(left, top), None, kind="flood")
    result = assess(gaps, areas)
    told = said(result)
    assert "feature 1 made valid: Self-intersection" in told
    assert "feature 3 has no area: left out" in told
    assert "feature 4 has no area: left out" in told
    assert "1 of 2 areas lie outside the province: they hit nothing" in told
    assert "2 areas state no depth: taken as deep enough for every rule" in told
    refused(gaps, "none of its features is an area", hazard(gaps, shapely.Point(left, top)))


def test_areas_come_from_files_in_vietnamese_and_by_kind(gaps, tmp_path):
    areas = hazard(gaps, box(gaps, 0, 0, 0.6, 1)).rename(columns={"hazard": "Loại thiên tai"})
    areas = areas.assign(**{"Kịch bản": "bão số 3", "Xác suất": 0.25, "Loại thiên tai": "Bão"})
    areas.to_file(tmp_path / "a.gpkg")
    result = assess(gaps, tmp_path / "a.gpkg")
    assert result.scenarios[["scenario", "hazards", "probability"]].to_numpy().tolist() == [
        ["bão số 3", "storm", 0.25]
    ]
    kinds = {"flood": gpd.GeoDataFrame(geometry=[box(gaps)], crs=areas.crs), "storm": areas}
    both = assess(gaps, kinds)
    assert both.scenarios["scenario"].tolist() == ["flood", "bão số 3"]


def test_one_scenario_has_one_probability(gaps):
    areas = hazard(gaps, box(gaps), box(gaps), scenario=["a", "a"], probability=[0.1, 0.2])
    refused(gaps, "scenario 'a' has several probabilities, 0.1, 0.2: give one", areas)
    half = areas.assign(probability=[0.1, np.nan])
    assert assess(gaps, half).scenarios["probability"].tolist() == [0.1]


def test_rules_of_ones_own(gaps, tmp_path):
    path = tmp_path / "rules.csv"
    head = "hazard,effect,structure,least_depth_m,note_en,note_vi\n"
    path.write_text(
        head + "bão,line,any,0,cuts the fibre,đứt cáp\nbão,line,rooftop,never,,\n", "utf8"
    )
    area = hazard(gaps, *around(gaps, "S0", "S3"), kind="storm")
    table = assess(gaps, area, rules=path).sites
    assert set(table["site_id"]) == {"S0"}
    assert set(table["failed_by"]) == {"line"}
    refused(
        gaps,
        "feature 1, hazard 'flood': give one of storm",
        hazard(gaps, box(gaps), kind="flood"),
        rules=path,
    )
    path.write_text(head + "storm,wind,any,x,,\nstorm,wind,any,0,,\n", "utf8")
    with pytest.raises(InputError) as caught:
        HazardRules.of(path)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "row 2, effect 'wind' is none",
        "row 2, least_depth_m 'x'",
        "row 3, effect 'wind' is none",
        "row 3 says the same again of storm, wind, any",
    ]


def test_the_rules_that_come_with_it_are_in_both_languages():
    rules = HazardRules.of(None)
    assert all(rules.text("en"))
    assert all(rules.text("vi"))
    assert all(rule.source for rule in rules.rules)
    assert rules.hazard("Sạt lở đất") == "landslide"
    assert rules.least_depth_m("flood", "equipment", "Rooftop") == np.inf
    assert Autonomy.of(None).of_structure("mast") > 0


def test_links_that_cannot_be(gaps):
    refused(gaps, "'X' is no site of the network", backhaul=links(("X", "Alpha S0")))
    refused(
        gaps,
        "'S2' is a site of several operators: write 'Operator S2'",
        backhaul=links(("S2", "S0")),
    )
    refused(gaps, "Alpha S0 is fed through itself", backhaul=links(("Alpha S0", "Alpha S0")))
    loop = links(("Alpha S0", "Alpha S2"), ("Alpha S2", "Alpha S0"), ("Alpha S4", "Alpha S2"))
    refused(gaps, "Alpha S0, Alpha S2, Alpha S4 feed each other and reach no core", backhaul=loop)
    refused(gaps, "row 0 has no site in 'from' or 'to'", backhaul=links(("", "core")))
    refused(gaps, "has no column 'to'", backhaul=links().drop(columns="to"))
    fibre = assess(gaps, backhaul=links(("Alpha S0", "Alpha S2"), ("Alpha S2", "POP 1")))
    assert "1 names are no sites: taken for core nodes, which never fail" in said(fibre)


def test_links_come_from_a_file(gaps, tmp_path):
    path = tmp_path / "links.csv"
    path.write_text("Nhà mạng;Trạm;Trạm cha\nAlpha;S2;S0\n", "utf8")
    area = hazard(gaps, *around(gaps, "S0"))
    table = assess(gaps, area, backhaul=path).sites
    assert table.set_index("site_id")["via"]["S2"] == "Alpha S0"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"times_h": ()}, "give hours from 0"),
        ({"times_h": (-1, 5)}, "give hours from 0"),
        ({"times_h": (np.nan,)}, "give hours from 0"),
        ({"autonomy_h": -1}, "any: -1: give hours from 0"),
        ({"autonomy_h": {"mast": "long"}}, "mast: 'long': give hours from 0"),
        ({"market_shares": {"Alpha": 1}}, "no share of 'Beta'"),
        ({"market_shares": {"Alpha": 1, "Beta": -1}}, "Beta: -1: give a share from 0"),
        ({"market_shares": {"Alpha": 0, "Beta": 0}}, "all shares are 0"),
        ({"market_shares": {"Alpha": 1, "Beta": 1, "C": 1}}, "no operator 'C'"),
    ],
)
def test_options_that_cannot_be(gaps, options, match):
    refused(gaps, match, **options)


def test_findings_are_told_in_vietnamese(gaps):
    left, bottom, right, top = box(gaps).bounds
    bow = shapely.Polygon([(left, bottom), (right, top), (right, bottom), (left, top)])
    far = shapely.box(left - 9e4, bottom, left - 8e4, top)
    areas = hazard(gaps, bow, far, shapely.Point(left, top), kind="flood")
    result = assess(gaps, areas, backhaul=links(("Alpha S0", "POP")))
    for text in {*result.findings["reason"], *result.findings["mend"]} - {""}:
        assert phrase(text, "vi") != text, text
