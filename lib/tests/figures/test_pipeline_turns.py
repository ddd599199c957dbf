"""Turns of a pipeline stand where the schedule has them, idle ones are hatched."""

import re

import pytest

from tokenworks.cost.pipeline import pipeline_schedule
from tokenworks.figures import stage_turns

TURN = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="[\d.]+" class="f-\d"')


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_a_rectangle_for_each_turn_at_its_time(layout):
    turns = pipeline_schedule(4, 4, tokens=2)
    svg = getattr(stage_turns({"all at once": turns}), layout)
    drawn = sorted((float(y), float(x)) for x, y in TURN.findall(svg))
    assert len(drawn) == len(turns)
    starts = sorted((turn.stage, turn.start) for turn in turns)
    step = (drawn[7][1] - drawn[0][1]) / (starts[7][1] - starts[0][1])
    for (_, x), (_, start) in zip(drawn, starts, strict=True):
        assert x == pytest.approx(drawn[0][1] + step * (start - starts[0][1]), abs=0.2)


def test_idle_shares_are_said_and_hatched():
    ways = {"alone": pipeline_schedule(4, 1), "four": pipeline_schedule(4, 4)}
    figure = stage_turns(ways, caption="Four stages.")
    assert "alone: 75 % of the turns idle; four: 43 % of the turns idle" in figure.alt
    assert figure.wide.count("s-waste") >= 8
    busy = stage_turns({"one stage": pipeline_schedule(1, 3)})
    assert "s-waste" not in busy.wide


def test_twelve_micro_batches_have_their_numbers():
    figure = stage_turns({"many": pipeline_schedule(2, 12)})
    assert "12" in figure.printed


@pytest.mark.parametrize("ways", [{}, {"nothing": []}])
def test_nothing_is_no_schedule(ways):
    with pytest.raises(ValueError, match="at least one schedule"):
        stage_turns(ways)
