from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model import hidden_states
from tokenworks.quantization import (
    Grid,
    KVGrid,
    hadamard,
    quantize_rows,
    round_kv,
    round_to_nearest,
    states_of,
)
from tokenworks.specs import number_format

TOKENS, HEADS, WIDE = 70, 3, 64


def drawn(seed=0, outlier=1.0):
    """Keys, or values, of one text; with an outlier, one channel of each head is large."""
    x = np.random.default_rng(seed).normal(size=(TOKENS, HEADS, WIDE)).astype(np.float32)
    x[..., 5] *= outlier
    return jnp.asarray(x)


def error(found, exact):
    return float(jnp.linalg.norm(found - exact) / jnp.linalg.norm(exact))


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_rows_are_rounded_as_a_matrix_is(bits):
    x = drawn()
    rows = quantize_rows(x, bits)
    oracle = round_to_nearest(np.asarray(x).reshape(-1, WIDE), Grid(bits))
    np.testing.assert_array_equal(np.asarray(rows.scales).reshape(-1, 1), oracle.scales)
    np.testing.assert_array_equal(np.asarray(rows.codes).reshape(-1, WIDE), oracle.codes)
    found = np.asarray(rows.values()).reshape(-1, WIDE)
    np.testing.assert_allclose(found, oracle.values(), rtol=1e-6, atol=1e-6)


def test_a_row_of_equal_values_stays():
    rows = quantize_rows(jnp.full((2, 8), 0.5), 4)
    assert rows.codes.max() == 0
    np.testing.assert_array_equal(rows.values(), 0.5)


def test_by_channel_a_group_of_tokens_shares_a_step_and_the_rest_waits():
    k, v = drawn(outlier=50), drawn(1)
    found_k, found_v = round_kv(k, v, KVGrid(4, keys="channel", group=32))
    np.testing.assert_array_equal(found_k[64:], k[64:])
    by_channel = np.asarray(k[32:64]).reshape(32, -1).T
    oracle = round_to_nearest(by_channel, Grid(4)).values().T.reshape(32, HEADS, WIDE)
    np.testing.assert_allclose(found_k[32:64], oracle, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(found_v, round_kv(k, v, KVGrid(4))[1])


def test_an_outlier_channel_costs_the_others_their_bits_unless_it_has_its_own_or_is_spread():
    k, v = drawn(outlier=50), drawn(1)
    plain, rotated, channel = (
        error(jnp.delete(round_kv(k, v, grid)[0][:64], 5, axis=-1), jnp.delete(k[:64], 5, axis=-1))
        for grid in (KVGrid(4), KVGrid(4, rotated=True), KVGrid(4, keys="channel"))
    )
    assert channel < 0.5 * rotated < 0.5 * plain


def test_a_rotation_alone_changes_nothing():
    turn = hadamard(WIDE)
    np.testing.assert_allclose(turn @ turn.T, np.eye(WIDE), atol=1e-12)
    np.testing.assert_array_equal(turn, turn.T)
    assert set(np.abs(turn).reshape(-1)) == {1 / 8}
    k, v = drawn(), drawn(1)
    found = round_kv(k, v, KVGrid(8, rotated=True))
    assert error(found[0], k) < 0.01
    assert error(found[1], v) < 0.01


def test_bits_of_a_value_with_its_share_of_scale_and_minimum():
    assert KVGrid(4).bits_per_value(128) == 8 * number_format("int4-head128").bytes_per_value
    assert KVGrid(8).bits_per_value(128) == 8 * number_format("int8-head128").bytes_per_value
    assert KVGrid(4).bits_per_value(64) == 4.5
    assert KVGrid(4, keys="channel").bits_per_value(64) == 4.75


@pytest.mark.parametrize("keys", ["token", "channel"])
def test_through_the_model_eight_bits_are_nearly_the_model_and_four_are_less(tiny, keys):
    ids = np.random.default_rng(0).integers(3, 200, (2, 40)).astype(np.int32)
    exact = hidden_states(tiny.fused, tiny.spec, ids)
    eight, four = (
        error(states_of(tiny.weights, tiny.spec, kv=KVGrid(bits, keys=keys))(ids), exact)
        for bits in (8, 4)
    )
    assert 0 < eight < 0.02
    assert 4 * eight < four < 0.3


def test_a_window_within_the_first_group_reads_its_keys_as_they_are(tiny):
    ids = np.array([[3, 1, 4, 1, 5]], np.int32)
    grid = KVGrid(4, keys="channel", values="channel")
    found = states_of(tiny.weights, tiny.spec, kv=grid)(ids)
    np.testing.assert_allclose(found, hidden_states(tiny.fused, tiny.spec, ids), atol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bits": 1}, "bits must be a whole number from 2 to 8, got 1"),
        ({"bits": 4, "keys": "head"}, '"token" or a "channel", got \'head\''),
        ({"bits": 4, "group": 0}, "group must be a whole number from 1, got 0"),
    ],
)
def test_what_is_no_grid_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        KVGrid(**arguments)


def test_a_head_that_is_no_power_of_two_is_not_rotated():
    with pytest.raises(ValueError, match="a power of two as size, got 96"):
        hadamard(96)


@pytest.mark.model
def test_on_the_real_model_keys_have_channels_and_so_want_steps_by_channel(lm):
    ids = np.asarray([lm.tokenizer.encode("The cat sat on the mat and looked at the moon. " * 8)])
    exact = hidden_states(lm.fused, lm.spec, ids)
    token = KVGrid(4)
    errors = {
        name: error(states_of(lm.weights, lm.spec, kv=grid)(ids), exact)
        for name, grid in {
            "eight": KVGrid(8),
            "token": token,
            "rotated": replace(token, rotated=True),
            "channel": replace(token, keys="channel"),
        }.items()
    }
    assert errors["eight"] < 0.1 * errors["token"]
    assert errors["channel"] < errors["rotated"] < errors["token"]
