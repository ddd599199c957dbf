"""The strategy visualizer's table: sums and products of it are what the library says of mixes."""

import json
from itertools import product

import pytest

from tokenworks.cost.layouts import layout_name
from tokenworks.widgets.mixes import (
    FORMATS,
    GRID,
    mixes_of,
    shown_at,
)
from tokenworks.widgets.strategies import ROWS, strategies, tabulated

OPENED = {"model": "llama-3-70b", "devices": 8, "tensor": 8, "pipeline": 1, "expert": 1} | {
    "batch": 64,
    "context_tokens": 4096,
}
STATES = [
    OPENED | dict(zip(("model", "devices", "batch", "context_tokens"), each, strict=True))
    for each in product(FORMATS, GRID["devices"], (1, 64, 512), (1024, 32768))
]


def from_table(state, layout):
    """Return weights, cache, sent, floor and expected as the browser makes them of the table."""
    table = tabulated()["models"][state["model"]]
    rows = state["batch"] // (layout.data * layout.expert * layout.pipeline)
    r, c = ROWS.index(rows), GRID["context_tokens"].index(state["context_tokens"])
    tensor, both = str(layout.tensor), f"{layout.tensor} {layout.expert}"
    steps, (trips, trip, tripping) = table["steps"][both], table["trips"][both]
    handed, hand_overs = (rows * n for n in table["handed"][f"{tensor} {layout.pipeline}"])
    summed, sums = (rows * n for n in table["summed"][tensor])
    floor = max(
        steps["reading"][c][r],
        rows * steps["multiplying"][c],
        sums + hand_overs + rows * tripping,
    )
    expected = None
    if "kernels" in steps:
        parts = (steps["kernels"][c][r], steps["messages"][r], steps["others"][r])
        expected = sum(parts) + hand_overs
    return {
        "weights": table["weights"][both] / layout.pipeline,
        "cache": rows * table["kv"][tensor][c],
        "sent": summed + handed + rows * trips * trip,
        "floor": floor,
        "expected": expected,
    }


@pytest.mark.parametrize("model", FORMATS)
def test_the_table_gives_what_the_library_says_of_every_mix(model):
    seen = 0
    for state in (one for one in STATES if one["model"] == model):
        for one, layout in mixes_of(state):
            got, want = from_table(one, layout), shown_at(one)
            fits = want["left"] >= 0
            for name in ("weights", "cache", "sent", *(("floor",) if fits else ())):
                assert got[name] == pytest.approx(want[name], rel=1e-6), (name, one)
            if fits and want["expected"]:
                assert got["expected"] == pytest.approx(want["expected"], rel=1e-6), one
            assert (want["expected"] is None) == (not fits or got["expected"] is None)
            seen += 1
    assert seen > 50


def test_the_table_without_javascript_has_every_mix_of_the_devices():
    html = strategies().fallback()
    assert html.count("<tr>") == 1 + len(mixes_of(OPENED))
    assert '<th scope="row">TP8</th><td>17.64 GB</td><td>10.74 GB</td><td>8.392 ms</td>' in html
    assert "does not fit" in html
    assert layout_name(mixes_of(OPENED)[0][1]) == "DP8"


def test_the_error_is_that_of_the_models_class_and_says_where_nobody_measured_this_chip():
    said = {name: table["error"] for name, table in tabulated()["models"].items()}
    assert said["llama-3-8b"] == said["llama-3-70b"] != said["mixtral-8x7b"]
    without = [name for name, text in said.items() if "none of them had H100 SXM" in text]
    assert without == ["deepseek-v3"]


def test_what_is_not_on_the_grid_is_refused_and_the_page_stays_light():
    with pytest.raises(ValueError, match="devices = 6 is not recorded"):
        strategies(devices=6)
    with pytest.raises(TypeError, match="unknown controls"):
        strategies(data=2)
    with pytest.raises(KeyError, match="llama"):
        strategies("llama-70b")
    assert len(json.dumps(tabulated(), separators=(",", ":"))) < 80_000
    assert repr(strategies()).startswith("Strategies(model='llama-3-70b', devices=8, tensor=8")
