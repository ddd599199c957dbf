"""The last ten seconds: gaps that are counted."""

import pytest

from tokenworks.cockpit.window import TICK, TICKS, WINDOW, gap_at, mean_gap
from tokenworks.percentiles import percentile


def test_counted_gaps_have_the_mean_and_the_percentile_of_all():
    gaps = [(0.1, 3), (0.2, 96), (0.5, 1)]
    plain = [gap for gap, often in gaps for _ in range(often)]
    assert mean_gap(gaps) == pytest.approx(sum(plain) / 100)
    for share in (0.01, 0.03, 0.5, 0.99, 1.0):
        assert gap_at(gaps, share) == percentile(plain, 100 * share, method="inverted_cdf")
    assert (mean_gap([]), gap_at([], 0.99)) == (None, None)


def test_the_window_is_whole_ticks():
    assert TICKS * TICK == WINDOW
