"""Communes of before a merger: their areas or a crosswalk, the census by them, and what sums up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places_case import CENSUS, CROSSWALK, Files, communes, coverage_on, old_communes, write_files

from phusong.errors import InputError
from phusong.gaps import STATES, find_gaps
from phusong.gaps.tally import Tally
from phusong.geodata.census import read_census
from phusong.geodata.crosswalk import read_crosswalk
from phusong.geodata.findings import Findings
from phusong.geodata.scene import Scene
from phusong.geodata.sources import read_features

KEYS = ["technology", "operator"]
TOTALS = ("area_km2", "people", "villages", "road_km", "schools", "clinics")
PLACES = ("villages", "facilities", "roads")
OLD = ["O1", "O2", "O3", "O4", "O5"]
PEOPLE = [900, 2100, 1500, 4000, 500]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return write_files(tmp_path_factory.mktemp("old"))


def said(path: Path, text: str, read) -> tuple[str, ...]:
    path.write_text(text, encoding="utf8")
    with pytest.raises(InputError) as raised:
        read(path)
    assert raised.value.source == str(path)
    return raised.value.problems


def amounts(table: pd.DataFrame) -> pd.DataFrame:
    """Totals, and what is served and in each state of area and people, as amounts."""
    told = {name: table[name] for name in TOTALS}
    for of, total in (("area", "area_km2"), ("people", "people"), ("road", "road_km")):
        ends = [f"{of}_pct_{state}" for state in list(STATES)[:5]]
        ends += [f"served_{of}_pct", f"{of}_pct_surely_served", f"{of}_pct_cannot_say"][:1]
        told |= {end: table[end].fillna(0) * table[total] / 100 for end in ends}
    if "served_people_pct_likely" in table:
        likely = table["served_people_pct_likely"].fillna(0) * table["people"] / 100
        told["likely"] = likely
    return pd.DataFrame(told)


# --- reconciling ----------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["old_communes", "crosswalk"])
@pytest.mark.parametrize("seed", range(2))
def test_old_and_new_sum_to_one_province(files: Files, given: str, seed: int):
    names = ("census", given) if given == "crosswalk" else (given,)
    options = {} if given == "crosswalk" else {"old_people": "census"}
    gaps = find_gaps(coverage_on(files.open(*PLACES, *names, **options), seed), causes=False)
    whole = amounts(gaps.province).set_axis(pd.MultiIndex.from_frame(gaps.province[KEYS]))
    for table in (gaps.communes, gaps.old_communes):
        sums = amounts(table).groupby([table[key] for key in KEYS], sort=False).sum()
        np.testing.assert_allclose(sums, whole.loc[sums.index], rtol=1e-9, atol=1e-9)
    assert gaps.old_communes["code"].unique().tolist() == OLD
    assert gaps.province["people"].iloc[0] == pytest.approx(sum(PEOPLE), rel=1e-12)


def test_old_areas_have_their_census_and_a_strip_of_nobody_s_is_the_nearest_s(
    files: Files,
):
    scene = files.open("old_communes", old_people="census")
    old = scene.old.communes.set_index("code")
    np.testing.assert_allclose(old.loc[OLD, "people"], PEOPLE, rtol=1e-12)
    assert "O9" not in old.index
    reasons = set(scene.findings["reason"])
    assert "1 of 6 old communes lie elsewhere: left out" in reasons
    assert any("0.90 km2 of the communes lie in no old one" in reason for reason in reasons)
    pieces = scene.old.pieces
    assert (scene.old.labels.to_numpy() > 0).sum() == (scene.commune_labels.to_numpy() > 0).sum()
    for side in ("old", "new"):
        np.testing.assert_allclose(pieces.groupby(f"{side}_code")[f"share_of_{side}"].sum(), 1.0)
    new = scene.communes.set_index("code")
    np.testing.assert_allclose(pieces.groupby("new_code")["people"].sum(), new["people"])
    assert set(pieces.query("new_code == 'N4'")["old_code"]) == {"O4", "O5"}


def test_the_factor_of_the_census_stands_beside_the_people(files: Files):
    plain = files.open()
    scene = files.open("old_communes", old_people="census")
    raster = plain.communes.set_index("code")["people"]
    new = scene.communes.set_index("code")
    np.testing.assert_allclose(new["people_factor"], new["people"] / raster)
    gaps = find_gaps(coverage_on(scene), causes=False)
    for table, frame in ((gaps.communes, new), (gaps.old_communes, scene.old.communes)):
        factors = table.drop_duplicates("code")["people_factor"].to_numpy()
        np.testing.assert_array_equal(factors, frame["people_factor"].to_numpy())


def test_a_census_by_old_commune_reaches_the_new_ones_through_the_crosswalk(files: Files):
    scene = files.open("crosswalk", "census")
    people = scene.communes.set_index("code")["people"]
    expected = {"N1": 3000, "N2": 1500, "N3": 2400, "N4": 1600 + 500}
    assert people.to_dict() == pytest.approx(expected)
    old = scene.old.communes.set_index("code")
    np.testing.assert_allclose(old.loc[OLD, "people"], PEOPLE)
    assert old.loc["O4", "name"] == "Bốn"
    by_hand = {("O1", "N1"): 0.3, ("O2", "N1"): 0.7, ("O4", "N4"): 1600 / 2100}
    shares = scene.old.pieces.set_index(["old_code", "new_code"])["share_of_new"]
    for pair, share in by_hand.items():
        assert shares[pair] == pytest.approx(share)


def test_an_old_commune_has_its_parts_of_todays_figures(files: Files):
    scene = files.open(*PLACES, "crosswalk", "census")
    gaps = find_gaps(coverage_on(scene), causes=False)
    new = gaps.communes.set_index(["code", *KEYS])
    old = gaps.old_communes.set_index(["code", *KEYS])
    layer = ("4G", "Alpha")
    of_n3, of_n4 = new.loc[("N3", *layer)], new.loc[("N4", *layer)]
    part = 1600 / 2100  # of N4's people
    four = old.loc[("O4", *layer)]
    assert four["people"] == pytest.approx(of_n3["people"] + part * of_n4["people"])
    served = of_n3["people"] * of_n3["served_people_pct"]
    served += part * of_n4["people"] * of_n4["served_people_pct"]
    assert four["served_people_pct"] == pytest.approx(served / four["people"])
    assert four["schools"] == pytest.approx(of_n3["schools"] + part * of_n4["schools"])
    one, first = old.loc[("O1", *layer)], new.loc[("N1", *layer)]
    assert one["served_people_pct_low"] == pytest.approx(first["served_people_pct_low"])


def test_a_column_of_people_does_without_a_census(files: Files, tmp_path: Path):
    path = tmp_path / "with_people.csv"
    rows = ["O1,N1,100", "O2,N1,300", "O3,N2,", "O4,N3,60", "O4,N4,40", "O5,N4,160"]
    path.write_text("\n".join(["Mã cũ;Mã mới;Dân số", *rows]).replace(",", ";"), encoding="utf8")
    scene = files.open(crosswalk=path)
    shares = scene.old.pieces.set_index(["old_code", "new_code"])["share_of_new"]
    assert shares[("O1", "N1")] == pytest.approx(0.25)
    assert shares[("O4", "N4")] == pytest.approx(0.2)
    assert set(scene.communes["people_factor"]) == {1.0}


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_splitting_a_tally_loses_nothing(seed):
    rng = np.random.default_rng(seed)
    states = {of: rng.exponential(1, (4, 2, 3, 5)) for of in ("area", "people", "schools")}
    answers = {of: states[of][..., :4] for of in ("area", "people")}
    bounds = {of: np.sort(rng.uniform(0, 100, (4, 2, 3, 3))) for of in answers}
    states["people"][0] = 0.0
    bounds["people"][0] = np.nan
    parts = rng.dirichlet([0.3] * 6, 4).T
    before = Tally(states, answers, bounds)
    after = before.split(parts)
    for of, amount in states.items():
        np.testing.assert_allclose(after.states[of].sum(axis=0), amount.sum(axis=0), rtol=1e-12)
    for of, percent in after.bounds.items():
        assert (np.diff(percent, axis=-1) >= -1e-9)[~np.isnan(percent[..., 1:])].all()
        amount = states[of].sum(axis=-1)[..., None]
        split = after.states[of].sum(axis=-1)[..., None]
        served = (np.nan_to_num(percent) * split).sum(axis=0)
        np.testing.assert_allclose(served, (np.nan_to_num(bounds[of]) * amount).sum(axis=0))


# --- what cannot be used --------------------------------------------------------------------------

CODES = ["N1", "N2", "N3", "N4"]


def crosswalk_said(tmp_path: Path, text: str, census=None) -> tuple[str, ...]:
    path = tmp_path / "crosswalk.csv"
    return said(path, text, lambda file: read_crosswalk(file, CODES, census, Findings()))


def census() -> "pd.Series[float]":
    return pd.Series(np.array(PEOPLE, dtype=float), index=OLD)


def test_every_wrong_row_of_a_crosswalk_is_named_at_once(tmp_path: Path):
    problems = crosswalk_said(
        tmp_path,
        """old_code,new_code,share
O1,N1,
O2,N1,nửa
O2,N1,0.5
O3,N7,
,N3,
O5,,1.5
""",
        census(),
    )
    assert problems == (
        "row 6, old_code '' is empty; give the commune's code",
        "row 7, new_code '' is empty; give the commune's code",
        "row 5, new_code 'N7' is the code of no commune of the area; "
        "mend the code, or leave the row out",
        "no row names the commune 'N2'; say which old communes it was made of",
        "no row names the commune 'N4'; say which old communes it was made of",
        "row 4, old_code 'O2' goes to 'N1' in row 3 already; keep one",
        "row 3, share 'nửa' is not a number; give the part of its people, from 0 to 1",
        "row 7, share '1.5' is outside 0 to 1; give the part of its people, from 0 to 1",
    )


def test_shares_that_are_missing_or_do_not_sum_to_one_are_named(tmp_path: Path):
    whole = "old_code,new_code,share\nO1,N1,\nO2,N2,0.7\nO3,N3,0.3\nO3,N4,0.6\nO4,N3,0.5\nO4,N4,\n"
    assert crosswalk_said(tmp_path, whole, census()) == (
        "row 7, old_code 'O4' goes to 2 communes, to 'N4' without a share; give the part of its "
        "people that went there",
        "row 3: the shares of old commune 'O2' sum to 0.7; make them sum to 1",
        "row 4, 5: the shares of old commune 'O3' sum to 0.9; make them sum to 1",
    )


def test_people_that_contradict_their_share_are_named(tmp_path: Path):
    text = "old_code,new_code,share,people\nO1,N1,0.9,1000\nO1,N2,0.1,1000\n"
    text += "O2,N2,,5\nO3,N3,0.7,70\nO3,N4,0.3,30\n"
    problems = crosswalk_said(tmp_path, text)
    assert [problem.split(":")[0].split(",")[0] for problem in problems] == ["row 2", "row 3"]
    assert "0.5 of the old commune's, while its share is 0.9" in problems[0]


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("people\nO1,N1,500\nO1,N2,500\n", ["row 2, 3: old commune 'O1' has the same people"]),
        ("people\nO1,N1,500\nO1,N2,400\n", []),
        ("people\nO1,N1,0\nO1,N2,0\n", []),
        ("people,share\nO1,N1,500,0.5\nO1,N2,500,0.5\n", []),
    ],
)
def test_a_divided_commune_with_one_number_of_people_twice_is_noted(
    tmp_path: Path, text: str, warned: list[str]
):
    path = tmp_path / "crosswalk.csv"
    path.write_text(f"old_code,new_code,{text}", encoding="utf8")
    findings = Findings()
    read_crosswalk(path, ["N1", "N2"], None, findings)
    found = findings.frame().query("severity == 'warning'")
    assert [reason.split(" in each")[0] for reason in found["reason"]] == warned


def test_shares_rounded_to_three_digits_are_made_to_sum_to_one(tmp_path: Path):
    path = tmp_path / "crosswalk.csv"
    rows = [f"O1,{code},0.333" for code in CODES[:3]]
    path.write_text("\n".join(["old_code,new_code,share", *rows, "O2,N4,"]), encoding="utf8")
    findings = Findings()
    people = pd.Series([3000.0, 10.0], index=["O1", "O2"])
    pieces = read_crosswalk(path, CODES, people, findings)
    assert pieces["share"].tolist() == pytest.approx([1 / 3] * 3 + [1.0], rel=1e-15)
    assert pieces["people"].sum() == pytest.approx(3010, rel=1e-12)
    assert findings.frame()["severity"].tolist() == ["repaired"]


def test_people_that_are_needed_and_not_known_are_named(tmp_path: Path):
    problems = crosswalk_said(tmp_path, CROSSWALK)
    assert len(problems) == 1
    assert "give a column people, or a census by old code" in problems[0]
    problems = crosswalk_said(tmp_path, CROSSWALK, census().drop(["O2", "O5"]))
    assert problems == (
        "row 3, old_code 'O2' has no number of people in the census; give it",
        "row 7, old_code 'O5' has no number of people in the census; give it",
    )


def test_rows_of_other_provinces_are_left_out_and_strangers_noted(tmp_path: Path):
    path = tmp_path / "crosswalk.csv"
    head, *rows = CROSSWALK.splitlines()
    lines = [f"{head},old_prov_code", *(f"{row},26" for row in rows), "X1,Xa,X9,,17"]
    path.write_text("\n".join(lines), encoding="utf8")
    findings = Findings()
    people = pd.concat([census(), pd.Series([5.0, 6.0], index=["X1", "Z3"])])
    pieces = read_crosswalk(path, CODES, people, findings)
    assert len(pieces) == len(rows)
    frame = findings.frame()
    assert frame["severity"].tolist() == ["info", "warning"]
    assert frame["value"][1] == "Z3"


def test_a_crosswalk_without_its_columns_says_which(tmp_path: Path):
    assert crosswalk_said(tmp_path, "old_code,to\nO1,N1\n") == (
        "has no column of new_code; give one called new_code or ma_moi or ma_xa_moi or code_new",
    )
    assert crosswalk_said(tmp_path, "old_code,new_code\n") == ("has no row below its header",)


def test_every_wrong_row_of_a_census_is_named_at_once(tmp_path: Path):
    path = tmp_path / "census.csv"
    rows = ["O1;900", "O1;12", ";7", "O2;-4", "O3;nhiều", "O4;12.345", "O5;N/A"]
    text = "\n".join(["Điều tra dân số 2019", "Mã xã;Dân số", *rows])
    assert said(path, text, read_census) == (
        "row 6, Dân số '-4' is outside 0 to inf; write the number of people in digits alone",
        "row 7, Dân số 'nhiều' is not a number; write the number of people in digits alone",
        "row 8, Dân số '12.345' may mean 12345; write the number of people in digits alone",
        "row 5, Mã xã '' is empty; give the commune's code",
        "row 4, Mã xã 'O1' stands in row 3 already; keep one",
    )
    path.write_text("code,total\nO1,900\nO5,N/A\n", encoding="utf8")
    people = read_census(path)
    assert people["O1"] == 900
    assert np.isnan(people["O5"])


def test_a_census_of_todays_communes_needs_no_crosswalk(files: Files, tmp_path: Path):
    path = tmp_path / "census.csv"
    path.write_text("code,people\nN1,1000\nN2,2000\nN9,5\n", encoding="utf8")
    scene = files.open(census=path)
    people = scene.communes.set_index("code")
    assert people.loc[["N1", "N2"], "people"].tolist() == pytest.approx([1000, 2000])
    assert people.loc["N3", "people_factor"] == 1.0
    left_out = scene.findings[scene.findings["source"] == "census.csv"]
    assert "N9" in set(left_out.loc[left_out["severity"] == "rejected", "value"])
    path.write_text("code,people\nA,1\n", encoding="utf8")
    with pytest.raises(InputError, match=r"census\.csv.*\n.*no code matches"):
        files.open(census=path)


def test_old_communes_that_lie_elsewhere_and_arguments_that_disagree_are_refused(
    files: Files, tmp_path: Path
):
    path = tmp_path / "far.gpkg"
    old_communes().iloc[-1:].to_file(path)
    with pytest.raises(InputError, match="holds no commune that lies in those of today"):
        files.open(old_communes=path)
    with pytest.raises(InputError) as raised:
        files.open("census", "crosswalk", "old_communes", commune_people={"N1": 1}, old_people="x")
    assert len(raised.value.problems) == 2
    with pytest.raises(InputError, match="old_people names a column"):
        files.open(old_people="census")


def test_the_case_is_what_it_says():
    assert communes().total_bounds.tolist() == old_communes().iloc[:5].total_bounds.tolist()
    assert [int(row.split(",")[1]) for row in CENSUS.splitlines()[1:]] == PEOPLE


# --- the real province ----------------------------------------------------------------------------


def test_the_real_province_reconciles_over_137_old_communes(shared: Path):
    folder = shared / "geodata"
    scene = Scene.open(
        folder / "terrain/vinhphuc_srtm3.tif",
        folder / "population/worldpop2020_1km_UNadj_vinhphuc.tif",
        folder / "communes/vinhphuc_2025.geojson",
        resolution_m=200,
        old_communes=folder / "communes/three_provinces_2009.gpkg",
        old_people="pop_2019",
        roads=folder / "osm/vinhphuc_roads_2018.gpkg",
        facilities=folder / "osm/vinhphuc_2018.gpkg",
        facilities_layer="pois",
    )
    assert (len(scene.communes), len(scene.old.communes)) == (36, 137)
    assert float(scene.people.sum()) == pytest.approx(1_151_154, rel=1e-9)
    gaps = find_gaps(coverage_on(scene), causes=False)
    whole = amounts(gaps.province).set_axis(pd.MultiIndex.from_frame(gaps.province[KEYS]))
    for table in (gaps.communes, gaps.old_communes):
        sums = amounts(table).groupby([table[key] for key in KEYS], sort=False).sum()
        np.testing.assert_allclose(sums, whole.loc[sums.index], rtol=1e-6, atol=1e-6)
    counts = pd.read_csv(folder / "population/census2019_ward_3prov.csv")
    census = counts.loc[counts["city"] == "VĩnhPhúc", "total"].sum()
    assert gaps.old_communes.drop_duplicates("code")["people"].sum() == pytest.approx(census)


def test_the_real_crosswalk_names_every_commune_of_today(shared: Path):
    path = shared / "geodata/communes/crosswalk_old_new.csv"
    codes = read_features(shared / "geodata/communes/vinhphuc_2025.geojson")["code"].tolist()
    with pytest.raises(InputError, match="give a column people, or a census") as raised:
        read_crosswalk(path, codes, None, Findings())
    assert len(raised.value.problems) == 1
    rows = pd.read_csv(path, dtype=str).query("new_code in @codes")
    people = pd.Series(1000.0, index=rows["old_code"])
    findings = Findings()
    pieces = read_crosswalk(path, codes, people, findings)
    assert (len(pieces), pieces["new_code"].nunique()) == (121, 36)
    assert pieces["share"].tolist() == [1.0] * 121
    assert "873 row(s) of provinces" in findings.frame()["reason"][0]
