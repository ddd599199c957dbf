"""The last ten seconds: gaps that are counted."""

from random import Random

from tokenworks.cockpit.window import TICK, TICKS, WINDOW, gap_at
from tokenworks.percentiles import percentile


def test_counted_gaps_have_the_percentile_of_all():
    random = Random(1)
    for _ in range(50):
        parts = [
            sorted(
                ((random.randint(1, 9) / 8, random.randint(1, 40)) for _ in range(5)), reverse=True
            )
            for _ in range(random.randint(1, 4))
        ]
        plain = [gap for part in parts for gap, often in part for _ in range(often)]
        for share in (0.01, 0.03, 0.5, 0.99, 1.0):
            assert gap_at(parts, share) == percentile(plain, 100 * share, method="inverted_cdf")
    assert gap_at([], 0.99) is None
    assert gap_at([[]], 0.99) is None


def test_the_window_is_whole_ticks():
    assert TICKS * TICK == WINDOW
