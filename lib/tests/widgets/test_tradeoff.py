"""SIM-07 against the cost functions, batch by batch."""

import pytest

from tokenworks.cost.memory_budget import budget
from tokenworks.cost.step_time import decode_seconds
from tokenworks.widgets.deployments import DEPLOYMENTS
from tokenworks.widgets.tradeoff import GRID, TOPS, axis_top, shown_at, tabulated, tradeoff

STATE = {"deployment": "70b-a100", "context_tokens": 512, "slo_ms": 100}
EVERY = [(name, context) for name in GRID["deployment"] for context in GRID["context_tokens"]]


@pytest.mark.parametrize(("name", "context"), EVERY)
def test_one_sequence_more_would_not_fit_or_be_too_slow(name, context):
    on = DEPLOYMENTS[name]
    for slo_ms in GRID["slo_ms"]:
        shown = shown_at(deployment=name, context_tokens=context, slo_ms=slo_ms)
        limit, meeting = int(shown["limit"]), int(shown["meeting"])
        assert budget(on, context_tokens=context, batch=limit).fits
        assert not budget(on, context_tokens=context, batch=limit + 1).fits
        if meeting:
            assert decode_seconds(on, context, batch=meeting) <= slo_ms / 1e3
            assert shown["rate"] == pytest.approx(shown["batch"] / shown["tpot"])
        assert decode_seconds(on, context, batch=meeting + 1) > slo_ms / 1e3
        assert shown["batch"] == min(limit, meeting)


def test_the_tables_are_the_functions():
    for name, contexts in tabulated()["curves"].items():
        for context, curve in zip(GRID["context_tokens"], contexts, strict=True):
            for batch, tpot in zip(curve["batches"], curve["tpot"], strict=True):
                exact = decode_seconds(DEPLOYMENTS[name], context, batch=batch)
                assert tpot == pytest.approx(exact, rel=1e-7)
            assert curve["limit"] in curve["batches"]
            assert curve["batches"] == sorted(set(curve["batches"]))
            assert curve["batches"][-1] == curve["right"] > curve["limit"]
            for i, slo_ms in enumerate(GRID["slo_ms"]):
                shown = shown_at(deployment=name, context_tokens=context, slo_ms=slo_ms)
                assert curve["meeting"][i] == shown["meeting"]
                assert curve["end_tpot"][i] == shown["tpot"]


def test_where_arithmetic_limits_the_rate_is_flat():
    curve = tabulated()["curves"]["70b-a100"][1]
    rates = {b: b / t for b, t in zip(curve["batches"], curve["tpot"], strict=True)}
    assert curve["kink"] in rates
    later = [rate for batch, rate in rates.items() if batch >= curve["kink"]]
    assert max(later) == pytest.approx(min(later), rel=0.01)
    assert rates[1] < max(later) / 100


def test_the_default_is_bound_by_its_slo_and_a_longer_context_by_memory():
    assert shown_at(**STATE)["batch"] == shown_at(**STATE)["meeting"] == 889
    longer = shown_at(**STATE | {"context_tokens": 4096})
    assert longer["batch"] == longer["limit"] == 150
    tight = shown_at(**STATE | {"slo_ms": 15})
    assert tight["batch"] == tight["tpot"] == tight["rate"] == 0


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
    assert '<th scope="row">889</th><td>99.97 ms</td><td>8,892</td><td>yes</td>' in table
    assert '<th scope="row">0</th>' not in tradeoff(slo_ms=10).fallback()
    assert len(widget.static_html()) < 40_000
