"""The cheat sheet: every number in it is computed, every formula has the unit of its result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from book._ext import cheat_sheet
from book._ext.cheat_sheet.formula_row import held
from book._ext.cheat_sheet.formulas import formulas
from book._ext.cheat_sheet.gains import PoolRun
from book._ext.cheat_sheet.technique import hold_techniques
from book._ext.cheat_sheet.techniques import techniques
from book._ext.cheat_sheet.units_of import unit, unit_of
from tokenworks import chip, model_spec, worked
from tokenworks.cost import (
    Deployment,
    decode_seconds,
    kv_bytes,
    tokens_per_pass,
    weight_bytes,
)
from tokenworks.units import quantities
from tools.contents import chapters
from tools.repository import ROOT

# What a lecture's own cheat sheet lists; ours has more.
NAMED = {
    *("Continuous batching", "FlashAttention", "PagedAttention", "Speculative decoding"),
    *("Quantization", "Tensor parallelism", "Pipeline parallelism", "Data parallelism"),
    *("Expert parallelism", "Prefix caching", "Disaggregation", "KV offloading"),
}
BY_NAME = {row.name: row for row in formulas()}


def test_every_technique_that_a_lecture_lists_is_there_and_whole():
    assert {one.name for one in techniques()} > NAMED
    for one in techniques():
        for text in (one.fixes, one.costs, one.when, one.case):
            assert text.endswith("."), one.name
            assert text[0].isupper() or text[0].isdigit(), one.name
            assert len(text) < 190, f"{one.name}: too long for a sheet"
        assert one.numbers, f"{one.name}: by how much?"
        for kind in one.kind.split(", "):
            assert kind in {"measured", "simulated", "expected", "floor", "floors", "computed"}


@pytest.mark.parametrize("one", techniques(), ids=lambda one: one.name)
def test_a_technique_leads_to_the_section_that_measures_it(one: Any):
    name, _, place = one.chapter.partition("#")
    assert place in chapters()[name].anchors(), "name a heading of the chapter"


@pytest.mark.parametrize("row", formulas(), ids=lambda row: row.name)
def test_a_formula_leads_to_its_section_and_is_in_the_unit_of_its_result(row: Any):
    name, _, place = row.chapter.partition("#")
    assert place in chapters()[name].anchors(), "name a heading of the chapter"
    assert held(row) is row
    assert row.number.data()[0]["literal"] == row.literal
    assert set(row.units) == set(row.inputs), "each input has a unit, and no other"


def test_a_formula_with_the_wrong_unit_is_refused():
    row = BY_NAME["Floor of a step"]
    with pytest.raises(ValueError, match="Floor of a step is in"):
        held(replace(row, units=row.units | {"hbm_bytes_per_s": "byte"}))
    with pytest.raises(ValueError, match="adds"):
        held(replace(row, units=row.units | {"cache_bytes": "s"}))
    with pytest.raises(ValueError, match="batch has no unit"):
        held(replace(row, units={k: v for k, v in row.units.items() if k != "batch"}))


def test_units_follow_products_quotients_and_powers():
    units = {"a": "byte/s", "b": "s", "c": "byte"}
    assert unit_of("a * b", units, {}) == unit("byte")
    assert unit_of("c / (a * b)", units, {}) == {}
    assert unit_of("2 * b", units, {2: "FLOP/s"}) == unit("FLOP")
    assert unit_of("2 ** 3 * c", units, {}) == unit("byte")
    for wrong, told in {"c ** 2": "raises", "a + b": "adds", "min(a, b)": "no unit"}.items():
        with pytest.raises(ValueError, match=told):
            unit_of(wrong, units, {})


def test_formulas_agree_with_the_librarys_functions():
    seventy, h100 = model_spec("llama-3-70b"), chip("h100-sxm")
    pair = Deployment(seventy, h100, 2)
    right = {
        "Weights": weight_bytes(seventy, 2),
        "KV cache": kv_bytes(seventy, 4096, bytes_per_value=2),
        "Floor of a step": decode_seconds(pair, 4096),
        "Tokens a second": 1 / decode_seconds(pair, 4096),
        "Tokens a pass": tokens_per_pass(0.8, 5),
        "Ridge": h100.peak() / h100.hbm_bytes_per_s,
    }
    for name, value in right.items():
        assert BY_NAME[name].number.value == pytest.approx(value, rel=1e-6), name


def test_five_formulas_of_a_lecture_are_wrong_by_the_factor_that_is_said():
    off = {row.name: row.misprint.off for row in formulas() if row.misprint}
    assert off == {
        "Weights": "2×",
        "Floor of a step": "2.0×",
        "Tokens a second": "0.5×",
        "Arithmetic intensity": "2×",
        "Tokens a pass": "0.29×",
    }


def test_a_number_that_nothing_computes_stops_the_build():
    one = techniques()[0]
    with pytest.raises(ValueError, match=r"Batching: nothing computes 27\.7×"):
        hold_techniques([replace(one, numbers=())])
    more = (*one.numbers, worked("3 GB", "2 * half", half=1.5e9))
    with pytest.raises(ValueError, match="Batching: its text does not say 3 GB"):
        hold_techniques([replace(one, numbers=more)])
    with pytest.raises(ValueError, match="nothing computes 5 ms"):
        hold_techniques([replace(one, costs="5 ms.")])


def test_what_is_read_from_a_record_names_what_wrote_it():
    assert (ROOT / PoolRun("", 0.0, 0.0).source).is_file()


def test_the_page_shows_every_row_and_opens_every_number(site: Path):
    html = (site / "book/cheat-sheet.html").read_text(encoding="utf-8")
    page = BeautifulSoup(html, "html.parser")
    rows = {kind: page.select(f".{kind} tbody tr") for kind in ("techniques", "key-formulas")}
    assert [len(each) for each in rows.values()] == [len(techniques()), len(formulas())]
    for row, one in zip(rows["techniques"], techniques(), strict=True):
        doors = [door.get_text().replace("\N{NO-BREAK SPACE}", " ") for door in row.select(".door")]
        assert doors == [each.literal for each in quantities(one.gain)], one.name
        assert row.select_one("a")["href"].endswith(one.chapter.partition("#")[2])
    for row, one in zip(rows["key-formulas"], formulas(), strict=True):
        wanted = [one.literal, *([one.misprint.off] if one.misprint else [])]
        doors = [door.get_text().replace("\N{NO-BREAK SPACE}", " ") for door in row.select(".door")]
        assert doors == wanted, one.name
        assert row.select_one("math")


def test_a_cell_is_one_line_of_markdown():
    def unmarked(numbers: Any, code: str) -> str:
        del numbers, code
        return ""

    for cells in (
        *(cheat_sheet.technique_cells(one, unmarked) for one in techniques()),
        *(cheat_sheet.formula_cells(row, unmarked) for row in formulas()),
    ):
        assert not any("\n" in cell or "|" in cell for cell in cells)
    assert cheat_sheet.formula_cells(BY_NAME["Ridge"], unmarked)[3] == cheat_sheet.NOTHING
