"""SIM-07 against the cost functions, batch by batch."""

import pytest

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import budget
from tokenworks.cost.step_kernels import decode_step
from tokenworks.cost.step_time import decode_seconds
from tokenworks.widgets.deployments import DEPLOYMENTS
from tokenworks.widgets.tradeoff import (
    ENDS,
    GRID,
    TOPS,
    axis_top,
    expected_seconds,
    largest_batch,
    shown_at,
    tabulated,
    tradeoff,
)

FITTED = Constants.fitted()

STATE = {"deployment": "70b-a100", "context_tokens": 512, "slo_ms": 100}
EVERY = [(name, context) for name in GRID["deployment"] for context in GRID["context_tokens"]]


@pytest.mark.parametrize(("name", "context"), EVERY)
def test_one_sequence_more_would_not_fit_or_be_too_slow(name, context):
    on, plan = DEPLOYMENTS[name], engine_plan(DEPLOYMENTS[name])
    exact = lambda n: decode_step(plan, n, context, constants=FITTED).expected_seconds  # noqa: E731
    for slo_ms in GRID["slo_ms"]:
        shown = shown_at(deployment=name, context_tokens=context, slo_ms=slo_ms)
        limit, batch, least = (int(shown[key]) for key in ("limit", "batch", "floor_batch"))
        assert budget(on, context_tokens=context, batch=limit).fits
        assert not budget(on, context_tokens=context, batch=limit + 1).fits
        assert batch <= least <= limit, "more keep the SLO on the floor than are expected to"
        for times, found in (
            (exact, batch),
            (lambda n: decode_seconds(on, context, batch=n), least),
        ):
            if found:
                assert times(found) <= slo_ms / 1e3 * 1.00001
            if found < limit:
                assert times(found + 1) > slo_ms / 1e3 * 0.99999
        if batch:
            assert shown["tpot"] == pytest.approx(exact(batch), rel=1e-5)
            assert shown["floor"] == pytest.approx(
                decode_seconds(on, context, batch=batch), rel=1e-5
            )
            assert shown["rate"] == pytest.approx(batch / shown["tpot"])


def test_the_tables_are_the_functions():
    for name, contexts in tabulated()["curves"].items():
        plan = engine_plan(DEPLOYMENTS[name])
        for context, curve in zip(GRID["context_tokens"], contexts, strict=True):
            each = zip(curve["batches"], curve["floor"], curve["tpot"], strict=True)
            for batch, floor, tpot in each:
                least = decode_seconds(DEPLOYMENTS[name], context, batch=batch)
                step = decode_step(plan, batch, context, constants=FITTED)
                assert floor == pytest.approx(least, rel=1e-5)
                assert tpot == pytest.approx(step.expected_seconds, rel=1e-5)
                assert floor < tpot
            assert curve["limit"] in curve["batches"]
            assert curve["batches"] == sorted(set(curve["batches"]))
            assert curve["batches"][-1] == curve["right"] > curve["limit"]
            for i, slo_ms in enumerate(GRID["slo_ms"]):
                shown = shown_at(deployment=name, context_tokens=context, slo_ms=slo_ms)
                assert curve["ends"][i] == [shown[key] for key in ENDS]


def test_where_arithmetic_limits_the_rate_is_flat():
    curve = tabulated()["curves"]["70b-a100"][1]
    rates = {b: b / t for b, t in zip(curve["batches"], curve["floor"], strict=True)}
    assert curve["kink"] in rates
    later = [rate for batch, rate in rates.items() if batch >= curve["kink"]]
    assert max(later) == pytest.approx(min(later), rel=0.01)
    assert rates[1] < max(later) / 100


def test_the_default_is_bound_by_its_slo_and_a_longer_context_by_memory():
    default = shown_at(**STATE)
    assert (default["batch"], default["floor_batch"], default["limit"]) == (437, 889, 1206)
    longer = shown_at(**STATE | {"context_tokens": 4096})
    assert longer["batch"] == longer["floor_batch"] == longer["limit"] == 150
    tight = shown_at(**STATE | {"slo_ms": 15})
    assert tight["batch"] == tight["floor_batch"] == tight["tpot"] == tight["rate"] == 0
    between = shown_at(**STATE | {"slo_ms": 20})
    assert between["batch"] == 0 < between["floor_batch"], "the floor alone would promise it"


def test_the_largest_batch_stays_within_its_limit():
    seconds = lambda batch: 0.01 * batch  # noqa: E731
    assert largest_batch(seconds, 0.055, limit=100) == 5
    assert largest_batch(seconds, 0.055, limit=3) == 3
    assert largest_batch(seconds, 0.005, limit=3) == 0


def test_every_deployment_says_its_error_and_a_chip_without_constants_says_so():
    errors = tabulated()["errors"]
    assert all("measured servers are within" in said for said in errors.values())
    stands_in = {name for name, said in errors.items() if "twelve constants" in said}
    assert stands_in == {"8b-v5e", "70b-v6e"}
    assert expected_seconds("70b-v6e", 512, 1) > 0


def test_axes_end_at_round_numbers():
    assert axis_top(889) == 1000
    assert axis_top(1066 * 1.2) == 1500
    assert list(TOPS) == sorted(set(TOPS))


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="slo_ms = 7 is not recorded; choose from 10, 15"):
        tradeoff(slo_ms=7)
    with pytest.raises(ValueError, match="deployment = 'gpu' is not recorded"):
        tradeoff("gpu")


def test_text_forms():
    widget = tradeoff()
    assert repr(widget) == "Tradeoff(deployment='70b-a100', context_tokens=512, slo_ms=100)"
    table = widget.fallback()
    assert "Llama-3 70B on 4 × A100 80GB SXM, bf16, 512 tokens of context each" in table
    row = "<td>49.14 ms</td><td>99.91 ms</td><td>4,374</td><td>yes</td>"
    assert f'<th scope="row">437</th>{row}' in table
    assert "of 789 measured servers are within" in table
    assert table.count("<td>too slow</td>") == 2
    assert "<td>does not fit</td>" in tradeoff(context_tokens=4096).fallback()
    assert '<th scope="row">0</th>' not in tradeoff(slo_ms=10).fallback()
    assert len(widget.static_html()) < 50_000
