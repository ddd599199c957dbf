"""A prompt's floors: parts that add up, and the limit of what flash attention can gain."""

import pytest

from tokenworks.cost.attention import flash_traffic, naive_traffic
from tokenworks.cost.attention_call import Tiles, call_of
from tokenworks.cost.prompt_attention import prompt_floors
from tokenworks.cost.step_time import prefill_flops
from tokenworks.specs import chip, model_spec

SMALL, A100, TILES = model_spec("llama-3-8b"), chip("a100-80gb"), Tiles(128, 64)


@pytest.mark.parametrize("tokens", [1024, 4096, 131_072])
def test_the_parts_are_the_floors_of_all_layers(tokens):
    found, call = prompt_floors(SMALL, A100, tokens, tiles=TILES), call_of(SMALL, tokens, tokens)
    pairs = SMALL.n_layers * 4 * SMALL.n_heads * SMALL.d_head * tokens * (tokens + 1) / 2
    assert found.rest * A100.peak() + pairs == pytest.approx(prefill_flops(SMALL, tokens))
    for seconds, way in zip(
        found[1:], (naive_traffic(call), flash_traffic(call, TILES)), strict=True
    ):
        floor = max(way.bytes / A100.hbm_bytes_per_s, way.flops / A100.peak())
        assert seconds == pytest.approx(SMALL.n_layers * floor)


def test_long_prompts_gain_more_and_never_more_than_attention_does():
    lengths = (1024, 4096, 16_384, 131_072)
    gains = [prompt_floors(SMALL, A100, n, tiles=TILES) for n in lengths]
    assert [one.gain for one in gains] == sorted(one.gain for one in gains)
    assert all(one.gain < one.naive / one.flash for one in gains)
    assert [round(gains[i].gain, 2) for i in (1, 3)] == [1.27, 3.69]
