"""Gradients against the slope of the formula, and the bytes of cost/attention_backward.py."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.test_walk import formula, inputs, tiles
from tokenworks.cost.attention import flash_traffic, naive_traffic
from tokenworks.cost.attention_backward import flash_backward_traffic, naive_backward_traffic
from tokenworks.cost.attention_call import Tiles
from tokenworks.kernels.hbm import Hbm
from tokenworks.kernels.walk import call_of_arrays, walk_flash, walk_naive
from tokenworks.kernels.walk_backward import walk_flash_backward, walk_naive_backward

few = settings(max_examples=20)
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")


def with_gradient(hbm, seed):
    gradient = np.random.default_rng(seed).normal(size=hbm["Q"].shape)
    return Hbm(**{name: hbm[name] for name in "QKV"}, dO=gradient)


def slope(hbm, call, direction):
    """Return how fast Σ dO ∘ O grows along a direction of (Q, K, V), in float64."""
    step, sums = 1e-5, []
    for sign in (1, -1):
        moved = [hbm[name] + sign * step * d for name, d in zip("QKV", direction, strict=True)]
        sums.append((hbm["dO"] * formula(*moved, causal=call.causal)).sum())
    return (sums[0] - sums[1]) / (2 * step)


def check_gradients(hbm, call):
    """The gradient's product with any direction is the slope along it."""
    rng = np.random.default_rng(0)
    direction = [rng.normal(size=hbm[name].shape) for name in "QKV"]
    kv_shape = (*hbm["K"].shape[:3], -1, call.d_head)
    found = (hbm["dQ"] * direction[0]).sum()
    for name, along in zip(("dK", "dV"), direction[1:], strict=True):
        found += (hbm[name].reshape(kv_shape).sum(axis=3) * along).sum()
    np.testing.assert_allclose(found, slope(hbm, call, direction), rtol=1e-6, atol=1e-6)


@few
@given(inputs(), st.integers(0, 9))
def test_stored(drawn, seed):
    hbm, call, _ = drawn
    hbm = with_gradient(hbm, seed)
    walk_naive(hbm, call)
    walk_naive_backward(hbm, call)
    check_gradients(hbm, call)
    assert hbm.traffic == naive_traffic(call) + naive_backward_traffic(call)


@few
@given(inputs(), tiles, st.integers(0, 9))
def test_recomputed(drawn, tiles, seed):
    hbm, call, _ = drawn
    hbm = with_gradient(hbm, seed)
    list(walk_flash(hbm, call, tiles, save_statistics=True))
    walk_flash_backward(hbm, call, tiles)
    check_gradients(hbm, call)
    forward = flash_traffic(call, tiles, save_statistics=True)
    assert hbm.traffic == forward + flash_backward_traffic(call, tiles)


def test_accumulators_of_half_precision_values():
    rng = np.random.default_rng(1)
    q, k, v, do = rng.normal(size=(4, 1, 8, 1, 4)).astype(np.float16)
    hbm = Hbm(Q=q, K=k, V=v, dO=do)
    call = call_of_arrays(hbm, causal=True)
    list(walk_flash(hbm, call, Tiles(4, 4), save_statistics=True))
    walk_flash_backward(hbm, call, Tiles(4, 4))
    forward = flash_traffic(call, Tiles(4, 4), save_statistics=True)
    assert hbm.traffic == forward + flash_backward_traffic(call, Tiles(4, 4))
    exact = Hbm(**{n: hbm[n].astype(np.float64) for n in ("Q", "K", "V", "dO")})
    double = call_of_arrays(exact, causal=True, accumulator_bytes=8)
    walk_naive(exact, double)
    walk_naive_backward(exact, double)
    for name in ("dQ", "dK", "dV"):
        np.testing.assert_allclose(hbm[name], exact[name], atol=2e-2)
