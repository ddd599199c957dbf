import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.layers import layer_block, linear, qkv, rms_norm, swiglu, write
from tokenworks.model.weights import fuse


def normal(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def test_linear_multiplies_by_the_transpose_of_an_out_in_matrix():
    x, weight = normal(2, 3, 4), normal(5, 4, seed=1)
    expected = np.asarray(x) @ np.asarray(weight).T
    np.testing.assert_allclose(linear(x, weight, "highest"), expected, rtol=1e-5, atol=1e-6)


def test_rms_norm_makes_the_mean_square_one():
    x = 5 * normal(1, 2, 64)
    square = np.mean(np.square(rms_norm(x, jnp.ones(64), 1e-5)), axis=-1)
    np.testing.assert_allclose(square, 1, rtol=1e-5)
    doubled = rms_norm(x, 2 * jnp.ones(64), 1e-5)
    np.testing.assert_allclose(doubled, 2 * rms_norm(x, jnp.ones(64), 1e-5), rtol=1e-6)


def test_swiglu_by_hand():
    layer = {"w_gate": jnp.array([[1.0]]), "w_up": jnp.array([[3.0]]), "w_down": jnp.array([[2.0]])}
    out = swiglu(jnp.array([[[0.5]]]), layer, precision="highest")
    assert float(out[0, 0, 0]) == pytest.approx(2 * (0.5 / (1 + np.exp(-0.5))) * 1.5)


def test_write_replaces_a_window_of_the_buffer():
    after = write(jnp.zeros((1, 6, 2, 4)), jnp.ones((1, 2, 2, 4)), 3)
    assert after[0, :, 0, 0].tolist() == [0, 0, 0, 1, 1, 0]


def test_fused_matrices_give_the_same_layer(tiny):
    x, layer = normal(1, 5, 32), tiny.weights["layers"][0]
    fused = fuse(tiny.weights)["layers"][0]
    assert {"wqkv", "w_gate_up"} < fused.keys()
    assert "wq" not in fused
    plain_out, fused_out = (layer_block(x, each, tiny.spec)[0] for each in (layer, fused))
    np.testing.assert_allclose(plain_out, fused_out, rtol=1e-5, atol=1e-5)


def test_a_layer_returns_rotated_keys_and_plain_values(tiny):
    x, layer = normal(1, 4, 32), tiny.weights["layers"][0]
    _, (keys, values) = layer_block(x, layer, tiny.spec)
    normed = rms_norm(x, layer["attn_norm"], tiny.spec.norm_eps)
    _, k, v = qkv(normed, layer, tiny.spec, precision="highest")
    np.testing.assert_allclose(values, v, rtol=1e-6)
    np.testing.assert_allclose(keys[:, 0], k[:, 0], rtol=1e-6)  # position 0 does not turn
    assert np.abs(keys[:, 1] - k[:, 1]).max() > 0.1


def test_start_shifts_the_positions(tiny):
    x, layer = normal(1, 4, 32), tiny.weights["layers"][0]
    _, (whole, _) = layer_block(x, layer, tiny.spec)
    buffers = (jnp.zeros_like(whole), jnp.zeros_like(whole))
    _, (later, _) = layer_block(x[:, 2:], layer, tiny.spec, start=2, cache=buffers)
    np.testing.assert_allclose(later[:, 2:], whole[:, 2:], rtol=1e-4, atol=1e-5)


def test_the_scale_of_rope_comes_from_the_spec(tiny):
    other = dataclasses.replace(tiny.spec, rope_theta=5.0)
    x, layer = normal(1, 4, 32), tiny.weights["layers"][0]
    assert (
        np.abs(layer_block(x, layer, tiny.spec)[0] - layer_block(x, layer, other)[0]).max() > 1e-3
    )


def test_products_are_added_up_after_attention_and_after_the_feed_forward_part(tiny):
    x, layer, parts = normal(1, 5, 32), tiny.weights["layers"][0], []

    def doubled(part):
        parts.append(part)
        return 2 * part

    out, _ = layer_block(x, layer, tiny.spec, total=doubled)
    plain, _ = layer_block(x, {**layer, "w_down": 0 * layer["w_down"]}, tiny.spec)
    np.testing.assert_allclose(parts[0], plain - x, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(out, x + 2 * parts[0] + 2 * parts[1], rtol=1e-5, atol=1e-5)
