from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.parallelism.stages import idle_share
from tokenworks.cost.pipeline import bubble_share


def by_the_clock(stage_ms, micro_batches):
    """Let every micro-batch pass every stage, and add up what the stages wait."""
    free = [0] * len(stage_ms)
    for _ in range(micro_batches):
        ready = 0
        for stage, took in enumerate(stage_ms):
            ready = free[stage] = max(ready, free[stage]) + took
    return 1 - micro_batches * sum(stage_ms) / (len(stage_ms) * free[-1])


@pytest.mark.parametrize("stages", [1, 4, 8])
@pytest.mark.parametrize("micro_batches", [1, 4, 32])
def test_even_stages_have_the_librarys_bubble(stages, micro_batches):
    found = idle_share([3] * stages, micro_batches)
    assert found == pytest.approx(bubble_share(stages, micro_batches))


def test_uneven_stages_stand_idle_as_long_as_by_the_clock():
    for case in (*idle_share.cases, *islice(drawn_cases(idle_share, "clock"), 200)):
        assert idle_share(*case) == pytest.approx(by_the_clock(*case))
