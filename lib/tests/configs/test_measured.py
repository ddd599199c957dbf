"""What transformers' own small models kept of 40 tokens, against what their configs say.

`measured.jsonl` holds a line a family: the config that the class writes, its keys of other matters
left out, and the shapes of all tensors in its cache (`benchmarks/transformers_cache.py`).
"""

import json
import math
from pathlib import Path

import pytest

from tokenworks.configs import read_cache
from tokenworks.cost.cache_memory import cache_bytes

LINES = (Path(__file__).parent / "measured.jsonl").read_text(encoding="utf-8").splitlines()
ROWS = {row["family"]: row for row in map(json.loads, LINES)}
GROWS = ("keys", "values", "indexer_keys")
# Their caches hold something else too, or not all.
OTHERWISE = {
    "cpmant": "a prompt of 32 positions stands before the text",
    "deepseek_v4": "tokens that wait to be compressed are buffers of their own",
    "minimax": "its matrices are kept beside the layers of the cache",
}


def held(row):
    """Return the values that grow, those of recurrent states and those of convolutions."""
    grows = recurrent = convolutions = 0
    for layers, layer in row["layers"]:
        for name in GROWS:
            for shape in layer.get(name, []):
                values = math.prod(shape)
                if "Sliding" in layer["kind"] and shape[2] < row["tokens"]:
                    values += values // shape[2]  # between two steps it holds one fewer
                grows += layers * values
        recurrent += layers * sum(map(math.prod, layer.get("recurrent_states", [])))
        for shape in layer.get("conv_states", []):  # as many positions as its kernel, not one fewer
            convolutions += layers * math.prod(shape[:-1]) * (shape[-1] - 1)
    return grows, recurrent, convolutions


@pytest.mark.parametrize("family", sorted(set(ROWS) - set(OTHERWISE)))
def test_a_config_says_what_the_class_itself_keeps(family):
    row = ROWS[family]
    cache = read_cache(row["config"])
    convolutions = [state for state in cache.states if state.what == "convolution"]
    others = [state for state in cache.states if state.what != "convolution"]
    assert held(row) == (
        cache_bytes(cache, row["tokens"], bytes_per_value=1),
        sum(state.layers * state.values for state in others),
        sum(state.layers * state.values for state in convolutions),
    )


def test_many_families_are_held_against_their_class():
    assert len(ROWS) > 90
    assert set(OTHERWISE) < set(ROWS)


def test_minimax_grows_as_its_class():
    row = ROWS["minimax"]
    assert held(row)[0] == cache_bytes(read_cache(row["config"]), 40, bytes_per_value=1)
