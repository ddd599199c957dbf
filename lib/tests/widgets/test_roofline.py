"""The explorer's tables against the cost library."""

import json

import pytest

from tokenworks.cost.operations import CHOICES, PRECISIONS
from tokenworks.widgets.roofline import GRID, explored, roofline_explorer, tabulated

STATE = {"operation": "decode-70b", "chip": "h100-sxm", "precision": "bf16"}
STATE |= {"batch": 32, "context_tokens": 4096}


def looked_up(state):
    """Follow the tables as the browser does."""
    data = tabulated()
    operation = data["operations"][state["operation"]]
    precisions = data["chips"][state["chip"]]["precisions"]
    sizes, seconds = operation["bytes"][state["precision"]], precisions[state["precision"]]
    if isinstance(sizes, str):
        sizes = operation["bytes"][sizes]
    times = seconds["seconds"]
    if isinstance(times, str):
        times = precisions[times]["seconds"]
    row, column = (GRID[key].index(state[key]) for key in ("batch", "context_tokens"))
    column = min(column, len(sizes[0]) - 1)
    return {
        "flops": operation["flops"][row][column],
        "bytes": sizes[row][column],
        "seconds": times[state["operation"]][row][column],
        "ridge": seconds["ridge"],
    }


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("operation", CHOICES)
def test_tables_hold_what_the_library_says(operation, precision):
    for chip in GRID["chip"]:
        if isinstance(tabulated()["chips"][chip]["precisions"][precision], str):
            with pytest.raises(ValueError, match="rate is known"):
                explored(**STATE | {"chip": chip, "precision": precision})
            continue
        for batch, context in ((1, 512), (128, 8192), (1024, 131_072)):
            state = {"operation": operation, "chip": chip, "precision": precision}
            state |= {"batch": batch, "context_tokens": context}
            want = explored(**state)
            for name, value in looked_up(state).items():
                assert value == pytest.approx(want[name], rel=2e-7), (name, state)


def test_it_shows_saturation_by_the_cache():
    """A larger batch moves decode towards the intensity of its cache, below the ridge."""
    path = [explored(**STATE | {"batch": batch})["intensity"] for batch in GRID["batch"]]
    assert path == sorted(path)
    assert path[-1] < 110 < explored(**STATE)["ridge"]


def test_the_data_is_compact():
    assert len(json.dumps(tabulated(), separators=(",", ":"))) < 135_000


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="choose from decode-8b"):
        roofline_explorer("decode-7b")
    with pytest.raises(ValueError, match="no fp8 rate is known for A100"):
        roofline_explorer(chip="a100-80gb", precision="fp8")
    with pytest.raises(ValueError, match="batch = 3 is not recorded"):
        roofline_explorer(batch=3)
    with pytest.raises(TypeError, match=r"\['tokens'\]; known: precision, batch"):
        roofline_explorer(tokens=3)


def test_text_forms():
    widget = roofline_explorer()
    assert repr(widget).startswith("Roofline(operation='decode-70b', chip='h100-sxm', ")
    table = widget.fallback()
    for text in ("ridge 295.3 FLOP/B", "One 8192 × 8192 matrix", "memory-bound", "54.32 ms"):
        assert text in table
