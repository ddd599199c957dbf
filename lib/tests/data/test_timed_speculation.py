"""Timed speculation: rows are consistent with the formula, and a run is found by its name."""

import pytest

from tokenworks.cost.speculation import speculative_speedup
from tokenworks.data.speculation_trace import speculation_traces
from tokenworks.data.timed_speculation import measured_speculation
from tokenworks.fact_sources import row_sources

RECORD = measured_speculation()


@pytest.mark.parametrize("run", RECORD.runs, ids=lambda run: f"{run.draft}-{run.kind}")
def test_the_formula_is_that_of_the_library_with_the_costs_of_the_row(run):
    costs = {"draft_cost": run.draft_cost, "verify_cost": run.verify_cost.median}
    found = speculative_speedup(run.alpha, RECORD.gamma, **costs)
    assert found == pytest.approx(run.formula, rel=0.02)  # from rounded figures
    for spread in (run.verify_cost, run.speedup):
        assert 0 < spread.lowest <= spread.median <= spread.highest
    assert 1 <= run.tokens_per_pass <= RECORD.gamma + 1


def test_a_pass_is_timed_by_width_in_both_layouts():
    widths = [each.tokens for each in RECORD.passes]
    assert widths == sorted(widths)
    assert widths[0] == 1
    assert RECORD.gamma + 1 in widths
    assert RECORD.passes[0].stored.median == 1


def test_the_record_says_what_was_timed_where_and_when():
    assert RECORD.source == "benchmarks/speculation.py"
    (passes,) = row_sources(RECORD.passes[3])
    assert passes.what == "a pass over 4 tokens"
    assert passes.source == "benchmarks/verify_pass.py"
    assert min(RECORD.accessed, passes.accessed) >= "2026-11-29"
    assert RECORD.machine
    assert min(RECORD.cores, RECORD.tokens, RECORD.cached_tokens) > 0


def test_a_draft_has_one_name_here_and_in_the_traces():
    labels = {run.draft: run.label for run in RECORD.runs}
    traced = speculation_traces()["drafts"]
    both = {"prompt_lookup": "lookup", "early_exit_15": "exit", "quantized_8": "eight-bit"}
    assert {labels[run]: traced[trace] for run, trace in both.items()} == {
        labels[run]: labels[run] for run in both
    }


def test_a_run_is_found_by_draft_and_kind():
    assert RECORD.run("eagle", "code").kind == "code"
    with pytest.raises(KeyError, match="no run of 'trained' on 'code' was timed; known: prompt_lo"):
        RECORD.run("trained", "code")
