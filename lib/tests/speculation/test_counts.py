import pytest

from tokenworks.speculation import Counts


def test_passes_are_counted_by_place():
    counts = Counts()
    counts.record(3, 1, tokens=2)
    counts.record(3, 3, tokens=4)
    counts.record(0, 0, tokens=1)
    counts.record(4, 0, tokens=1)
    assert (counts.passes, counts.tokens, counts.tokens_per_pass) == (4, 8, 2.0)
    assert counts.drafted == [3, 3, 3, 1]
    assert counts.judged == [3, 2, 1, 0]
    assert counts.accepted == [2, 1, 1, 0]
    assert counts.acceptance == pytest.approx(4 / 6)
    assert counts.acceptance_by_place == [pytest.approx(2 / 3), 0.5, 1.0, 0.0]


def test_nothing_counted_is_nothing():
    assert (Counts().tokens_per_pass, Counts().acceptance) == (0.0, 0.0)
    assert Counts().acceptance_by_place == []


def test_counts_of_two_texts_add_up():
    both, other = Counts(), Counts()
    both.record(1, 1, tokens=2)
    other.record(3, 1, tokens=2)
    both.add(other)
    assert (both.passes, both.tokens) == (2, 4)
    assert (both.drafted, both.judged, both.accepted) == ([2, 1, 1], [2, 1, 0], [2, 0, 0])
