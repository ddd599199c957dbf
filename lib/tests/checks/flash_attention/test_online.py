import math
from itertools import islice

import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.checks import check
from tokenworks.checks.flash_attention.online import NONE, update
from tokenworks.checks.hidden import drawn_cases
from tokenworks.kernels import online_softmax
from tokenworks.kernels.online_softmax import State


@pytest.mark.parametrize("sizes", [(7,), (1, 6), (3, 3, 1), (1,) * 7, (2, 2, 3)])
@pytest.mark.parametrize("masked", [(), (0, 1, 2), (3,), (5, 6)])
def test_tiles_in_a_row_give_the_softmax_of_the_whole_row(sizes, masked):
    rng = np.random.default_rng(8)
    scores, values = rng.normal(size=7) * 9, rng.normal(size=(7, 2))
    scores[list(masked)] = NONE
    state, at = (NONE, 0.0, [0.0, 0.0]), 0
    for size in sizes:
        tile = slice(at, at + size)
        state = update(*state, scores[tile].tolist(), values[tile].tolist())
        at += size
    m, l, o = state
    weights = np.exp(scores - scores.max())
    assert (m, l) == (scores.max(), pytest.approx(weights.sum()))
    np.testing.assert_allclose(np.array(o) / l, weights @ values / weights.sum())


def test_the_librarys_update_in_float32_agrees():
    keys, width = 4, 3  # one shape for all: what is added is masked
    for m, l, o, scores, values in (*update.cases, *islice(drawn_cases(update, "library"), 20)):
        more, wide = (0, keys - len(scores)), (0, width - len(o))
        state = State(*(jnp.float32(part) for part in (m, l, np.pad(o, wide))))
        tile = (np.pad(scores, more, constant_values=NONE), np.pad(values, (more, wide)))
        after = online_softmax.update(state, *(jnp.float32(part) for part in tile))
        wanted = update(m, l, o, scores, values)
        got = (float(after.m), float(after.l), after.o[: len(o)])
        for part, expected in zip(got, wanted, strict=True):
            np.testing.assert_allclose(part, expected, rtol=2e-3, atol=1e-5)


def test_hidden_tiles_raise_the_maximum_or_not_and_mask_some_or_all():
    drawn = list(islice(drawn_cases(update, "variety"), 40))
    assert {max(scores) > m for m, _, _, scores, _ in drawn} == {True, False}
    masked = [sum(score == NONE for score in scores) / len(scores) for *_, scores, _ in drawn]
    assert {0.0, 1.0} < set(masked)
    assert any(m == NONE == max(scores) for m, _, _, scores, _ in drawn)
    assert any(abs(m) > 300 and math.isfinite(m) for m, *_ in drawn)


def test_minus_infinity_is_no_fault_where_it_is_right():
    report = check("08.1", update)
    assert report.passed
    assert report.score.startswith("Off by 0")
    assert not any(row.problem for row in report.rows)
    assert "-inf" in report._repr_html_()
