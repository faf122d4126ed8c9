"""Cost tables and prices: by hand, and by what must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.errors import InputError
from phusong.planning.cost_rows import ITEMS, TENURES
from phusong.planning.costs import DEFAULT, CostTable
from phusong.planning.pricing import annuity, price_candidates

BUILT_IN = CostTable.read()


def written(**values):
    """The rows of the built-in table as a user's frame, some of their items at other values."""
    rows = BUILT_IN.rows.copy()
    for item, value in values.items():
        rows.loc[rows["item"] == item, "value"] = value
    return rows


def candidates_of(seed, count=12):
    rng = np.random.default_rng(seed)
    backhaul = np.where(rng.random(count) < 0.2, np.nan, rng.integers(0, 90_000, count))
    return pd.DataFrame(
        {
            "owner": rng.choice(["", "A", "B", "B, C"], count),
            "zone": rng.choice(["rural", "suburban", "urban"], count),
            "grid_power": rng.choice(np.array([True, False, None], dtype=object), count),
            "backhaul_cost": backhaul,
        },
        index=rng.permutation(count) + 100,
    )


def problems_of(table, **how):
    with pytest.raises(InputError) as caught:
        CostTable.read(table, **how)
    return caught.value.problems


def test_the_built_in_table_says_where_each_amount_comes_from():
    assert CostTable.names() == (DEFAULT,)
    rows = BUILT_IN.rows
    assert BUILT_IN.currency == "USD"
    assert (rows["source"] != "").all()
    assert set(rows["sureness"]) == {"starting point", "proposal"}
    of_this_project = rows["sureness"] == "proposal"
    assert rows.loc[of_this_project, "source"].str.contains("proposal of this project").all()
    stated = rows.loc[~of_this_project & rows["unit"].eq("money"), "source"]
    assert stated.str.contains("no Vietnamese price").all()


def test_net_present_value_by_hand():
    """Three sites of 5G with three sectors, two years at 5 %."""
    candidates = pd.DataFrame(
        {
            "owner": ["", "B", "A"],
            "zone": ["rural", "urban", "rural"],
            "grid_power": [False, True, True],
            "backhaul_cost": [10_000.0, 0.0, 0.0],
        }
    )
    prices = price_candidates(candidates, BUILT_IN, operator="A", years=2)
    equipment = 5_000 + 5_000 + 3 * (4_000 + 1_500) + 15_000  # moved, installed, sectors, power
    capital = [5_000 + 5_000 + equipment + 20_000 + 10_000, equipment, equipment]
    yearly = [0.1 * capital[0], 0.1 * equipment + 9_600, 0.1 * equipment]
    worth = [c + y / 1.05 + y / 1.05**2 for c, y in zip(capital, yearly, strict=True)]
    assert prices.table["tenure"].tolist() == ["build", "lease", "own"]
    np.testing.assert_allclose(prices.table["capital"], capital)
    np.testing.assert_allclose(prices.table["yearly"], yearly)
    np.testing.assert_allclose(prices.table["present_value"], worth)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(0, 20), st.integers(0, 6), st.sampled_from(["4G", "5G"])
)
def test_a_breakdown_sums_to_its_price(seed, years, sectors, technology):
    candidates = candidates_of(seed)
    how = {"operator": "A", "technology": technology, "sectors": sectors, "years": years}
    prices = price_candidates(candidates, BUILT_IN, **how)
    priced = candidates["backhaul_cost"].notna()
    for when, total in (("once", "capital"), ("yearly", "yearly")):
        rows = prices.breakdown[prices.breakdown["when"] == when]
        sums = rows.groupby("candidate")["amount"].sum().reindex(candidates.index, fill_value=0.0)
        np.testing.assert_allclose(sums[priced], prices.table[total][priced])
    worth = prices.breakdown.groupby("candidate")["present_value"].sum().loc[candidates.index]
    np.testing.assert_allclose(worth[priced], prices.table["present_value"][priced])
    assert prices.table.loc[~priced, ["capital", "yearly", "present_value"]].isna().all(axis=None)
    np.testing.assert_allclose(
        prices.breakdown["amount"], prices.breakdown["quantity"] * prices.breakdown["amount_each"]
    )
    assert not set(prices.breakdown["item"]) - {*ITEMS, "backhaul"}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 15))
def test_what_makes_a_site_dearer(seed, years):
    """No grid, more years, more sectors do; a higher discount and leasing without rental do not."""
    candidates = candidates_of(seed).assign(backhaul_cost=0.0)

    def worth(given=candidates, **how):
        asked = {"operator": "A", "years": years} | how
        return price_candidates(given, BUILT_IN, **asked).table["present_value"]

    assert (worth(candidates.assign(grid_power=False)) >= worth()).all()
    assert (worth(years=years + 1) > worth()).all()
    assert (worth(sectors=4) > worth()).all()
    assert (worth(discount_percent=9.0) < worth(discount_percent=5.0)).all()
    leased = worth(candidates.assign(tenure="lease"))
    built = worth(candidates.assign(tenure="build"))
    rental = candidates["zone"].map({"rural": 1_000, "suburban": 4_000, "urban": 9_600})
    np.testing.assert_allclose(
        built - leased, 10_000 + (0.1 * 10_000 - rental) * annuity(years, 5.0)
    )


def test_a_site_without_known_grid_is_taken_to_have_it():
    site = pd.DataFrame({"tenure": ["own"], "zone": ["rural"]})
    known, unknown = (
        price_candidates(site.assign(grid_power=[grid]), BUILT_IN).table for grid in (True, None)
    )
    pd.testing.assert_frame_equal(known, unknown)


def test_a_file_with_vietnamese_headers_and_money(tmp_path):
    rows = written().drop(columns=["sureness"])
    rows["value"] = rows["value"].map(lambda value: f"{value:g}".replace(".", ","))
    rows["currency"] = rows["currency"].replace("USD", "vnd")
    rows.columns = [
        *("Hạng mục", "Đơn giá", "Đơn vị", "Tính theo", "Hình thức", "Khu vực", "Công nghệ"),
        *("Tiền tệ", "Ngày", "Nguồn"),
    ]
    path = tmp_path / "gia.csv"
    rows.to_csv(path, sep=";", index=False, encoding="utf-8-sig")
    table = CostTable.read(path)
    assert table.currency == "VND"
    assert table.amount("rental", tenure="lease", zone="urban") == 9600.0
    assert str(path) in repr(table)


def test_a_workbook_is_read_like_a_file(tmp_path):
    path = tmp_path / "costs.xlsx"
    written(tower=1234.5).to_excel(path, index=False, engine="xlsxwriter")
    assert CostTable.read(path).amount("tower", tenure="build") == 1234.5
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    assert "cannot be read as a workbook" in problems_of(tmp_path / "bad.xlsx")[0]


def test_everything_wrong_with_a_table_is_told_at_once():
    rows = written().astype({"value": object})
    rows.loc[0, ["item", "value"]] = ["towr", "1"]
    rows.loc[1, "value"] = -5
    rows.loc[2, "value"] = "5.000"
    rows.loc[3, "value"] = ""
    rows.loc[4, "per"] = "site"
    rows.loc[5, "currency"] = "đồng"
    rows.loc[6, "tenure"] = "rent"
    rows.loc[7, ["source", "date"]] = ["", "long ago"]
    told = "\n".join(problems_of(rows))
    for said in (
        "row 2, item 'towr' is unknown; there are: tower, civil",
        "row 3, value '-5' is outside 0",
        "row 4, value '5.000' has a point that may mark thousands",
        "row 5, value '' is empty; write 0",
        "row 6, per 'site' is not what radio is counted in; write sector",
        "row 7, currency 'ĐỒNG' is no currency",
        "row 8, tenure 'rent' is unknown; write any, build, lease, own",
        "row 9, source '' is empty",
        "row 9, date 'long ago' is no date",
    ):
        assert said in told


def test_two_rows_for_one_case_and_missing_items_are_refused():
    rows = written()
    again = rows[rows["item"] == "rental"].iloc[[0]].assign(zone="any", value=7)
    told = problems_of(pd.concat([rows, again])[lambda each: each["item"] != "tower"])
    assert told[0].startswith("row 20, item 'rental' is for a case that row 15 has already")
    assert "has no row for tower; add one, with 0 where it costs nothing" in told
    without_optional = rows[~rows["item"].isin(["fibre", "microwave_link"])]
    assert CostTable.read(without_optional).amount("fibre", zone="rural") == 0.0


def test_currencies_need_rates():
    mixed = written()
    mixed.loc[mixed["item"] == "tower", ["value", "currency"]] = [125e6, "VND"]
    assert "has amounts in VND, USD: give the currency wanted, and rates" in problems_of(mixed)[0]
    assert "rates={'USD': what one USD is in VND}" in problems_of(mixed, currency="VND")[0]
    assert "rate of USD is -1" in problems_of(mixed, currency="VND", rates={"USD": -1})[0]
    assert "currency is 'dong'" in problems_of(BUILT_IN, currency="dong", rates={"USD": 1.0})[0]
    table = CostTable.read(mixed, currency="VND", rates={"usd": 25_000.0})
    assert table.currency == "VND"
    assert table.amount("tower", tenure="build") == 125e6
    assert table.amount("civil", tenure="build") == 125e6
    assert table.amount("opex") == 10.0
    back = table.converted("USD", {"VND": 1 / 25_000.0})
    np.testing.assert_allclose(back.rows["value"], BUILT_IN.rows["value"])


def test_a_missing_zone_and_unknown_cases_are_errors():
    site = pd.DataFrame({"tenure": ["lease"]})
    with pytest.raises(InputError, match=r"no amount of rental.*give the candidates a column zone"):
        price_candidates(site, BUILT_IN)
    with pytest.raises(InputError, match="no amount of rental for zone 'island'"):
        price_candidates(site.assign(zone="Island"), BUILT_IN)
    with pytest.raises(InputError, match="no amount of power for zone 'rural', technology '6G'"):
        price_candidates(site.assign(zone="rural"), BUILT_IN, technology="6G")
    with pytest.raises(InputError, match="'tent' is no item; there are: tower"):
        BUILT_IN.amount("tent")
    assert not BUILT_IN.charges("rental", "build")
    assert price_candidates(site.assign(tenure="build"), BUILT_IN).table["capital"].tolist() == [
        51_500
    ]


def test_numbers_that_are_none_are_refused_together():
    site = pd.DataFrame({"tenure": ["lease"], "zone": ["rural"], "backhaul_cost": [-1.0]})
    with pytest.raises(InputError) as caught:
        price_candidates(site, BUILT_IN, sectors=-1, years=1.5, discount_percent=-3.0)
    assert len(caught.value.problems) == 4
    with pytest.raises(InputError, match="tenure of candidate 0 is 'rent'"):
        price_candidates(site.assign(tenure="rent", backhaul_cost=0.0), BUILT_IN)
    with pytest.raises(InputError, match="no column owner"):
        price_candidates(site[["zone"]], BUILT_IN)


@pytest.mark.parametrize("tenure", TENURES)
def test_other_costs_are_added(tenure):
    rows = written()
    extra = rows.iloc[[0, 14]].assign(item=["other_once", "other_yearly"], value=[70.0, 7.0])
    extra = extra.assign(tenure="any", zone="any", technology="any")
    site = pd.DataFrame({"tenure": [tenure], "zone": ["rural"]})
    table = CostTable.read(pd.concat([rows, extra]))
    more = price_candidates(site, table).table
    plain = price_candidates(site, BUILT_IN).table
    assert more["capital"][0] - plain["capital"][0] == pytest.approx(70.0)
    assert more["yearly"][0] - plain["yearly"][0] == pytest.approx(7.0 + 7.0)
