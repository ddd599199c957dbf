"""The tiling puzzles: the optimum is the library's, and each level has something to find."""

import pytest

from tokenworks.cost.attention import ORDERS
from tokenworks.cost.attention_call import Tiles
from tokenworks.cost.tiles import best_tiles
from tokenworks.widgets.tile_puzzle import (
    LEVELS,
    attempt,
    describe,
    optimum,
    sizes_of,
    tabulated,
    tile_puzzle,
)


@pytest.mark.parametrize("name", LEVELS)
def test_no_choice_beats_the_optimum_and_one_reaches_it(name):
    level, table = LEVELS[name], tabulated()["puzzles"][name]
    least, order, tiles = optimum(level)
    fitting = [
        (table["bytes"][order][i][j], order, q, kv)
        for order in ORDERS
        for i, q in enumerate(table["queries"])
        for j, kv in enumerate(table["keys"])
        if table["sram"][i][j] <= table["limit"]
    ]
    assert min(fitting)[0] == least == table["best"]["bytes"]
    assert (least, order, tiles.q, tiles.kv) in fitting
    assert {one[0] for one in fitting} > {least}
    assert least < table["naive"]
    one = Tiles(table["queries"][0], table["keys"][1])
    assert attempt(level, "fa1", one)["bytes"] == table["bytes"]["fa1"][0][1]


@pytest.mark.parametrize("name", LEVELS)
def test_the_last_sizes_are_too_large_for_any_partner(name):
    queries, keys = sizes_of(LEVELS[name])
    table = tabulated()["puzzles"][name]
    assert table["sram"][-1][0] > table["limit"] or queries[-1] > LEVELS[name].call.queries
    assert table["sram"][0][-1] > table["limit"] or keys[-1] > LEVELS[name].call.keys


def test_few_keys_are_kept_and_long_prompts_keep_queries():
    best = {name: tabulated()["puzzles"][name]["best"] for name in LEVELS}
    assert best["few-keys"]["order"] == "fa1"
    assert {best[name]["order"] for name in LEVELS if name != "few-keys"} == {"fa2"}
    level = LEVELS["long-prompt"]
    tiles = best_tiles(level.call, level.sram_bytes, multiple=32)
    assert (best["long-prompt"]["q"], best["long-prompt"]["kv"]) == (tiles.q, tiles.kv)


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="choose from long-prompt, causal, few-keys, two-buffers"):
        tile_puzzle("chess")


def test_text_forms():
    widget = tile_puzzle()
    assert repr(widget) == "TilePuzzle(puzzle='long-prompt')"
    assert widget.fallback().count("<tr>") == 5
    assert describe(LEVELS["causal"]).startswith("768 causal queries, 768 keys, head dimension 64")
    assert len(widget.static_html()) < 16_000
