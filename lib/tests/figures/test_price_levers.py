"""Bars of levers are as long as what they do to the price, and lie on its side."""

import re

import pytest

from tokenworks.cost import Deployment, filled_option, levers_of, option
from tokenworks.figures import lever_bars
from tokenworks.specs import chip, model_spec

BAR = re.compile(r'x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="18" class="f-(good|bad)"')
ON = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"), weights="int8", kv="int8")


def levers():
    given = {"batch": 1, "context_tokens": 8192, "usd_per_chip_hour": 1.2}
    return levers_of(filled_option(option(ON, "4x4", **given)), filled=True)


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_lengths_and_sides_are_changes(layout):
    bars = BAR.findall(getattr(lever_bars(levers(), title="Price"), layout))
    changes = [each.usd_change(side) for each in levers() for side in (each.down, each.up)]
    changes = [change for change in changes if change]
    assert len(bars) == len(changes)
    middle = max(float(x) + float(wide) for x, wide, kind in bars if kind == "good")
    per_unit = float(bars[0][1]) / abs(changes[0])
    for (x, wide, kind), change in zip(bars, changes, strict=True):
        assert float(wide) == pytest.approx(per_unit * abs(change), abs=0.2)
        assert (kind == "good") == (change < 0)
        assert (float(x) < middle - 0.5) == (change < 0)


def test_what_is_impossible_is_said():
    figure = lever_bars(levers(), title="Price")
    assert "cache int8: no other, bf16 +58 %" in figure.alt


def test_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one lever"):
        lever_bars([], title="Price")
