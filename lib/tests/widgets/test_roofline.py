"""The explorer's tables against the cost library."""

import json

import pytest

from tokenworks.cost.operations import CHOICES, PRECISIONS
from tokenworks.cost.product_times import timed_products
from tokenworks.data.silicon import LICENCE
from tokenworks.widgets.roofline import GRID, explored, roofline_explorer, tabulated

STATE = {"operation": "decode-70b", "chip": "h100-sxm", "precision": "bf16"}
STATE |= {"batch": 32, "context_tokens": 4096, "matrix": "7168x8192", "tokens": 256}


def looked_up(state):
    """Follow the tables as the browser does."""
    data = tabulated()
    operation = data["operations"][state["operation"]]
    chip = data["chips"][state["chip"]]["precisions"][state["precision"]]
    single = state["operation"] == "matmul"
    names = ("matrix", "tokens") if single else ("context_tokens", "batch")
    line, place = (GRID[name].index(state[name]) for name in names)
    sizes = operation["bytes"][state["precision"]]
    if isinstance(sizes, str):
        sizes = operation["bytes"][sizes]
    flops, moved = operation["flops"][line][place], sizes[line][place]
    reading = place < chip["turns"][state["operation"]][line]
    seconds = moved / chip["bytes_per_s"] if reading else flops / chip["flops_per_s"]
    found = {"flops": flops, "bytes": moved, "seconds": seconds, "ridge": chip["ridge"]}
    took = chip["measured"][line][place] if single and "measured" in chip else None
    return found | ({"measured": took, "of_floor": seconds / took} if took else {})


def check(state):
    want, found = explored(**state), looked_up(state)
    assert ("measured" in want) == ("measured" in found)
    for name, value in found.items():
        assert value == pytest.approx(want[name], rel=2e-7), (name, state)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("operation", CHOICES)
def test_tables_hold_what_the_library_says(operation, precision):
    for chip in GRID["chip"]:
        state = STATE | {"operation": operation, "chip": chip, "precision": precision}
        if isinstance(tabulated()["chips"][chip]["precisions"][precision], str):
            with pytest.raises(ValueError, match="rate is known"):
                explored(**state)
            continue
        if operation == "matmul":
            for matrix in GRID["matrix"]:
                for tokens in GRID["tokens"][::2]:
                    check(state | {"matrix": matrix, "tokens": tokens})
            continue
        for batch in GRID["batch"]:
            for context in GRID["context_tokens"][::2]:
                check(state | {"batch": batch, "context_tokens": context})


def test_all_timed_products_of_three_chips_are_there():
    chips = tabulated()["chips"]
    found = {
        (chip, precision): sum(took is not None for row in table["measured"] for took in row)
        for chip, one in chips.items()
        for precision, table in one["precisions"].items()
        if "measured" in table
    }
    assert found == {
        (chip, precision): len(timed_products(chip, precision)) for chip, precision in found
    }
    timed = {"a100-80gb": {"bf16", "int4"}, "h100-sxm": {"bf16", "fp8"}}
    timed["b200"] = {"bf16", "fp8", "fp4"}
    assert {chip: {p for c, p in found if c == chip} for chip, _ in found} == timed
    assert sum(found.values()) > 2000


def test_the_chapters_matrix_beside_its_floor():
    found = explored(**STATE | {"operation": "matmul"})
    assert found["measured"] == pytest.approx(46.71e-6)
    assert found["of_floor"] == pytest.approx(0.80, abs=0.005)
    assert "measured" not in explored(**STATE)


def test_it_shows_saturation_by_the_cache():
    """A larger batch moves decode towards the intensity of its cache, below the ridge."""
    path = [explored(**STATE | {"batch": batch})["intensity"] for batch in GRID["batch"]]
    assert path == sorted(path)
    assert path[-1] < 110 < explored(**STATE)["ridge"]


def test_the_data_is_compact():
    assert len(json.dumps(tabulated(), separators=(",", ":"))) < 100_000


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="choose from decode-8b"):
        roofline_explorer("decode-7b")
    with pytest.raises(ValueError, match="no fp8 rate is known for A100"):
        roofline_explorer(chip="a100-80gb", precision="fp8")
    with pytest.raises(ValueError, match="batch = 3 is not recorded"):
        roofline_explorer(batch=3)
    with pytest.raises(ValueError, match="tokens = 3 is not recorded; choose from 1, 2, 4"):
        roofline_explorer("matmul", tokens=3)
    with pytest.raises(TypeError, match=r"\['rows'\]; known: precision, batch"):
        roofline_explorer(rows=3)


def test_text_forms():
    widget = roofline_explorer()
    assert repr(widget).startswith("Roofline(operation='decode-70b', chip='h100-sxm', ")
    table = widget.fallback()
    for text in ("ridge 295.3 FLOP/B", "One weight matrix, 7,168 × 8,192", "memory-bound"):
        assert text in table
    assert "54.32 ms" in table


def test_the_text_form_of_a_matrix_has_all_its_timed_rows():
    table = roofline_explorer("matmul", matrix="8192x8192").fallback()
    assert LICENCE in table
    assert "8,192 × 8,192: attention output, 70B" in table
    assert table.count('scope="row"') == len(GRID["tokens"])
    assert "<td>40.07 µs</td><td>51.64 µs</td><td>77.6 %</td>" in table
    assert "not timed" in roofline_explorer("matmul", "tpu-v5e").fallback()
