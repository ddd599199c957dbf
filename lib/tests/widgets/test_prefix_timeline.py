"""SIM-14: the table is the clocks', whole blocks alone are found, and the case of the text."""

import pytest

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import kv_bytes, step_weight_bytes
from tokenworks.cost.step_kernels import prefill_step
from tokenworks.cost.step_time import prefill_seconds
from tokenworks.serving.request import Request
from tokenworks.widgets.deployments import DEPLOYMENTS
from tokenworks.widgets.prefix_timeline import (
    BLOCK_TOKENS,
    GRID,
    found_tokens,
    of_weights,
    prefix_timeline,
    shown_at,
    tabulated,
    times_text,
)

CASE = {"known": "whole", "prefix_tokens": 2000, "new_tokens": 80}


@pytest.mark.parametrize("name", GRID["deployment"])
def test_without_a_cache_it_is_the_whole_prompt(name):
    on = DEPLOYMENTS[name]
    for i, prefix in enumerate(GRID["prefix_tokens"]):
        for j, new in enumerate(GRID["new_tokens"]):
            floor, expected = tabulated()["times"][name]["none"][i][j]
            whole = prefill_step(engine_plan(on), prefix + new, constants=Constants.fitted())
            assert expected == pytest.approx(whole.expected_seconds, rel=1e-5)
            assert floor == pytest.approx(prefill_seconds(on, prefix + new), rel=1e-5)


@pytest.mark.parametrize("name", GRID["deployment"])
def test_what_is_found_is_not_read_again(name):
    """The more is found the sooner, floors are floors, and the rest is dearer than alone."""
    on, fitted = DEPLOYMENTS[name], Constants.fitted()
    for prefix in GRID["prefix_tokens"]:
        for new in GRID["new_tokens"]:
            at = {"prefix_tokens": prefix, "new_tokens": new}
            whole, half, none = (shown_at(name, known=known, **at) for known in GRID["known"])
            assert whole["with"] <= half["with"] <= none["with"] == none["without"]
            assert whole["floor_with"] <= half["floor_with"] <= none["floor_with"]
            for found in (whole, half, none):
                assert found["floor_with"] < found["with"]
            alone = prefill_step(engine_plan(on), whole["read"], constants=fitted)
            assert whole["with"] >= 0.999 * alone.expected_seconds


@pytest.mark.parametrize("name", GRID["deployment"])
def test_a_floor_of_weights_is_that_of_bytes_not_of_products(name):
    on, told = DEPLOYMENTS[name], tabulated()["weights"][name]
    weights = step_weight_bytes(on.model, on.bytes_per_param, 1)
    for known in GRID["known"]:
        for i, prefix in enumerate(GRID["prefix_tokens"]):
            for j, new in enumerate(GRID["new_tokens"]):
                floor, _ = tabulated()["times"][name][known][i][j]
                moved = weights + kv_bytes(on.model, prefix + new, bytes_per_value=2)
                reading = moved / on.bytes_per_s
                mostly = floor == pytest.approx(reading, rel=1e-5) and weights > moved / 2
                assert told[known][i][j] == mostly, (known, prefix, new)
        assert not any(row[-1] for row in told[known])  # 4,000 tokens are multiplied for longer


def test_few_tokens_after_a_hit_wait_for_the_weights():
    assert of_weights("70b-8h100", 2000, 80)
    assert not of_weights("70b-8h100", 2000, 1000)


def test_only_whole_blocks_are_found():
    assert [found_tokens("whole", n) for n in (250, 1000, 2000)] == [240, 992, 2000]
    assert [found_tokens("half", n) for n in (250, 1000, 2000)] == [112, 496, 992]
    assert found_tokens("none", 32_000) == 0
    ids = list(range(2080))
    other = [*ids[:1000], -1, *ids[1001:]]
    one, two = (
        Request(prompt_tokens=2080, max_tokens=1, prompt_ids=each).block_keys(BLOCK_TOKENS, 125)
        for each in (ids, other)
    )
    alike = sum(a == b for a, b in zip(one, two, strict=True))
    assert alike * BLOCK_TOKENS == found_tokens("half", 2000)


def test_the_case_of_the_text():
    found = shown_at("70b-8h100", **CASE)
    assert found["read"] == 80
    assert found["kept"] == kv_bytes(DEPLOYMENTS["70b-8h100"].model, 2000, bytes_per_value=2)
    # a 26th of the tokens, but no 26th of the time: the weights are read all the same
    assert 4 < found["without"] / found["with"] < 10


def test_text_forms():
    widget = prefix_timeline()
    assert repr(widget) == (
        "PrefixTimeline(deployment='70b-8h100', known='whole', prefix_tokens=2000, new_tokens=80)"
    )
    table = widget.fallback()
    assert table.count("<tr>") == 1 + len(GRID["prefix_tokens"])
    assert "Llama-3 70B on 8 × H100 SXM, bf16, idle" in table
    assert "measured servers are within" in table
    assert len(widget.static_html()) < 50_000
    assert [times_text(n) for n in (6.28, 12.6)] == ["6.3", "13"]


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="new_tokens = 50 is not recorded; choose from 20, 80"):
        prefix_timeline(new_tokens=50)
    with pytest.raises(TypeError, match="unknown controls"):
        prefix_timeline(chip="tpu-v6e")
