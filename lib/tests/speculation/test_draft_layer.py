from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.cache import empty_cache
from tokenworks.speculation.draft_layer import (
    advance_draft,
    fuse_inputs,
    self_fed_states,
    shifted,
)

from .random_draft import random_draft

TOKENS, DEPTH, REDUCED = 9, 4, 40


@pytest.fixture
def case(tiny):
    rng = np.random.default_rng(1)
    states = rng.normal(size=(2, TOKENS, tiny.spec.d_model)).astype(np.float32)
    ids = rng.integers(0, tiny.spec.vocab_size, (2, TOKENS))
    return random_draft(tiny), tiny.spec, jnp.asarray(states), ids


def test_both_inputs_are_scaled_and_go_through_one_matrix(case, tiny):
    weights, _, states, ids = case
    embedded = tiny.fused["embed"][ids]
    both = np.concatenate([states, embedded], axis=-1) * np.asarray(weights["input_scale"])
    wanted = both @ np.asarray(weights["fuse"]).T + np.asarray(weights["fuse_bias"])
    np.testing.assert_allclose(fuse_inputs(weights, states, embedded), wanted, atol=1e-4)


def test_a_chain_beside_others_is_that_chain_alone(case, tiny):
    """Depth d at token i is d + 1 steps with the cache, begun with the states up to i - d."""
    weights, spec, states, ids = case
    embed = tiny.fused["embed"]
    outs = self_fed_states(weights, spec, states, embedded=embed[ids], depth=DEPTH)
    for begun in range(TOKENS - DEPTH):
        cache = empty_cache(replace(spec, n_layers=1), TOKENS)[0]
        cache = jax.tree.map(lambda kv: jnp.concatenate([kv, kv]), cache)
        fed, at, width = states[:, : begun + 1], 0, begun + 1
        for depth in range(DEPTH):
            fed, logits, cache = advance_draft(
                weights,
                spec,
                fed,
                tables=(embed, embed[:REDUCED], embed[REDUCED + 10 : 60]),
                ids=ids[:, at : at + width],
                cache=cache,
                start=at,
                last=width - 1,
            )
            np.testing.assert_allclose(fed[:, 0], outs[depth][:, begun + depth], atol=1e-4)
            rows = np.concatenate([embed[:REDUCED], embed[REDUCED + 10 : 60]])
            np.testing.assert_allclose(logits, np.asarray(fed)[:, 0] @ rows.T, atol=1e-3)
            at, width = begun + depth + 1, 1


def test_rows_move_to_the_right_and_zeros_come_before_them():
    x = jnp.arange(6.0).reshape(1, 3, 2)
    assert shifted(x, 1).tolist() == [[[0, 0], [0, 1], [2, 3]]]
    assert shifted(x, 0).tolist() == x.tolist()
