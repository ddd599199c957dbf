import numpy as np
import pytest
from tokenworks.checks.question import fresh_cases

from tokenworks.checks.generation_sampling import DRAW, QUESTIONS, SOFTMAX, TOP_P


def test_the_chapters_sampling_questions():
    assert [question.id for question in QUESTIONS] == ["02.2", "02.3", "02.4"]


def test_softmax_is_stable_and_greedy_at_zero():
    np.testing.assert_allclose(
        SOFTMAX.oracle([1000.0, 999.0], 1.0), [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))]
    )
    assert SOFTMAX.oracle([0.3, 2.5, 2.5], 0).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("probs", "top_p", "kept"),
    [
        ([0.25, 0.5, 0.25], 0.5, [1]),
        ([0.1, 0.4, 0.2, 0.3], 0.6, [1, 3]),
        ([0.5, 0.0, 0.5], 0.9, [0, 2]),
    ],
)
def test_top_p_keeps_the_crossing_token(probs, top_p, kept):
    filtered = TOP_P.oracle(probs, top_p)
    assert np.flatnonzero(filtered).tolist() == kept
    assert filtered.sum() == pytest.approx(1)


def test_draw_cases_have_exact_sums():
    for probs, u in fresh_cases(DRAW, "exact", count=50):
        assert sum(probs) == 1.0
        assert 0 <= u < 1
        assert probs[DRAW.oracle(probs, u)] > 0


def test_top_p_cases_stay_away_from_rounding():
    for probs, top_p in fresh_cases(TOP_P, "margin", count=50):
        sums = np.cumsum(sorted(probs, reverse=True))
        assert np.abs(sums - top_p).min() > 1e-3
