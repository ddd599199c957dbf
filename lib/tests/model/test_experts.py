"""A mixture of experts beside a loop over tokens and their experts, one by one."""

import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.experts import mixture, route, run_experts

E, M, F, T = 4, 6, 5, 7


@pytest.fixture
def layer():
    rng = np.random.default_rng(0)
    shapes = {"router": (E, M), "experts.w_gate": (E, F, M), "experts.w_up": (E, F, M)}
    shapes["experts.w_down"] = (E, M, F)
    return {name: jnp.asarray(rng.normal(size=s), jnp.float32) for name, s in shapes.items()}


@pytest.fixture
def x():
    return jnp.asarray(np.random.default_rng(1).normal(size=(T, M)), jnp.float32)


def one_expert(token, layer, expert):
    gate, up, down = (
        np.asarray(layer[f"experts.{name}"][expert]) for name in ("w_gate", "w_up", "w_down")
    )
    token = np.asarray(token)
    hidden = gate @ token
    return down @ (hidden / (1 + np.exp(-hidden)) * (up @ token))


def by_hand(x, layer, *, active, kept=None):
    x, layer = np.asarray(x), {name: np.asarray(array) for name, array in layer.items()}
    out = np.zeros_like(x)
    for t, token in enumerate(x):
        scores = layer["router"] @ token
        best = np.argsort(-scores)[:active]
        shares = np.exp(scores[best]) / np.exp(scores[best]).sum()
        for place, expert in enumerate(best):
            if kept is None or kept[t, place]:
                out[t] += shares[place] * one_expert(token, layer, expert)
    return out


@pytest.mark.parametrize("active", [1, 2, E])
def test_a_token_is_the_sum_of_its_experts_by_their_shares(active, layer, x):
    found = mixture(x, layer, active=active)
    assert np.allclose(found, by_hand(x, layer, active=active), atol=1e-4)


def test_what_was_dropped_is_left_out_and_its_share_is_lost(layer, x):
    kept = jnp.asarray(np.random.default_rng(2).random((T, 2)) < 0.5)
    found = mixture(x, layer, active=2, kept=kept)
    assert np.allclose(found, by_hand(x, layer, active=2, kept=kept), atol=1e-4)
    assert not mixture(x, layer, active=2, kept=jnp.zeros((T, 2), bool)).any()


def test_shares_add_up_to_one_and_the_best_expert_comes_first(layer, x):
    routing = route(x, layer["router"], active=2, precision="highest")
    assert np.allclose(routing.shares.sum(axis=1), 1)
    assert (routing.shares[:, 0] >= routing.shares[:, 1]).all()
    assert np.array_equal(routing.experts[:, 0], (x @ layer["router"].T).argmax(axis=1))


def test_each_expert_has_tokens_of_its_own(layer, x):
    each = jnp.stack([x, 2 * x, -x, 0 * x])
    found = run_experts(each, layer, precision="highest")
    assert np.allclose(found[2, 3], one_expert(-x[3], layer, 2), atol=1e-4)
    assert not found[3].any()
