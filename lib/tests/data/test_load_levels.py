"""Published load levels against Little's law and against the floors of their chips."""

from dataclasses import replace

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.data.load_levels import load_levels
from tokenworks.specs import chip, model_spec

RUN = "nim-llama-3.3-70b-fp8-2-h100"
PROMPT, ANSWER = 5000, 500


def test_concurrency_is_rate_times_latency_as_littles_law_says():
    for level in load_levels(RUN):
        latency = level.ttft_seconds + (ANSWER - 1) * level.tpot_seconds
        inside = level.tokens_per_s / ANSWER * latency
        assert inside == pytest.approx(level.concurrency, rel=0.006), level.name


def test_no_level_beats_its_chips():
    model = replace(model_spec("llama-3-70b"), context_tokens=131072)
    formats = dict.fromkeys(("weights", "kv", "arithmetic"), "fp8")
    on = Deployment(model, chip("h100-sxm"), 2, **formats)
    for level in load_levels(RUN):
        assert level.ttft_seconds > prefill_seconds(on, PROMPT)
        decoding = round(level.tokens_per_s * level.tpot_seconds)
        assert level.tpot_seconds > decode_seconds(on, PROMPT, batch=decoding)


def test_levels_grow_and_an_unknown_run_is_refused():
    levels = [level.concurrency for level in load_levels(RUN)]
    assert levels == sorted(set(levels))
    with pytest.raises(KeyError, match="no published run"):
        load_levels("mine")
