import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.rope import apply_rope, rope_angles


def turned(x, position, *, theta=100.0):
    at = jnp.array([[position]])
    return np.asarray(apply_rope(x, rope_angles(at, x.shape[-1], theta)))


def test_position_zero_changes_nothing():
    x = jnp.arange(8.0).reshape(1, 1, 1, 8)
    np.testing.assert_array_equal(turned(x, 0), x)


def test_pair_i_is_components_i_and_i_plus_half():
    x = jnp.array([1.0, 1.0, 0.0, 0.0]).reshape(1, 1, 1, 4)
    slow = 3 * 100.0**-0.5
    expected = [np.cos(3.0), np.cos(slow), np.sin(3.0), np.sin(slow)]
    np.testing.assert_allclose(turned(x, 3)[0, 0, 0], expected, rtol=1e-6)


def test_scores_depend_on_the_distance_alone():
    rng = np.random.default_rng(0)
    q, k = (jnp.asarray(rng.normal(size=(1, 1, 1, 16)), jnp.float32) for _ in range(2))
    near = float((turned(q, 7) * turned(k, 3)).sum())
    far = float((turned(q, 107) * turned(k, 103)).sum())
    assert near == pytest.approx(far, abs=1e-4)


def test_a_model_without_rotary_embedding_is_refused():
    with pytest.raises(ValueError, match="no rotary embedding"):
        rope_angles(jnp.array([[0]]), 8, None)
