from itertools import accumulate, islice

import numpy as np
import pytest

from tokenworks.checks.generation.sampling import draw_token, filter_top_p
from tokenworks.checks.hidden import drawn_cases
from tokenworks.model.sampling import Sampling, draw, probabilities


def cases(exercise, count=100):
    return (*exercise.cases, *islice(drawn_cases(exercise, "same"), count))


@pytest.mark.parametrize(
    ("probs", "top_p", "kept"),
    [
        ([0.25, 0.5, 0.25], 0.5, [1]),
        ([0.1, 0.4, 0.2, 0.3], 0.6, [1, 3]),
        ([0.5, 0.0, 0.5], 0.9, [0, 2]),
    ],
)
def test_top_p_keeps_the_crossing_token(probs, top_p, kept):
    filtered = filter_top_p(probs, top_p)
    assert np.flatnonzero(filtered).tolist() == kept
    assert sum(filtered) == pytest.approx(1)


def test_top_p_agrees_with_the_models_own():
    for probs, top_p in cases(filter_top_p):
        sums = accumulate(sorted(probs, reverse=True))
        if min(abs(total - top_p) for total in sums) > 1e-6:  # logarithms round at the edge
            wanted = probabilities(np.log(np.array(probs)), Sampling(top_p=float(top_p)))
            np.testing.assert_allclose(filter_top_p(probs, top_p), wanted, rtol=1e-9)


def test_top_p_cases_have_one_answer():
    exact = 0
    for probs, top_p in islice(drawn_cases(filter_top_p, "margin"), 100):
        kept = [prob > 0 for prob in filter_top_p(probs, top_p)]
        inside = [prob for prob, keep in zip(probs, kept, strict=True) if keep]
        outside = [prob for prob, keep in zip(probs, kept, strict=True) if not keep]
        assert min(inside) > max(outside)  # no tie at the edge
        assert sum(probs) == 1.0
        exact += sum(inside) == top_p
    assert exact > 10


def test_the_draw_agrees_with_the_models_own():
    for probs, u in cases(draw_token):
        assert draw_token(probs, u) == draw(np.array(probs), u)


def test_draw_cases_have_exact_sums():
    for probs, u in islice(drawn_cases(draw_token, "exact"), 50):
        assert sum(probs) == 1.0
        assert 0 <= u < 1
        assert probs[draw_token(probs, u)] > 0
