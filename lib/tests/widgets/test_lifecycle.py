"""SIM-01 against hand arithmetic and the cost model."""

import pytest

from tokenworks.cost.memory import weight_bytes
from tokenworks.cost.step_time import decode_step_seconds
from tokenworks.specs import chip, model_spec
from tokenworks.widgets.lifecycle import counters_at, lifecycle, visited

STATE = {"model": "llama-3-70b", "chip": "a100-80gb", "prompt_tokens": 7, "output_tokens": 200}


def test_the_loop_comes_back_at_embed_not_at_tokenize():
    assert visited(99, prompt_tokens=7, output_tokens=2) == [
        *((7, stage) for stage in range(6)),
        *((1, stage) for stage in range(1, 6)),
    ]


def test_poem_reads_nearly_28_terabytes():
    total = counters_at(6 + 5 * 199, **STATE)
    assert total["tokens"] == total["passes"] == 200
    assert 27.5e12 < total["weight_bytes"] < 28e12
    spec = model_spec("llama-3-70b")
    whole = decode_step_seconds(weight_bytes(spec, 2), chip("a100-80gb").hbm_bytes_per_s)
    assert 0.98 * 200 * whole < total["floor_seconds"] < 200 * whole


def test_long_prompt_is_limited_by_arithmetic():
    short = counters_at(6, **STATE)["floor_seconds"]
    long = counters_at(6, **{**STATE, "prompt_tokens": 2048})["floor_seconds"]
    assert long > 10 * short


def test_counters_start_at_zero_and_grow():
    seen = [counters_at(cursor, **STATE)["weight_bytes"] for cursor in range(20)]
    assert seen[0] == 0
    assert seen == sorted(seen)


def test_refusals_name_what_is_known():
    with pytest.raises(KeyError, match="llama-3-8b"):
        lifecycle("llama-3-80b")
    with pytest.raises(ValueError, match="choose from smollm2-135m, llama-3-8b"):
        lifecycle("mixtral-8x7b")
    with pytest.raises(ValueError, match="output_tokens = 9 is not recorded"):
        lifecycle(output_tokens=9)


def test_text_forms():
    widget = lifecycle("llama-3-8b")
    assert repr(widget) == "Lifecycle(model='llama-3-8b')"
    assert "Llama-3 8B: 7 prompt tokens in, 200 tokens out, 200 passes" in widget.fallback()


def test_the_text_form_says_how_many_chips_hold_the_model():
    assert "one A100 80GB SXM (holding the model takes 2 of them)" in lifecycle().fallback()
    assert "holding" not in lifecycle("llama-3-8b").fallback()
