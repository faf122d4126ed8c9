"""The sentences of findings: each that the sources hold is in the table of phrases."""

import ast
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import phusong
from phusong.geodata.stations_columns import columns
from phusong.radio.antennas.panel_pattern import panel_pattern
from phusong.radio.places import places
from phusong.radio.service import ServiceProfile
from phusong.report.phrases import phrase, phrases

ROOT = Path(phusong.__file__).parent
SAID = {"reason", "mend", "note", "remark", "_MEND", "_METRES"}
HOLE = re.compile(r"\{\w*\}")
FOLDERS = ("geodata", "prediction", "planning", "radio/antennas")


def template(node):
    """The text of a string, with {} for each value; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (
            p.value if isinstance(p, ast.Constant) else "{}" for p in ast.iter_child_nodes(node)
        )
        return "".join(map(str, parts))
    return None


def told_in(node):
    """Expressions that a node makes a reason or a mend of."""
    if isinstance(node, ast.keyword) and node.arg in SAID:
        yield node.value
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(getattr(target, "id", "") in SAID for target in targets) and node.value:
            yield node.value
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "notes.add" and node.args:
        yield node.args[0]


def sentences():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
                for told in told_in(node):
                    choices = [told.body, told.orelse] if isinstance(told, ast.IfExp) else [told]
                    texts = [text for text in map(template, choices) if text]
                    yield from ((path.name, text) for text in texts if says_something(text))


def says_something(text):
    """Whether a template is more than glue between sentences, such as "{}, with {}"."""
    return sum(map(str.isalpha, text.replace("{}", ""))) > 5


def test_every_sentence_of_the_sources_has_its_translation():
    found = list(sentences())
    assert len(found) > 150
    lacking = [(file, text) for file, text in found if phrase(filled(text), "vi") == filled(text)]
    assert not lacking, f"give each a row of report/tables/phrases.csv: {lacking}"


def test_every_mend_and_description_of_a_station_column_has_its_translation():
    texts = [text for each in columns().values() for text in (each.mend, each.description)]
    assert not [text for text in texts if text and phrase(text, "vi") == text]


@pytest.mark.parametrize("name", ServiceProfile.names())
def test_every_profile_of_ours_tells_its_title_and_source_in_vietnamese(name):
    profile = ServiceProfile.named(name)
    texts = (profile.title, profile.source, profile.place)
    assert not [text for text in texts if phrase(text, "vi") == text]


def test_every_place_of_a_handset_and_every_built_in_antenna_has_its_translation():
    texts = [*places(), panel_pattern("panel 6x2 ssb 4").source]
    assert not [text for text in texts if phrase(text, "vi") == text]


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [
        ("0.12%", "0,12 %"),
        ("1,234.5", "1.234,5"),
        ("4.5 km", "4.5 km"),
        ("-60", "-60"),
        ("1.5e-07", "1,5e-07"),
        ("nan", "nan"),
        ("B41", "B41"),
        ("4,5 or 6", "4,5 or 6"),
    ],
)
def test_numbers_are_written_as_vietnamese_does_and_nothing_else_is_touched(english, vietnamese):
    assert phrase(f"read as {english}", "vi") == f"đọc là {vietnamese}"


def test_lists_within_sentences_are_translated():
    assert phrase("1,300 of kinds that are not counted: 9 'bank', 7 'atm' and 6 more", "vi") == (
        "1.300 thuộc các loại không tính: 9 'bank', 7 'atm' và 6 mục khác"
    )
    assert phrase("3 clinics; 1,004 schools in the communes", "vi") == (
        "3 cơ sở y tế; 1.004 trường học trong các xã"
    )
    assert phrase("commonest classes: tree cover (50.5%); water (9.0%)", "vi") == (
        "các lớp phổ biến nhất: rừng và cây thân gỗ (50,5 %); mặt nước (9,0 %)"
    )


def filled(text):
    return text.replace("{}", "7")


@pytest.mark.parametrize("row", phrases(), ids=lambda row: row["en"][:40])
def test_a_translation_keeps_the_values(row):
    """Each value stands in the translation, whichever other phrase its sentence may look like."""
    holes = HOLE.findall(row["en"])
    values = [
        (f"1,{n}21.75", f"1.{n}21,75") if h == "{number}" else (f"x{n}x",) * 2
        for n, h in enumerate(holes)
    ]
    given = iter([english for english, _ in values])
    told = phrase(HOLE.sub(lambda _: next(given), row["en"]), "vi")
    assert all(told.count(translated) == 1 for _, translated in values)


def test_the_table_of_phrases_is_whole():
    table = pd.DataFrame(phrases())
    assert not table["en"].duplicated().any()
    assert (table != "").all(axis=None)
    holes = [table[language].str.findall(r"\{.*?\}") for language in ("en", "vi")]
    assert set(holes[0].explode().dropna()) == {"{}", "{number}", "{said}"}
    assert (holes[0] == holes[1]).all()


def test_sentences_within_sentences_are_translated():
    assert phrase("Xã Đồng Tĩnh: has no pixel: its people are lost", "vi") == (
        "Xã Đồng Tĩnh: không có điểm ảnh: mất số dân này"
    )
    assert phrase("apostrophe dropped; decimal comma read as a decimal point", "vi") == (
        "đã bỏ dấu nháy; dấu phẩy thập phân được đọc là dấu chấm"
    )
    assert phrase("no value", "en") == "no value"


@given(st.text(max_size=60))
def test_a_value_comes_through_whatever_it_is(text):
    """Also braces, line ends, and names that are phrases themselves."""
    assert phrase(f"village {text} is no point", "vi") == f"thôn {text} không phải là điểm"


def test_a_name_that_is_a_phrase_stays_a_name():
    assert phrase("village people is no point", "vi") == "thôn people không phải là điểm"
