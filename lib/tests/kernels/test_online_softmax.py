import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenworks.kernels.online_softmax import State, finish, logsumexp, merge, start, steps, update

SCORES, VALUES = jnp.array([1.0, 3.0, 2.0, 5.0]), jnp.array([[10.0], [20.0], [30.0], [40.0]])
SCORE = st.floats(-1e4, 1e4, width=32) | st.just(-math.inf)
run = jax.jit(steps, static_argnames=("tile", "precision"))


def last(states):
    return State(*(x[-1] for x in states))


def test_four_numbers_by_hand():
    states = steps(SCORES, VALUES, tile=2)
    e = math.exp
    np.testing.assert_array_equal(states.m, [3, 5])
    first_l, first_o = e(1 - 3) + 1, 10 * e(1 - 3) + 20
    np.testing.assert_allclose(
        states.l, [first_l, e(3 - 5) * first_l + e(2 - 5) + 1], rtol=1e-6, atol=0
    )
    second_o = e(3 - 5) * first_o + 30 * e(2 - 5) + 40
    np.testing.assert_allclose(states.o[:, 0], [first_o, second_o], rtol=1e-6)
    expected = jax.nn.softmax(SCORES) @ VALUES
    np.testing.assert_allclose(finish(last(states)), expected, rtol=1e-6)


@settings(max_examples=50)
@given(st.lists(SCORE, min_size=12, max_size=12), st.sampled_from([1, 3, 12]))
def test_the_state_is_what_its_definition_says(numbers, tile):
    scores = np.array(numbers, np.float32)
    values = np.linspace(-1, 1, 24, dtype=np.float32).reshape(12, 2)
    states = run(jnp.asarray(scores), jnp.asarray(values), tile=tile)
    for i, (m, l, o) in enumerate(zip(*states, strict=True)):
        known = scores[: (i + 1) * tile].astype(np.float64)
        weights = np.exp(known - max(known.max(), -1e30))  # no weight where all is -inf
        assert m == known.max()
        np.testing.assert_allclose(l, weights.sum(), rtol=2e-6)
        np.testing.assert_allclose(o, weights @ values[: known.size], rtol=1e-5, atol=1e-5)
        assert l >= 1 or m == -math.inf  # the largest score counts as exp(0)


def test_tiles_before_the_first_visible_key_leave_the_state_as_it_was():
    state = update(start((), 1), jnp.full(2, -jnp.inf), VALUES[:2])
    for now, before in zip(state, start((), 1), strict=True):
        np.testing.assert_array_equal(now, before)
    np.testing.assert_array_equal(finish(state), [0])
    after = finish(update(state, SCORES[2:], VALUES[2:]))
    np.testing.assert_array_equal(after, finish(update(start((), 1), SCORES[2:], VALUES[2:])))


def test_a_larger_score_rescales_what_was_summed():
    state = update(start((), 1), jnp.array([-1e4]), jnp.array([[1.0]]))
    np.testing.assert_array_equal(finish(state), [1])  # alone, however small
    state = update(state, jnp.array([1e4]), jnp.array([[2.0]]))
    np.testing.assert_array_equal(finish(state), [2])
    assert float(state.l) == 1


def test_halves_join_in_any_order_to_the_whole():
    part = [update(start((), 1), SCORES[i : i + 1], VALUES[i : i + 1]) for i in range(4)]
    whole = last(steps(SCORES, VALUES, tile=4))
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        a, b, c, d = (part[i] for i in order)
        for joined in (merge(merge(merge(a, b), c), d), merge(merge(a, b), merge(c, d))):
            for got, wanted in zip(joined, whole, strict=True):
                np.testing.assert_allclose(got, wanted, rtol=1e-6)
    for same in (merge(whole, start((), 1)), merge(start((), 1), whole)):
        for got, wanted in zip(same, whole, strict=True):
            np.testing.assert_array_equal(got, wanted)
    empty = merge(start((), 1), start((), 1))
    assert [x.tolist() for x in empty] == [x.tolist() for x in start((), 1)]


def test_logsumexp_is_that_of_all_scores():
    scores = jnp.array([[1.0, 3.0, 2.0, 5.0], [-300.0, 9e3, 0.0, 9e3], [-jnp.inf] * 4])
    got = logsumexp(last(steps(scores, VALUES, tile=2)))
    expected = [*jax.nn.logsumexp(scores[:2], axis=-1).tolist(), -math.inf]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_gradients_pass_through_the_scan():
    def one_pass(scores, values, *, tile):
        return finish(last(steps(scores, values, tile=tile)))[0]

    def two_passes(scores, values):
        return (jax.nn.softmax(scores) @ values)[0]

    got = jax.grad(partial(one_pass, tile=2), argnums=(0, 1))(SCORES, VALUES)
    expected = jax.grad(two_passes, argnums=(0, 1))(SCORES, VALUES)
    for slope, wanted in zip(got, expected, strict=True):
        np.testing.assert_allclose(slope, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("tile", [0, 3, 5])
def test_a_tile_that_does_not_divide_is_refused(tile):
    with pytest.raises(ValueError, match=f"4 scores do not fall into tiles of {tile}: pass"):
        steps(SCORES, VALUES, tile=tile)
