"""SIM-09: what is tabulated is what cost/attention.py counts, and what does not fit says so."""

from random import Random

import pytest

from tokenworks import specs
from tokenworks.cost.attention import flash_traffic, naive_traffic
from tokenworks.cost.attention_call import Tiles
from tokenworks.cost.tiles import tile_sram_bytes
from tokenworks.widgets.tiling import (
    GRID,
    PARTS,
    call_at,
    parts_of,
    registers_of,
    shown_at,
    sram_of,
    steps_of,
    tabulated,
    tiling,
    unfit,
)

STATE = {"tokens": 4096, "q_tile": 128, "kv_tile": 128, "d_head": 128, "chip": "h100-sxm"}


def test_one_head_by_hand():
    found = shown_at(**STATE, causal=False)
    rows = 4096 * 128 * 2
    assert found["matrix"] == 4096**2 * 2
    assert found["naive"] == 4 * rows + 4 * found["matrix"]
    assert found["flash"] == 2 * rows + 2 * rows * 4096 // 128
    assert found["times"] == found["naive"] / found["flash"]
    assert found["steps"] == 32**2
    assert found["sram"] == 3 * 128 * 128 * 2
    assert found["registers"] == 128 * (128 + 128 + 2) * 4
    assert found["naive_seconds"] == found["naive"] / specs.chip("h100-sxm").hbm_bytes_per_s
    assert shown_at(**STATE, causal=True)["steps"] == 32 * 33 // 2


def test_the_table_is_the_functions():
    table, random = tabulated(), Random(9)
    for _ in range(100):
        state = {name: random.choice(values) for name, values in GRID.items()}
        n, q, kv, d, chip, causal = (GRID[name].index(state[name]) for name in state)
        call, tiles = call_at(**state), Tiles(state["q_tile"], state["kv_tile"])
        flash = flash_traffic(call, tiles)
        assert table["flash"][n][d][causal][q][kv][0] == flash.bytes
        assert table["flash"][n][d][causal][q][kv][1] == pytest.approx(flash.intensity, rel=1e-5)
        assert table["naive"][n][d][0] == naive_traffic(call).bytes
        assert table["steps"][n][causal][q][kv] == steps_of(call, tiles)
        assert table["parts"][chip][d][q][kv] == parts_of(call, tiles, state["chip"])
        size, layout = sram_of(state["chip"])
        need = tile_sram_bytes(call, tiles, layout=layout)
        assert sum(table["parts"][chip][d][q][kv]) == need
        registers = table["registers"][chip][d][q][kv]
        assert registers == registers_of(call, tiles, state["chip"])
        fits = need <= size and registers <= layout.register_bytes
        assert (table["unfit"][chip][d][q][kv] == "") == fits
    assert len(PARTS) == 8


def test_what_does_not_fit_names_the_largest_that_does():
    call = call_at(tokens=4096, d_head=128, causal=True)
    assert unfit(call, Tiles(128, 128), "a100-80gb") == ""
    assert unfit(call, Tiles(1024, 256), "tpu-v5e") == ""
    for chip, tiles in {"a100-80gb": Tiles(1024, 256), "h100-sxm": Tiles(256, 128)}.items():
        named = unfit(call, tiles, chip).removeprefix("the largest that fits is ")
        q, kv = map(int, named.split(" × "))
        assert unfit(call, Tiles(q, kv), chip) == ""
        assert unfit(call, Tiles(q + 1, kv), chip) != ""


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="tokens = 1000 is not recorded; choose from 512, 1024"):
        tiling(1000)
    with pytest.raises(TypeError, match=r"unknown controls \['heads'\]; known: q_tile, kv_tile"):
        tiling(heads=8)


def test_text_forms():
    widget = tiling()
    assert repr(widget) == (
        "Tiling(tokens=4096, chip='h100-sxm', q_tile=128, kv_tile=128, d_head=128, causal=True)"
    )
    assert "4,096 tokens, causal, H100 SXM: naive attention moves 138.4 MB" in widget.fallback()
    assert widget.fallback().count("<tr>") == 7
    assert "no: the largest that fits is" in widget.fallback()
    assert len(widget.static_html()) < 100_000
