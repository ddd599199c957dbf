"""Coins that fall the same way at every acceptance."""

from itertools import pairwise

import pytest

from tokenworks.data.speculation_trace import LENGTH, LONGEST
from tokenworks.widgets.coin_rows import coin_runs


def test_more_acceptance_lets_more_stand_in_every_place():
    rows = [coin_runs(alpha / 10) for alpha in range(11)]
    for low, high in pairwise(rows):
        assert all(a <= b for a, b in zip(low, high, strict=True))
    assert rows[0] == [0] * LENGTH
    assert rows[10] == [LONGEST] * LENGTH


def test_the_mean_is_what_so_many_coins_give():
    mean = sum(coin_runs(0.5)) / LENGTH
    assert mean == pytest.approx(1 - 0.5**LONGEST, abs=0.5)
