"""The sentences of findings: each that the sources hold is in the table of phrases."""

import ast
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import phusong
from phusong.geodata.stations_columns import columns
from phusong.report.phrases import phrase, phrases

ROOT = Path(phusong.__file__).parent
SAID = {"reason", "mend", "note", "remark", "_MEND", "_METRES"}
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


def filled(text):
    return text.replace("{}", "7")


@pytest.mark.parametrize("row", phrases(), ids=lambda row: row["en"][:40])
def test_a_translation_keeps_the_values(row):
    """Each value stands in the translation, whichever other phrase its sentence may look like."""
    sentence = row["en"].replace("{said}", "{}")
    values = [f"x{n}x" for n in range(sentence.count("{}"))]
    told = phrase(sentence.format(*values), "vi")
    assert all(told.count(value) == 1 for value in values)


def test_the_table_of_phrases_is_whole():
    table = pd.DataFrame(phrases())
    assert not table["en"].duplicated().any()
    assert (table != "").all(axis=None)
    holes = [table[language].str.findall(r"\{.*?\}") for language in ("en", "vi")]
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
