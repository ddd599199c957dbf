"""Bars and dots stand at the printed and the computed gains, on one logarithmic scale."""

import math
import re

import pytest

from tokenworks.figures import what_each_buys
from tokenworks.printed_gains import computed_gains

DOT = re.compile(r'd="M([\d.]+) [\d.]+a4\.5[^"]*"[^>]*class="f-1')
BAR = re.compile(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="12" class="f-6 faint')
GAINS = computed_gains()


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_places_are_gains(layout):
    svg = getattr(what_each_buys(), layout)
    dots = [4.5 + float(x) for x in DOT.findall(svg)][: 2 * len(GAINS)]
    values = [value for gain in GAINS for value in (gain.low, gain.high)]
    least, most = values.index(min(values)), values.index(max(values))
    unit = (dots[most] - dots[least]) / math.log(values[most] / values[least])

    def place(value):
        return dots[least] + unit * math.log(value / values[least])

    assert dots == pytest.approx([place(value) for value in values], abs=0.3)
    bars = [(float(x), float(x) + float(wide)) for x, wide in BAR.findall(svg)][: len(GAINS)]
    for (left, right), gain in zip(bars, GAINS, strict=True):
        if gain.printed.low < gain.printed.high:
            assert left == pytest.approx(place(gain.printed.low), abs=0.3)
            assert right == pytest.approx(place(gain.printed.high), abs=0.3)


def test_it_tells_each_range():
    figure = what_each_buys()
    assert "2 of the computed ranges lie within the printed ones" in figure.alt
    assert "Speculative decoding 1.5 to 3×, here 0.9 to 2.4×" in figure.alt
