"""Each batch stands twice, at its price; the largest that keeps the promise is named on both."""

import math
import re

import pytest

from tokenworks.figures import promised_batches
from tokenworks.serving import TailPoint

DOT = re.compile(r'd="M([\d.]+) ([\d.]+)a4\.5[^"]*"([^>]*)>')


def tails(*rows):
    """Return points of (batch, middle, P99 of gaps, tokens/s), in ms."""
    return [TailPoint(b, 100, m / 1e3, s / 1e3, s / 1e3, 0.2, rate) for b, m, s, rate in rows]


FOUR = tails((1, 10, 12, 100), (4, 15, 30, 260), (16, 30, 45, 600), (32, 45, 60, 700))


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_dots_stand_at_wait_and_price(layout):
    figure = promised_batches(FOUR, usd_per_hour=3.6, bound_seconds=0.050)
    dots = [(float(x), float(y)) for x, y, _ in DOT.findall(getattr(figure, layout))]
    assert len(dots) == 8
    across = (dots[3][0] - dots[0][0]) / math.log(45 / 10)
    down = (dots[3][1] - dots[0][1]) / math.log(700 / 100)
    waits = [10, 15, 30, 45, 12, 30, 45, 60]
    rates = [each.output_tokens_per_s for each in FOUR] * 2
    for (x, y), wait, rate in zip(dots, waits, rates, strict=True):
        assert x - dots[0][0] == pytest.approx(across * math.log(wait / 10), abs=0.3)
        assert y - dots[0][1] == pytest.approx(down * math.log(rate / 100), abs=0.3)


def test_it_names_the_batch_that_each_promise_allows():
    figure = promised_batches(FOUR, usd_per_hour=3.6, bound_seconds=0.050)
    assert "Within 50 ms: middle of steps: 32 users, USD 1.43/million tokens" in figure.alt
    assert "slowest hundredth: 16 users, USD 1.67/million tokens" in figure.alt


def test_the_rent_of_all_chips_is_counted():
    two = promised_batches(FOUR, usd_per_hour=3.6, bound_seconds=0.050, chips=2)
    assert "16 users, USD 3.33/million tokens" in two.alt


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="two batches"):
        promised_batches(FOUR[:1], usd_per_hour=1, bound_seconds=0.05)
    with pytest.raises(ValueError, match="no batch keeps 5 ms"):
        promised_batches(FOUR, usd_per_hour=1, bound_seconds=0.005)
    with pytest.raises(ValueError, match="bound_seconds"):
        promised_batches(FOUR, usd_per_hour=1, bound_seconds=0)
