import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.model import survivors
from tokenworks.speculation import acceptance, drafted, replacement, residual, verify

from .laws import distributions

P, Q = np.array([0.5, 0.3, 0.2, 0.0]), np.array([0.1, 0.6, 0.2, 0.1])


def fixed(*values):
    """Return a generator whose `random` gives these values."""
    found = np.random.Generator(np.random.PCG64(0))
    numbers = iter(values)

    class Written(np.random.Generator):
        def random(self):
            return next(numbers)

    return Written(found.bit_generator)


def test_acceptance_and_residual_by_hand():
    np.testing.assert_allclose(acceptance(P, Q), [1, 0.5, 1, 0])
    np.testing.assert_allclose(residual(P, Q), [1, 0, 0, 0])
    np.testing.assert_allclose(residual(Q, P), [0, 0.75, 0, 0.25])


def test_nothing_left_is_p_itself():
    np.testing.assert_array_equal(residual(P, P), P)
    np.testing.assert_array_equal(residual(P * (1 - 1e-16), P), P * (1 - 1e-16))
    np.testing.assert_array_equal(residual(np.array([0.5, 0.5]), np.array([0.6, 0.6])), [0.5, 0.5])


def test_a_residual_of_the_smallest_floats_is_a_distribution():
    tiny = 5e-324
    p, q = np.array([1.0, 3 * tiny, tiny]), np.array([1.0, tiny, 0.0])
    np.testing.assert_allclose(residual(p, q), [0, 2 / 3, 1 / 3])


@given(distributions(), distributions())
def test_accepted_and_replaced_together_are_p(p, q):
    kept = q * acceptance(p, q)
    np.testing.assert_allclose(kept + (1 - kept.sum()) * residual(p, q), p, rtol=0, atol=1e-12)
    np.testing.assert_allclose(kept, np.minimum(p, q), rtol=0, atol=1e-15)


def test_a_verdict_by_hand():
    two = drafted([1, 0], [Q, Q])
    rows = np.stack([P, P, P])
    assert verify(two, rows, fixed(0.49, 0.99, 0.0)) == (2, 0)  # 0.3 / 0.6, then p > q; bonus
    assert verify(two, rows, fixed(0.5, 0.7)) == (0, 0)  # the residual is token 0 alone
    assert verify(drafted([]), rows[:1], fixed(0.79)) == (0, 1)  # nothing drafted: a draw from p


def test_a_certain_draft_is_accepted_with_probability_p():
    one = drafted([1])
    rows = np.stack([P, P])
    assert verify(one, rows, fixed(0.29, 0.0)) == (1, 0)
    assert verify(one, rows, fixed(0.3, 0.0)) == (0, 0)
    assert verify(one, rows, fixed(0.3, 0.72)) == (0, 2)  # 0.5 / 0.7 is where token 2 begins


def test_one_place_is_judged_as_in_a_whole_draft():
    assert replacement(1, P, Q, rng=fixed(0.49)) is None
    assert replacement(1, P, Q, rng=fixed(0.5, 0.7)) == 0
    assert replacement(1, P, None, rng=fixed(0.29)) is None
    assert replacement(1, P, None, rng=fixed(0.3, 0.72)) == 2


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 10**6))
def test_greedy_takes_the_best_token_whatever_the_chance(best, guess, seed):
    rows = np.stack([np.eye(6)[best], np.eye(6)[2]])
    found = verify(drafted([guess]), rows, np.random.default_rng(seed))
    assert found == ((1, 2) if guess == best else (0, best))


@given(
    st.lists(st.tuples(distributions(), distributions()), max_size=4), distributions(), st.data()
)
def test_a_verdict_is_possible_under_p(pairs, last, data):
    tokens = [data.draw(st.sampled_from(survivors(q).tolist())) for _, q in pairs]
    rows = np.stack([*(p for p, _ in pairs), last])
    seed = data.draw(st.integers(0, 2**32))
    guess = drafted(tokens, [q for _, q in pairs])
    accepted, token = verify(guess, rows, np.random.default_rng(seed))
    assert 0 <= accepted <= len(tokens)
    assert all(rows[i, tokens[i]] > 0 for i in range(accepted))
    assert rows[accepted, token] > 0
    if accepted < len(tokens):
        p, q = pairs[accepted]
        assert p[tokens[accepted]] < q[tokens[accepted]]  # only what q overrates is rejected
        assert p[token] > q[token]
    assert verify(guess, rows, np.random.default_rng(seed)) == (accepted, token)


def test_p_equal_q_accepts_everything():
    rows = np.stack([Q, Q, Q])
    for seed in range(50):
        guess = drafted([1, 3], [Q, Q])
        assert verify(guess, rows, np.random.default_rng(seed)).accepted == 2


@pytest.mark.parametrize(
    ("tokens", "probs", "rows", "message"),
    [
        ([3], [np.array([0.4, 0.6, 0, 0])], [P, P], "token 3 where its q is 0"),
        ([1], None, [P], "1 drafted tokens need 2 rows of p, got 1"),
        ([4], None, [P, P], "not among the 4 of p"),
        ([-1], None, [P, P], "not among the 4 of p"),
        ([1], [np.array([0.0, 1.0])], [P, P], r"q must be 1 rows of 4, got \(1, 2\)"),
        ([1], [P, P], [P, P], r"q must be 1 rows of 4, got \(2, 4\)"),
        ([1], [0.5 * Q], [P, P], "row 0 of q sums to 0.4999"),
        ([1], [Q], [P, 2 * P], "row 1 of p sums to 2.0"),
        ([1], [Q], [P, P * np.nan], "row 1 of p sums to nan"),
    ],
)
def test_bad_input_is_named(tokens, probs, *, rows, message):
    with pytest.raises(ValueError, match=message):
        verify(drafted(tokens, probs), np.stack(rows), np.random.default_rng(0))
