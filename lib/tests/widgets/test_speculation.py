"""SIM-11 against the cost functions and the recorded traces."""

import pytest

from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.speculation import speculative_speedup, tokens_per_pass
from tokenworks.cost.speculation_batch import pass_cost, speculation_round
from tokenworks.data.speculation_trace import LENGTH, LONGEST
from tokenworks.data.timed_speculation import measured_speculation
from tokenworks.widgets.draft_plans import draft_plan, plan_of
from tokenworks.widgets.speculation import (
    GRID,
    came_to,
    measured_cost,
    shown_at,
    speculation,
    tabulated,
    times_text,
    trace_name,
)

STATE = {
    "draft": "coins",
    "alpha": 0.8,
    "kind": "chat",
    "temperature": 0,
    "gamma": 5,
    "draft_cost": None,
    "target": "70b",
    "batch": 1,
    "context_tokens": 2000,
}


def test_a_run_is_counted_round_by_round():
    runs = [2, 0, 5, 1, 0, 3]
    found = came_to({"runs": runs, "drafted": [8, 8, 8, 0, 8, 8]}, 4)
    assert (found["passes"], found["drafts"], found["tokens"]) == (4, 3, 9)
    assert found["alpha"] == pytest.approx(5 / 8)
    assert found["tau"] == 9 / 4
    assert found["formula"] == pytest.approx(tokens_per_pass(5 / 8, 4))
    nothing = came_to({"runs": [0] * 3, "drafted": [0] * 3}, 4)
    assert (nothing["tau"], nothing["alpha"], nothing["formula"]) == (1, None, None)


@pytest.mark.parametrize("batch", [1, 12, 128])
@pytest.mark.parametrize("gamma", [1, 5, 8])
def test_a_gain_is_tokens_over_the_time_of_its_rounds(batch, gamma):
    shown = shown_at(**STATE | {"batch": batch, "gamma": gamma})
    given = {"batch": batch, "context_tokens": 2000, "constants": Constants.fitted()}
    draft = speculation_round(plan_of("70b"), draft_plan("coins"), 1, **given).draft_cost()
    verify = pass_cost(plan_of("70b"), gamma + 1, **given)
    assert shown["cost"] == pytest.approx(gamma * draft + verify, rel=1e-5)
    assert shown["gain"] == pytest.approx(shown["tau"] / shown["cost"])
    formula = speculative_speedup(shown["alpha"], gamma, draft_cost=draft, verify_cost=verify)
    assert shown["formula_gain"] == pytest.approx(formula, rel=1e-5)


def test_what_was_measured_of_the_trained_layer_is_near_what_a_small_target_expects():
    own = tabulated()["costs"]["8b"][1][0]["draft"]["trained"]
    assert tabulated()["measured"] == pytest.approx(measured_cost(), rel=1e-2)
    runs = [run.draft_cost for run in measured_speculation().runs if run.draft == "eagle"]
    assert measured_cost() == sorted(runs)[1]
    assert len(runs) == 3
    assert 0.5 < measured_cost() / own < 2


def test_passes_without_a_guess_take_a_plain_step():
    state = STATE | {"draft": "lookup", "draft_cost": 0}
    run = tabulated()["came_to"][trace_name(**state)][4]
    shown = shown_at(**state)
    time = run["drafts"] * shown["cost"] + run["passes"] - run["drafts"]
    assert run["drafts"] < run["passes"]
    assert shown["gain"] == pytest.approx(run["tokens"] / time)


def test_what_does_not_fit_has_no_time():
    shown = shown_at(**STATE | {"batch": 128, "context_tokens": 8000})
    assert shown["gain"] is shown["cost"] is shown["formula_gain"] is None
    assert shown["tau"] == shown_at(**STATE)["tau"]


def test_coins_come_near_the_formula():
    for alpha in (0.2, 0.5, 0.8):
        shown = shown_at(**STATE | {"alpha": alpha})
        assert shown["tau"] == pytest.approx(tokens_per_pass(alpha, 5), rel=0.35)
        assert shown["tau"] == pytest.approx(shown["formula"], rel=0.12)
    assert shown_at(**STATE | {"alpha": 0})["tau"] == 1
    assert shown_at(**STATE | {"alpha": 1})["tau"] == 6


def test_every_trace_that_a_control_can_ask_for_is_there():
    data = tabulated()
    for draft in GRID["draft"]:
        for alpha in GRID["alpha"]:
            for kind in GRID["kind"]:
                for heat in GRID["temperature"]:
                    state = {"draft": draft, "alpha": alpha, "kind": kind, "temperature": heat}
                    trace = data["traces"][trace_name(**state)]
                    assert len(trace["runs"]) == len(trace["drafted"]) == LENGTH
                    assert set(trace["drafted"]) <= {0, LONGEST}  # or a gain would be another


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="gamma = 9 is not recorded; choose from 1, 2, 3"):
        speculation(gamma=9)
    with pytest.raises(TypeError, match="unknown controls"):
        speculation(speed=2)


def test_text_forms():
    widget = speculation()
    assert repr(widget).startswith(
        "Speculation(draft='coins', alpha=0.8, kind='chat', temperature=0"
    )
    table = widget.fallback()
    assert "coins that fall well with 0.8, Llama-3 70B on 4 × H100 SXM, batch 1" in table
    assert f"<td>{times_text(shown_at(**STATE)['gain'] or 0)}</td>" in table
    assert "<td>–</td>" in speculation(batch=128, context_tokens=8000).fallback()
