"""Longer contexts against the functions of the library, and what the chapter says of them."""

from dataclasses import replace

import pytest

from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.cost.token_rent import middle_tokens
from tokenworks.widgets.calculators.contexts import ANSWER, CALCULATION, CONTEXTS, at, deployment
from tokenworks.widgets.calculators.rented import MODELS

START = CALCULATION.start


@pytest.mark.parametrize("context", CONTEXTS)
def test_sequences_and_floors_are_the_librarys(context):
    found, on = at(START | {"context": context}), deployment("a100-80gb", "bf16")
    batch = max_batch(on, context)
    assert found.values["sequences"] == batch
    first = prefill_seconds(on, context - ANSWER)
    assert found.floors["first"] == pytest.approx(first)
    step = decode_seconds(on, middle_tokens(context - ANSWER, ANSWER), batch=batch)
    assert found.floors["chip_seconds"] == pytest.approx(first + ANSWER * step / batch)
    assert found.floors["usd"] == pytest.approx(found.floors["chip_seconds"] * 1.79 / 3.6)


def test_a_request_grows_faster_than_its_context():
    base, long = (at(START | {"context": context}).values for context in (2048, 32_768))
    assert base["ratio"] == 1
    assert long["ratio"] > 16
    narrow = at(START | {"kv": "fp8"}).values
    assert narrow["sequences"] == pytest.approx(2 * at(START).values["sequences"], abs=1)


def test_the_models_longest_context_is_the_longest_here():
    assert MODELS["8b-long"].context_tokens == CONTEXTS[-1]
    assert replace(deployment("a100-80gb", "bf16"), overhead_bytes=0).overhead_bytes == 0
