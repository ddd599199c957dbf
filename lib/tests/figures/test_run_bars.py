import pytest

from tokenworks.figures import compare_runs, run_measures
from tokenworks.figures.run_bars import MEASURES
from tokenworks.serving import BlockPool, Policy, Scheduler, simulate, trace


def run(policy, blocks=1000):
    requests = trace([(0, 6, 4), (0, 6, 2), (0, 6, 3)])
    return simulate(Scheduler(policy, BlockPool(blocks, 16)), requests, lambda load: 0.5)


STATIC = run(Policy(max_batch=2, batching="static"))
CONTINUOUS = run(Policy(max_batch=2))


def test_measures_are_those_of_the_requests():
    """Two slots, half a second a step: A has 4 tokens, B 2, and C its 3 in the place of B."""
    found = run_measures(CONTINUOUS)
    assert found["steps"] == CONTINUOUS.steps == 5
    assert found["mean answer"] == pytest.approx((2.0 + 1.0 + 2.5) / 3)
    assert found["rate"] == pytest.approx(9 / 2.5)
    assert (found["a step runs"], found["useful rows"]) == (1, 1)
    assert (found["at once"], found["preempted"]) == (2, 0)
    assert found["longest gap"] == found["gap P99"] == 0.5
    assert run_measures(STATIC)["useful rows"] < 1, "B is computed when it is done"


def test_a_request_that_had_to_go_counts():
    requests = trace([(0, 16, 20), (0, 16, 20)])
    run = simulate(Scheduler(Policy(max_batch=2), BlockPool(4, 16)), requests, lambda load: 0.5)
    assert run_measures(run)["preempted"] == 1


def test_runs_are_rows_and_measures_columns():
    runs = {"static": STATIC, "continuous": CONTINUOUS}
    figure = compare_runs(runs, "steps", "useful rows")
    for name, one in runs.items():
        assert figure.numbers[f"{name}: steps"] == one.steps
    assert "continuous: steps 5, useful rows 100 %" in figure.alt
    assert set(run_measures(STATIC)) == set(MEASURES)
    with pytest.raises(ValueError, match="no measure 'speed'; known: a step runs"):
        compare_runs(runs, "speed")
