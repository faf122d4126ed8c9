"""The report for readers: its page and its PDF, on a small made-up result."""

import dataclasses
import io
import os
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pypdf
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from report_case import HOSTILE, make_case, make_checks

import phusong as ps
from phusong import report
from phusong.errors import InputError
from phusong.report.document import Document, Figures, Heading, Picture, Table, Text
from phusong.report.pdf import pdf_bytes
from phusong.report.state_picture import state_png
from phusong.report.table_widths import table_widths
from phusong.report.words import number, percent, word

LANGUAGES = ("vi", "en")
FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def case():
    return make_case()


@pytest.fixture(scope="module")
def made(case):
    """The report in each language."""
    checks = make_checks(case.gaps)
    return {
        language: ps.report(
            case.coverage,
            case.gaps,
            case.plan,
            findings=case.findings,
            language=language,
            **checks,
        )
        for language in LANGUAGES
    }


@pytest.fixture(scope="module")
def workbooks(case, tmp_path_factory):
    """By language the sheets of the workbook, each a table with its headings."""
    books = {}
    for language in LANGUAGES:
        path = tmp_path_factory.mktemp(language) / "coverage.xlsx"
        checks = make_checks(case.gaps)
        report.write_excel(path, case.gaps, case.plan, case.findings, language, **checks)
        book = python_calamine.CalamineWorkbook.from_path(path)
        books[language] = {
            name: pd.DataFrame(rows[1:], columns=rows[0])
            for name in book.sheet_names
            for rows in [book.get_sheet_by_name(name).to_python()]
        }
    return books


class Reader(HTMLParser):
    """What a browser makes of a page: its texts, its tags and their attributes."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.tags = [], []
        self.feed(page)

    def handle_data(self, data):
        self.texts.append(data)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def text_of_pdf(content):
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "\n".join(page.extract_text() for page in pages)


def squeezed(text):
    return re.sub(r"\s+", "", text)


def tables_of(document):
    return [block for block in document.blocks if isinstance(block, Table)]


def table_with(document, *headings):
    """The last table with these headings, which is the full one."""
    return [table for table in tables_of(document) if set(headings) <= set(table.head)][-1]


def column(table, heading):
    place = table.head.index(heading)
    return [row[place] for row in table.rows]


@pytest.mark.parametrize("language", LANGUAGES)
def test_key_figures_are_those_of_the_workbook(made, workbooks, language):
    summary = workbooks[language][word("sheet_summary", language)]
    (figures,) = [block for block in made[language].document.blocks if isinstance(block, Figures)]
    assert len(figures.figures) == len(summary) == 2
    for figure, (_, row) in zip(figures.figures, summary.iterrows(), strict=True):
        assert figure.label == row[word("technology", language)]
        assert figure.value == percent(row[word("summary.served_people_pct", language)], language)
        bounds = [
            row[word(f"summary.served_people_pct_{end}", language)] for end in ("low", "high")
        ]
        assert "–".join(number(each, language, 1) for each in bounds) in figure.note
        values = [value for _, value in figure.lines]
        assert values[:2] == [
            number(row[word(f"summary.{key}", language)], language)
            for key in ("served_people", "people_unserved")
        ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_sure_it_is_are_the_workbooks_figures(made, workbooks, language):
    province = workbooks[language][word("sheet_province", language)]
    anyone = province[province[word("operator", language)] == word("any_operator", language)]
    table = table_with(made[language].document, word("report_surely_served", language))
    for key in ("surely_served", "cannot_say", "surely_unserved"):
        people = anyone[word(f"people_{key}", language)]
        share = anyone[word(f"people_pct_{key}", language)]
        told = [
            f"{number(each, language)} ({percent(part, language)})"
            for each, part in zip(people, share, strict=True)
        ]
        assert column(table, word(f"report_{key}", language)) == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_communes_are_those_of_the_workbook(made, workbooks, language):
    sheet = workbooks[language][word("sheet_communes", language)]
    share = f"4G: {word('served_people_pct', language)}"
    table = table_with(made[language].document, f"4G: {word('report_served_pct', language)}")
    assert column(table, word("code", language)) == list(sheet[word("code", language)])
    assert column(table, f"4G: {word('report_served_pct', language)}") == [
        number(value, language, 1) for value in sheet[share]
    ]
    unserved = sheet[f"4G: {word('people_surely_unserved', language)}"]
    assert column(table, f"4G: {word('report_surely_unserved', language)}") == [
        number(value, language) for value in unserved
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("title", "key", "numbers"),
    [
        ("sheet_dead_spots", "id", {"people": 0, "area_km2": 2, "missing_db": 1}),
        ("sheet_proposed_sites", "site_id", {"people_newly_served": 0, "people_cumulative": 0}),
    ],
)
def test_places_are_those_of_the_workbook(made, workbooks, language, title, key, numbers):
    key = word(key, language)
    sheet = workbooks[language][word(title, language)].set_index(key)
    table = table_with(made[language].document, key, word(next(iter(numbers)), language))
    assert table.rows
    rows = sheet.loc[column(table, key)]
    for name, digits in numbers.items():
        heading = word(name, language)
        told = [number(value, language, digits) for value in rows[heading]]
        assert column(table, heading) == told


def test_villages_come_surest_first_with_the_spot_they_lie_in(case, made):
    spots = case.gaps.dead_spots
    (spot,) = spots[(spots["technology"] == "4G") & (spots["operator"] == "any")].itertuples()
    table = table_with(made["en"].document, "Village", "Missing (dB)")
    assert table.rows == (
        (
            "Thôn Đồi",
            "Xã Đồng Tĩnh",
            "80",
            "Weak signal",
            "Cannot be said",
            str(spot.rank),
            word(f"cause_{spot.cause}", "en"),
            number(spot.missing_db, "en", 1),
        ),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_and_the_pdf_hold_every_text_of_the_document(made, language):
    document = made[language].document
    page = squeezed("".join(Reader(made[language].html).texts))
    paper = squeezed(text_of_pdf(made[language].pdf))
    for block in document.blocks:
        texts = [block.text] if isinstance(block, Heading | Text) else []
        if isinstance(block, Table):
            texts = [*block.head, *(text for row in block.rows for text in row)]
        for text in texts:
            assert squeezed(text) in page
            for part in text.split():
                assert part in paper or squeezed(text) in paper, text


def test_both_languages_tell_the_same_in_their_own_numbers(made):
    vi, en = (made[language].document for language in LANGUAGES)
    assert [type(block) for block in vi.blocks] == [type(block) for block in en.blocks]
    assert not {block.text for block in vi.blocks if isinstance(block, Heading)} & {
        block.text for block in en.blocks if isinstance(block, Heading)
    }
    assert "5.782" in column(table_with(vi, word("id", "vi")), word("people", "vi"))
    assert "5,782" in column(table_with(en, word("id", "en")), word("people", "en"))
    assert "31/12/2026" in column(table_with(vi, word("due", "vi")), word("due", "vi"))
    assert "2026-12-31" in column(table_with(en, word("due", "en")), word("due", "en"))


def test_untrusted_text_is_shown_as_text():
    case = make_case((*HOSTILE[:2], FORMULA), HOSTILE[:2])
    plan = dataclasses.replace(case.plan, sites=case.plan.sites.assign(owner=HOSTILE[0]))
    made = report.make_report(
        case.coverage, case.gaps, plan, findings=case.findings, title=HOSTILE[2]
    )
    page, paper = Reader(made.html), text_of_pdf(made.pdf)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "iframe", "a", "link", "object"})
    assert all(
        attrs["src"].startswith("data:image/png") for tag, attrs in page.tags if tag == "img"
    )
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    for text in (*HOSTILE, FORMULA):
        assert any(text in shown for shown in page.texts), text
        assert squeezed(text) in squeezed(paper), text


def test_text_that_a_pdf_library_might_take_for_its_own_is_shown_as_it_is():
    text = "{nb} **bold** __x__ \\n (a) \x00\ud800 e\u0302\u0301 [b](http://x.y)"
    document = Document(text, "", "en", "Page", (Text(text), Table((text,), ((text,),), (False,))))
    shown = squeezed(text_of_pdf(pdf_bytes(document)))
    assert shown.count(squeezed("{nb} **bold** __x__ \\n (a)  ế [b](http://x.y)")) == 4


def test_the_page_asks_nothing_of_a_network(made):
    page = made["en"].html
    assert "default-src 'none'" in page
    assert "url(" not in page
    links = [
        value
        for _, attrs in Reader(page).tags
        for name, value in attrs.items()
        if name in ("src", "href", "srcset", "action", "data")
    ]
    assert links
    assert all(value.startswith("data:") for value in links)


@pytest.mark.parametrize("ending", ["html", "pdf"])
def test_the_same_result_gives_the_same_bytes(case, made, tmp_path, ending):
    checks = make_checks(case.gaps)
    again = report.make_report(
        case.coverage, case.gaps, case.plan, findings=case.findings, language="vi", **checks
    )
    one, other = tmp_path / f"one.{ending}", tmp_path / f"other.{ending}"
    assert made["vi"].save(one) == one
    again.save(other)
    assert one.read_bytes() == other.read_bytes()


def test_a_plan_by_year_is_told_by_year(case):
    sites = case.plan.sites.assign(
        year=[2027, 2028], present_value=[1.5e9, 2e9], currency="VND"
    )
    plan = dataclasses.replace(case.plan, sites=sites, costs=sites[["rank", "present_value"]])
    document = report.make_report(case.coverage, case.gaps, plan, language="vi").document
    by_year, _ = [table for table in tables_of(document) if word("year", "vi") in table.head]
    assert by_year.rows == (
        ("2027", "1", "1.500", "1.500.000.000"),
        ("2028", "1", "734", "2.000.000.000"),
    )
    texts = [block.text for block in document.blocks if isinstance(block, Text)]
    assert "Tổng chi phí: 3.500.000.000 VND." in texts


def test_sources_and_licences_are_told(case):
    source = report.InputSource(
        "terrain", "dem.tif", "ab12" * 16, "SRTM", "https://example.org", "CC-BY-4.0"
    )
    made = report.make_report(
        case.coverage, case.gaps, sources=[source], licence=report.Licence("ODbL-1.0")
    )
    table = table_with(made.document, word("report_source_licence", "en"))
    assert table.rows == (
        ("terrain", "dem.tif", "SRTM", "CC-BY-4.0", "https://example.org", "ab12" * 3),
    )
    assert "ODbL-1.0" in made.document.blocks[-1].text
    bare = table_with(report.make_report(case.coverage, case.gaps).document, "Licence")
    assert [row[:3] for row in bare.rows] == [("terrain", "dem.tif", "not given")]


def test_without_villages_the_first_dead_spots_are_told(case):
    gaps = dataclasses.replace(case.gaps, villages=case.gaps.villages.iloc[:0])
    document = report.make_report(case.coverage, gaps).document
    headings = [block.text for block in document.blocks if isinstance(block, Heading)]
    assert "First dead spots to go to, 4G" in headings
    assert not [text for text in headings if "illages" in text]
    nothing = dataclasses.replace(gaps, dead_spots=gaps.dead_spots.iloc[:0])
    texts = report.make_report(case.coverage, nothing).document.blocks
    assert Text("There is no dead spot of 4G.") in texts


def test_the_picture_shows_states_where_they_are(case):
    png = state_png(case.gaps, "4G", None, "en", spots=0)
    image = Image.open(io.BytesIO(png)).convert("RGB")
    pixels = np.asarray(image).astype(int)
    good = np.abs(pixels - (0x21, 0x66, 0xAC)).max(axis=-1) < 12
    rows, columns = np.nonzero(good[: int(image.width * 5 / 6)])  # above the legend
    middle = columns.mean() / image.width, rows.mean() / (image.width * 5 / 6)
    assert middle == pytest.approx((31.5 / 60, 21.5 / 50), abs=0.01)
    assert len(png) < 500_000
    numbered = state_png(case.gaps, "4G", case.plan, "en", spots=1)
    assert numbered != png


def test_what_cannot_be_reported_is_said(case, made, tmp_path):
    with pytest.raises(InputError, match="xx"):
        report.make_report(case.coverage, case.gaps, language="xx")
    with pytest.raises(InputError, match="6G"):
        report.make_report(case.coverage, case.gaps, technology="6G")
    with pytest.raises(InputError, match="another coverage"):
        report.make_report(make_case().coverage, case.gaps)
    with pytest.raises(InputError, match=r"\.html or \.pdf"):
        made["en"].save(tmp_path / "report.docx")
    assert not list(tmp_path.iterdir())


def test_report_is_a_package_that_can_be_called(case):
    assert ps.report is report
    assert callable(report.write_excel)
    assert isinstance(ps.report(case.coverage, case.gaps), ps.Report)


def test_a_notebook_shows_the_page_in_a_frame_of_its_own(made):
    shown = Reader(made["en"]._repr_html_())
    ((tag, attrs),) = shown.tags
    assert tag == "iframe"
    assert attrs["srcdoc"] == made["en"].html
    assert "sandbox" in attrs


def test_pictures_say_what_they_show(made):
    pictures = [b for b in made["vi"].document.blocks if isinstance(b, Picture)]
    assert pictures
    assert all(picture.description in made["vi"].html for picture in pictures)


TEXTS = st.text(alphabet="ab ", max_size=60)


@given(
    st.integers(1, 8).flatmap(
        lambda n: st.tuples(
            st.tuples(*[TEXTS] * n),
            st.lists(st.tuples(*[TEXTS] * n), max_size=4),
            st.tuples(*[st.booleans()] * n),
        )
    )
)
def test_columns_fit_the_page_and_break_no_word_that_fits(drawn):
    head, rows, are_numbers = drawn
    widths = table_widths(Table(head, tuple(rows), are_numbers), len, 120.0, 2.0)
    assert len(widths) == len(head)
    assert sum(widths) <= 120.0 + 1e-6
    columns = [[row[place] for row in (head, *rows)] for place in range(len(head))]
    longest = [
        max(len(word) for text in texts for word in ["", *text.split()]) for texts in columns
    ]
    if sum(widths) < 119.0:  # there was room enough
        for width, letters in zip(widths, longest, strict=True):
            assert width >= min(30, letters) + 2.0 - 1e-6


@pytest.mark.browser
def test_a_browser_opens_the_page_without_a_request_an_error_or_a_script(tmp_path):
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    case = make_case(HOSTILE, HOSTILE[:2])
    path = report.make_report(case.coverage, case.gaps, case.plan).save(tmp_path / "report.html")
    went_wrong, requests = [], []
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": 420, "height": 800})
        for event in ("pageerror", "dialog", "console"):
            page.on(event, lambda *told: went_wrong.append(told))
        page.on("request", lambda request: requests.append(request.url[:80]))
        page.goto(path.as_uri())
        shown = page.inner_text("body")
        wide = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert went_wrong == []
    assert all(url.startswith(("file:", "data:")) for url in requests), requests
    assert HOSTILE[0] in shown
    assert wide <= 420  # a telephone scrolls the tables, not the page
