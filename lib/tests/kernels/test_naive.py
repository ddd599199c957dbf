import jax.numpy as jnp
import numpy as np
import pytest

from kernels.drawn import qkv, run, with_slopes
from tokenworks.kernels.naive import attention


def by_hand(q, k, v, *, sees, soft_cap=None):
    """Mix row by row in float64; sees(b, position, key) says which keys count."""
    q, k, v = (np.asarray(x, np.float64) for x in (q, k, v))
    out = np.zeros_like(q)
    cached, group = k.shape[1], q.shape[2] // k.shape[2]
    for b, t, h in np.ndindex(q.shape[:3]):
        keys = [s for s in range(cached) if sees(b, cached - q.shape[1] + t, s)]
        scores = k[b, keys, h // group] @ q[b, t, h] / q.shape[3] ** 0.5
        if soft_cap is not None:
            scores = soft_cap * np.tanh(scores / soft_cap)
        if keys:
            weights = np.exp(scores - scores.max())
            out[b, t, h] = weights / weights.sum() @ v[b, keys, h // group]
    return out


LENGTHS = (3, 7)
CASES = {
    "causal": ({}, lambda b, p, s: s <= p),
    "full": ({"causal": False}, lambda b, p, s: True),
    "window": ({"window": 2}, lambda b, p, s: p - 2 < s <= p),
    "both sides": ({"window": 2, "causal": False}, lambda b, p, s: p - 2 < s < p + 2),
    "lengths": ({"lengths": jnp.array(LENGTHS)}, lambda b, p, s: s <= p and s < LENGTHS[b]),
    "soft cap": ({"soft_cap": 3.0}, lambda b, p, s: s <= p),
}


@pytest.mark.parametrize("name", CASES)
def test_attention_by_hand(name):
    arrays = qkv(tokens=4, cached=7)
    options, sees = CASES[name]
    expected = by_hand(*arrays, sees=sees, soft_cap=options.get("soft_cap"))
    out = run(attention, *arrays, **options)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


def test_positions_say_where_the_queries_stand():
    q, k, v = qkv(tokens=1, cached=7)
    early = run(attention, q, k, v, positions=jnp.array([[2], [0]]))
    expected = by_hand(q, k, v, sees=lambda b, p, s: s <= (2, 0)[b])
    np.testing.assert_allclose(early, expected, rtol=1e-5, atol=1e-5)
    last = run(attention, q, k, v, positions=jnp.full((2, 1), 6))
    np.testing.assert_array_equal(last, run(attention, q, k, v))


def test_what_lies_past_the_length_harms_neither_result_nor_gradient():
    q, k, v = (np.asarray(x) for x in qkv())
    both, lengths = with_slopes(attention), jnp.array([5, 0])
    for junk in (np.nan, np.inf, -np.inf):
        dirty = [np.stack([x[0], np.full_like(x[1], junk)]) for x in (k, v)]
        out, *slopes = both((q, *dirty), np.ones_like(q), lengths)
        np.testing.assert_allclose(out[0], run(attention, q, k, v)[0], rtol=1e-6)
        assert not np.asarray(out[1]).any()  # a query with no key to see
        for slope in slopes:
            assert np.isfinite(slope).all()
            assert not np.asarray(slope[1]).any()


def test_a_query_before_the_first_key_gets_zeros():
    q, k, v = qkv(tokens=5, cached=3)
    out = run(attention, q, k, v)
    assert not out[:, :2].any()
    np.testing.assert_allclose(out[:, 2:], run(attention, q[:, 2:], k, v), 1e-6)


def test_scores_of_ten_thousand_do_not_overflow():
    q, k, v = qkv()
    out = run(attention, 1e4 * q, k, v)
    best = (np.asarray(k) @ np.asarray(q[0, 4, 0]))[0, :, 0].argmax()
    np.testing.assert_array_equal(out[0, 4, 0], v[0, best, 0])


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ({"heads": 3}, {}, "3 query heads cannot share 2 .* pass a multiple of 2"),
        ({"cached": 0}, {}, "nothing to attend to"),
        ({}, {"window": 0}, "window of 0 .* pass 1 or more"),
        ({}, {"soft_cap": 0.0}, "soft_cap=0.0 leaves no scores"),
    ],
)
def test_bad_input_is_named(shape, options, message):
    with pytest.raises(ValueError, match=message):
        attention(*qkv(**shape), **options, precision="highest")
