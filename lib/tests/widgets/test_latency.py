"""SIM-06 against the scheduler, the simulator and the cost functions."""

import pytest

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.mixed_step import step_clock
from tokenworks.cost.scheduled_step import expected_clock
from tokenworks.cost.step_kernels import prefill_step
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.metrics import e2el_seconds, itl_seconds, tpot_seconds, ttft_seconds
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.widgets.deployments import DEPLOYMENTS
from tokenworks.widgets.latency import (
    GRID,
    METRICS,
    STEP_TOKENS,
    expected_at,
    latency,
    shown_at,
    tabulated,
    ticks,
    time_text,
)

STATE = {"deployment": "8b-h100", "batch": 1, "prompt_tokens": 100, "output_tokens": 50}
STATE |= {"place": "last"}


def simulated(state, clock=None):
    """Run the burst of a state with the simulator's fast path, by floors or by another clock."""
    sizes = {"prompt_tokens": state["prompt_tokens"], "max_tokens": state["output_tokens"]}
    burst = [Request(**sizes) for _ in range(state["batch"])]
    policy = Policy(max_batch=64, max_batch_tokens=STEP_TOKENS)
    clock = clock or step_clock(DEPLOYMENTS[state["deployment"]])
    return simulate(Scheduler(policy, BlockPool(64, 4200)), burst, clock)


@pytest.mark.parametrize("name", GRID["deployment"])
@pytest.mark.parametrize("place", GRID["place"])
def test_metrics_are_those_of_the_simulated_request(name, place):
    for batch, prompt, output in ((1, 100, 1), (8, 500, 200), (32, 2000, 10), (64, 4000, 50)):
        state = {"deployment": name, "place": place, "batch": batch}
        state |= {"prompt_tokens": prompt, "output_tokens": output}
        position = {"first": 0, "middle": (batch - 1) // 2, "last": batch - 1}[place]
        watched, shown = simulated(state).requests[position], shown_at(**state)
        gaps = itl_seconds(watched)
        assert shown["tokens"] == watched.generated == output
        assert shown["ttft"] == pytest.approx(ttft_seconds(watched), abs=1e-7)
        assert shown["e2el"] == pytest.approx(e2el_seconds(watched), abs=1e-7)
        assert shown["tpot"] == pytest.approx(tpot_seconds(watched), abs=2e-7)
        assert shown["longest"] == pytest.approx(max(gaps, default=None), abs=2e-7)
        assert shown["itl"] == pytest.approx(gaps[-1] if gaps else None, abs=2e-7)


@pytest.mark.parametrize("name", GRID["deployment"])
@pytest.mark.parametrize("place", GRID["place"])
def test_what_to_expect_is_the_same_burst_by_the_expected_clock(name, place):
    plan, fitted = engine_plan(DEPLOYMENTS[name]), Constants.fitted()
    for batch, prompt, output in ((1, 100, 1), (8, 500, 200), (32, 2000, 10), (64, 4000, 50)):
        state = {"deployment": name, "place": place, "batch": batch}
        state |= {"prompt_tokens": prompt, "output_tokens": output}
        position = {"first": 0, "middle": (batch - 1) // 2, "last": batch - 1}[place]
        run = simulated(state, expected_clock(plan, constants=fitted))
        watched, wanted = run.requests[position], expected_at(**state)
        gaps = itl_seconds(watched)
        assert wanted["ttft"] == pytest.approx(ttft_seconds(watched), abs=1e-6)
        assert wanted["e2el"] == pytest.approx(e2el_seconds(watched), abs=1e-6)
        assert wanted["tpot"] == pytest.approx(tpot_seconds(watched), abs=1e-6)
        assert wanted["longest"] == pytest.approx(max(gaps, default=None), abs=1e-6)
        least = shown_at(**state)
        assert all(least[m] < wanted[m] for m in METRICS if least[m] is not None)


def test_alone_what_to_expect_first_is_the_reading_of_the_prompt():
    step = prefill_step(engine_plan(DEPLOYMENTS["8b-h100"]), 100, constants=Constants.fitted())
    assert expected_at(**STATE)["ttft"] == pytest.approx(step.expected_seconds, abs=1e-6)


def test_alone_it_is_a_prefill_and_decode_steps():
    shown, on = shown_at(**STATE), DEPLOYMENTS["8b-h100"]
    assert shown["ttft"] == pytest.approx(prefill_seconds(on, 100), abs=1e-7)
    later = sum(decode_seconds(on, context) for context in range(101, 150))
    assert shown["e2el"] - shown["ttft"] == pytest.approx(later, abs=2e-7)
    longest = decode_seconds(on, 149)
    assert time_text(shown["longest"]) == time_text(longest)  # the last digit shown is right, too


def test_every_prompt_token_is_read_once_and_the_step_keeps_its_budget():
    for bursts in tabulated()["runs"]["70b-h100"]:
        for by_batch in bursts:
            for burst, batch in zip(by_batch, GRID["batch"], strict=True):
                prompt = GRID["prompt_tokens"][tabulated()["runs"]["70b-h100"].index(bursts)]
                assert sum(burst["read"]) == batch * prompt
                assert max(burst["read"]) <= STEP_TOKENS


def test_the_last_in_line_waits_and_the_first_stutters():
    crowd = STATE | {"batch": 64, "prompt_tokens": 2000}
    first, last = (shown_at(**crowd | {"place": place}) for place in ("first", "last"))
    assert last["ttft"] > 50 * first["ttft"]
    assert first["tpot"] > 3 * last["tpot"]
    assert first["longest"] > 2 * last["longest"]


def test_more_load_never_helps():
    for place in GRID["place"]:
        shown = [shown_at(**STATE | {"place": place, "batch": n}) for n in GRID["batch"]]
        for name in ("ttft", "tpot", "longest", "e2el"):
            values = [one[name] for one in shown]
            assert values == sorted(values), (place, name)


def test_a_metric_waits_for_its_tokens():
    before, one, two = (shown_at(cursor, **STATE) for cursor in (0, 1, 2))
    assert before["ttft"] is before["tpot"] is None
    assert one["ttft"] == one["e2el"]
    assert one["tpot"] is one["itl"] is None
    assert two["tpot"] == two["itl"] == two["longest"] == pytest.approx(two["e2el"] - two["ttft"])
    assert shown_at(**STATE | {"output_tokens": 1})["tpot"] is None
    assert time_text(None) == "–"
    assert ticks(1.5e-7) == 2


def test_every_burst_fits_the_memory():
    tokens = max(GRID["prompt_tokens"]) + max(GRID["output_tokens"])
    assert all(max_batch(DEPLOYMENTS[d], tokens) >= max(GRID["batch"]) for d in GRID["deployment"])


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="batch = 3 is not recorded; choose from 1, 2, 4"):
        latency(batch=3)
    with pytest.raises(TypeError, match=r"\['load'\]; known: batch, prompt_tokens"):
        latency(load=3)


def test_text_forms():
    widget = latency()
    assert repr(widget).startswith("Latency(deployment='8b-h100', batch=1, prompt_tokens=100, ")
    assert widget.fallback().count("<tr>") == 1 + len(GRID["batch"])
    assert "the last of a burst of equal requests, 100 prompt and 50 output tokens" in (
        widget.fallback()
    )
    wanted = time_text(expected_at(**STATE)["ttft"])
    assert f"<td>4.484 ms; {wanted}</td>" in widget.fallback(), "at least, then expected"
    assert "of 789 measured servers are within" in widget.fallback()
    assert len(widget.static_html()) < 165_000
