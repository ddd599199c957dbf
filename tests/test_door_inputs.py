"""The inputs of the book's numbers: each formula runs again to what is printed; most have any."""

from __future__ import annotations

import html
import json
import math
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from book._ext.door_inputs import changeable
from book._ext.door_notes import note
from book._ext.doors import worked_numbers
from tokenworks import claim, worked
from tokenworks.formula_inputs import Input
from tokenworks.run_again import Refused, run_printed, shown_value, typed_value
from tokenworks.units import quantity, show
from tools.repository import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
LEAST_SHARE = 0.95  # of the numbers that are computed
MOST_BYTES = 40_000  # that a page grows, before compression
ATTRIBUTE = re.compile(r" data-again='([^']*)'")


def computed(path: Any) -> list[dict[str, Any]]:
    book = json.loads(path.read_text(encoding="utf-8"))
    return [number.data for number in worked_numbers(book) if not number.data["fact"]]


def again(data: dict[str, Any], changed: dict[str, str] | None = None) -> Any:
    formulas = [data["formula"], *(part["formula"] for part in data["parts"])]
    inputs = [Input(**one) for one in data["inputs"]]
    return run_printed(formulas, inputs, literal=data["literal"], changed=changed)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_formula_run_again_with_its_own_inputs_prints_the_same(path: Any):
    other = []
    for data in computed(path):
        if not data["inputs"]:
            continue
        found, printed = again(data), data["steps"]
        same = found.result == printed[-1] and printed[:-1] in ([found.substituted], [])
        if not same or list(found.parts) != [part["step"] for part in data["parts"]]:
            other.append((data["literal"], found))
    assert other == []


def by_python(data: dict[str, Any], values: dict[str, float]) -> float:
    """Return what Python gives for a printed formula's text, its inputs written into it."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", data["formula"].rpartition(" = ")[2])
    text = text.replace("×", "*")
    for name in sorted(values, key=len, reverse=True):
        exact = rf"(?<![\w.]){re.escape(name)}(?![\w.(\[])"
        text = re.sub(exact, f"({values[name]!r})", text)
    return eval(text, {**vars(math), "math": math})


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_changed_input_gives_what_python_gives(path: Any):
    other = []
    for data in computed(path):
        for one in data["inputs"]:
            if data["parts"] or one["fixed"]:
                continue
            given = Input(**one)
            text = shown_value(replace(given, value=given.value * 3))
            values = {each["name"]: each["value"] for each in data["inputs"]}
            values[one["name"]] = typed_value(text, given)
            expected = show(by_python(data, values), quantity(data["literal"]).unit)
            if again(data, {one["name"]: text}).result != expected:
                other.append((data["literal"], one["name"], text, expected))
    assert other == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_value_of_a_reader_is_answered_by_an_error(path: Any):
    for data in computed(path):
        for one in data["inputs"]:
            for text in ("0", "1e300", "2 ms", "80 GB", "-5", "many", "1e9", "0.5", "USD 3"):
                with suppress(Refused):
                    again(data, {one["name"]: text})


def test_nearly_every_computed_number_of_the_book_has_inputs():
    numbers = [data for path in CHAPTERS for data in computed(path)]
    having = [data for data in numbers if data["inputs"]]
    assert len(having) >= LEAST_SHARE * len(numbers) > 500


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_page_grows_little(path: Any):
    assert sum(len(changeable(data).encode()) for data in computed(path)) < MOST_BYTES


def test_a_note_holds_what_its_formula_needs_to_run_again():
    (data,) = worked("70 ms", "a_bytes / row['<it\\'s> & b_bytes_per_s']", **FIELDS).data()
    (held,) = ATTRIBUTE.findall(note(data, 0, "#c", runs=True))
    told = json.loads(html.unescape(held))
    assert told["fields"] == [["a bytes", "140 GB"], ["<it's> & b bytes/s", "2 TB/s"]]
    assert [{"fixed": False} | one for one in told["inputs"]] == data["inputs"]
    assert again(data | {"inputs": told["inputs"]}, {"a_bytes": "80 GB"}).result == "40 ms"


FIELDS: dict[str, Any] = {"a_bytes": 140e9, "row": {"<it's> & b_bytes_per_s": 2e12}}


def test_a_fact_a_closed_formula_and_a_page_without_python_have_no_inputs():
    (fact,) = worked("96.3 %", claim("paged-used-vllm")).data()
    (typed,) = worked("4×", "8 / 2").data()
    assert (changeable(fact), changeable(typed)) == ("", "")
    (data,) = worked("4×", "n / 2", n=8).data()
    assert "data-again" not in note(data, 0, "#c")
