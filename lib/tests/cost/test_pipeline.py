"""Schedules of stages: nobody does two things at once, and the formulas are their idle shares."""

import pytest

from tokenworks.cost.pipeline import (
    bubble_share,
    decode_bubble_share,
    idle_share,
    pipeline_schedule,
)

SIZES = [(1, 1), (1, 4), (2, 1), (4, 1), (4, 4), (4, 8), (8, 32), (3, 5)]


@pytest.mark.parametrize(("stages", "micro"), SIZES)
def test_the_formula_is_the_idle_share_of_the_drawn_schedule(stages, micro):
    turns = pipeline_schedule(stages, micro)
    assert idle_share(turns) == pytest.approx(bubble_share(stages, micro))
    assert max(turn.start for turn in turns) + 1 == micro + stages - 1
    flushed = pipeline_schedule(stages, micro, tokens=3, flush=True)
    assert idle_share(flushed) == pytest.approx(bubble_share(stages, micro))


@pytest.mark.parametrize(("stages", "micro"), SIZES)
@pytest.mark.parametrize("flush", [False, True])
def test_a_schedule_is_possible(stages, micro, flush):
    turns = pipeline_schedule(stages, micro, tokens=3, flush=flush)
    assert len(turns) == 3 * stages * micro
    assert len({(turn.stage, turn.start) for turn in turns}) == len(turns)
    start = {(t.stage, t.micro_batch, t.token): t.start for t in turns}
    for (stage, batch, token), at in start.items():
        if stage:
            assert at > start[stage - 1, batch, token]
        elif token:
            assert at > start[stages - 1, batch, token - 1]


@pytest.mark.parametrize(("stages", "micro"), SIZES)
def test_in_the_long_run_as_many_micro_batches_as_stages_leave_no_bubble(stages, micro):
    long = idle_share(pipeline_schedule(stages, micro, tokens=400))
    assert long == pytest.approx(decode_bubble_share(stages, micro), abs=0.02)


def test_by_hand():
    assert bubble_share(4, 4) == pytest.approx(3 / 7)
    assert bubble_share(1, 8) == 0.0
    assert decode_bubble_share(4, 1) == 0.75
    assert decode_bubble_share(4, 9) == 0.0


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="stages must be a whole number greater than 0"):
        bubble_share(0, 4)
    with pytest.raises(ValueError, match="micro_batches must be a whole number"):
        pipeline_schedule(4, 0)
    with pytest.raises(ValueError, match="an empty schedule"):
        idle_share([])
