"""SIM-03 against the cost functions, step by step."""

import pytest

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.roofline import decode_operation
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.cost.step_time import prefill_seconds, request_seconds
from tokenworks.specs import Workload, chip, model_spec
from tokenworks.widgets.phases import GRID, phases, shown_at, tabulated

DEFAULT = {
    "model": "llama-3-70b",
    "chip": "a100-80gb",
    "prompt_tokens": 500,
    "output_tokens": 200,
    "batch": 1,
}


def deployment(state, shown):
    return Deployment(model_spec(state["model"]), chip(state["chip"]), int(shown["chips"]))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"batch": 512, "prompt_tokens": 2048},
        {"model": "llama-3-8b", "chip": "tpu-v5e", "output_tokens": 50},
        {"model": "llama-3-405b", "chip": "b200", "batch": 512, "prompt_tokens": 128},
        {"model": "llama-3-8b", "chip": "tpu-v5e", "batch": 512, "prompt_tokens": 500},
    ],
)
def test_the_totals_are_the_sums_of_the_steps(change):
    state = DEFAULT | change
    shown = shown_at(**state)
    on, n = deployment(state, shown), state["output_tokens"]
    work = Workload(state["prompt_tokens"], n, state["batch"])
    assert shown["total_seconds"] == pytest.approx(request_seconds(on, work), rel=1e-9)
    steps = range(work.prompt_tokens + 1, work.prompt_tokens + n)
    done = [decode_operation(on, context, batch=work.batch) for context in steps]
    used = sum(step.flops for step in done) / (shown["decode_seconds"] * on.flops_per_s)
    assert shown["decode_compute"] == pytest.approx(used, rel=1e-8)
    moved = sum(step.bytes for step in done) / (shown["decode_seconds"] * on.bytes_per_s)
    assert shown["decode_bandwidth"] == pytest.approx(moved, rel=1e-8)


@pytest.mark.parametrize(
    "change",
    [{}, {"chip": "b200", "batch": 64}, {"model": "llama-3-8b", "prompt_tokens": 8192}],
)
def test_what_is_expected_is_the_sum_of_the_steps_kernels(change):
    state = DEFAULT | change
    shown, fitted = shown_at(**state), Constants.fitted()
    plan, n = engine_plan(deployment(state, shown)), state["output_tokens"]
    first = prefill_step(plan, state["prompt_tokens"], constants=fitted, prompts=state["batch"])
    assert shown["expected_prefill_seconds"] == pytest.approx(first.expected_seconds, rel=1e-9)
    contexts = range(state["prompt_tokens"] + 1, state["prompt_tokens"] + n)
    steps = [decode_step(plan, state["batch"], c, constants=fitted) for c in contexts]
    later = sum(step.expected_seconds for step in steps)
    assert shown["expected_decode_seconds"] == pytest.approx(later, rel=1e-8)
    assert shown["expected_tpot_seconds"] == pytest.approx(later / (n - 1), rel=1e-8)
    assert shown["expected_total_seconds"] == pytest.approx(first.expected_seconds + later)


def test_nothing_is_expected_before_its_floor():
    for model in GRID["model"]:
        for name in GRID["chip"]:
            shown = shown_at(**DEFAULT | {"model": model, "chip": name})
            for time in ("prefill", "decode", "tpot", "total"):
                assert shown[f"expected_{time}_seconds"] > shown[f"{time}_seconds"], (model, name)


def test_a_70b_model_takes_two_a100_and_its_times_are_the_chapters():
    shown = shown_at(**DEFAULT)
    assert shown["chips"] == 2
    assert shown["prefill_seconds"] == pytest.approx(0.110, abs=5e-4)
    assert shown["tpot_seconds"] == pytest.approx(0.0341, abs=5e-5)


def test_no_phase_uses_more_than_there_is_and_one_roof_is_always_met():
    shown = [row for m in tabulated()["rows"].values() for c in m.values() for p in c for row in p]
    rows = [row for by_batch in shown for row in by_batch if row]
    assert len(rows) > 700
    for _, first, later, *busy, expected_first, expected_later in rows:
        assert expected_first > first
        assert expected_later > later or later == expected_later == 0
        assert first > 0
        assert all(0 <= share <= 1 + 1e-9 for share in busy)
        assert max(busy[:2]) == pytest.approx(1)
        assert later == 0 or max(busy[2:]) > 0.8  # the limit may change on the way


def test_one_output_token_needs_no_decode():
    shown = shown_at(**DEFAULT | {"output_tokens": 1})
    assert shown["decode_seconds"] == shown["tpot_seconds"] == 0
    on = deployment(DEFAULT, shown)
    assert shown["total_seconds"] == pytest.approx(prefill_seconds(on, 500))


def test_what_fits_nowhere_has_no_numbers():
    state = DEFAULT | {"prompt_tokens": 32768, "batch": 512}
    assert shown_at(**state) is None
    assert "does not fit" in phases(**state).fallback()


def test_a_longer_request_never_needs_fewer_chips():
    for model in GRID["model"]:
        for name in GRID["chip"]:
            state = DEFAULT | {"model": model, "chip": name}
            needs = [shown_at(**state | {"prompt_tokens": p}) for p in GRID["prompt_tokens"]]
            counts = [need["chips"] for need in needs if need]
            assert counts == sorted(counts)


def test_refusals_name_what_is_known():
    with pytest.raises(KeyError, match="llama-3-8b"):
        phases("llama-3-80b")
    with pytest.raises(ValueError, match="prompt_tokens = 9 is not recorded"):
        phases(prompt_tokens=9)


def test_text_forms():
    widget = phases()
    assert repr(widget) == "Phases(model='llama-3-70b', chip='a100-80gb')"
    assert "A100 80GB SXM, 2 chips: 500 prompt tokens, 200 output tokens" in widget.fallback()
    assert widget.fallback().count("<tr>") == 3
    assert "none of them had A100 80GB SXM chips" in widget.fallback()
