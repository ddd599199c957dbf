"""Data, tensor and context parallel: equal to the model on one device, bytes as the formula."""

from functools import cache

import jax
import numpy as np
import pytest

from parallel.drawn import FLOAT, SMALL, changed, drawn_ids, drawn_weights, mesh_of, off
from tokenworks.compiled_collectives import exchanges
from tokenworks.cost.exchanges import Exchange
from tokenworks.cost.parallel_traffic import Layout, forward_traffic
from tokenworks.model import forward, fuse, stack
from tokenworks.model.forward_pass import scan
from tokenworks.model.layers import block_around
from tokenworks.parallel import forward as sharded
from tokenworks.parallel import sharded_forward

IDS = drawn_ids(4, 8)
WAYS = [
    {"data": 4},
    {"tensor": 2},
    {"context": 8},
    {"data": 2, "tensor": 2, "context": 2},
]


@cache
def single():
    return forward(drawn_weights(), SMALL, IDS)


@pytest.mark.parametrize("keys", ["gather", "ring"])
@pytest.mark.parametrize("axes", WAYS, ids=str)
def test_it_equals_the_model_on_one_device_and_moves_what_the_formula_says(axes, keys):
    run = sharded_forward(SMALL, mesh_of(**axes), keys=keys)
    weights = run.place(stack(drawn_weights()))
    assert off(run(weights, IDS), single()) < 1e-5
    wanted = forward_traffic(
        SMALL, Layout(**axes), batch=4, tokens=8, bytes_per_value=FLOAT, keys=keys
    )
    assert run.exchanges(weights, IDS) == wanted
    assert (wanted == ()) == (axes == {"data": 4})


@pytest.mark.model
def test_the_real_model_is_the_same_on_three_devices(lm):
    """Nine query heads and three KV heads: three devices share them."""
    ids, weights = drawn_ids(1, 8, lm.spec), stack(lm.weights)
    run = sharded_forward(lm.spec, mesh_of(tensor=3))
    placed = run.place(weights)
    assert off(run(placed, ids), forward(weights, lm.spec, ids, driver=scan)) < 1e-5
    assert run.exchanges(placed, ids) == forward_traffic(
        lm.spec, Layout(tensor=3), batch=1, tokens=8, bytes_per_value=FLOAT
    )


def test_layers_in_a_list_and_stacked_ones_run_alike():
    run, weights = sharded_forward(SMALL, mesh_of(tensor=2)), drawn_weights()
    listed, stacked = run.place(weights), run.place(stack(weights))
    assert off(run(listed, IDS), run(stacked, IDS)) < 1e-6
    assert run.exchanges(listed, IDS) == run.exchanges(stacked, IDS)


@pytest.mark.parametrize("missing", [0, 1], ids=["after attention", "after the feed-forward part"])
def test_without_one_of_the_two_all_reduces_the_result_is_wrong(missing, monkeypatch):
    def block(attend, x, layer, *, total, **how):
        calls = iter(range(2))
        some = lambda part: part if next(calls) == missing else total(part)  # noqa: E731
        return block_around(attend, x, layer, total=some, **how)

    monkeypatch.setattr(sharded, "block_around", block)
    run = sharded_forward(SMALL, mesh_of(tensor=2))
    placed = run.place(drawn_weights())
    assert off(run(placed, IDS), single()) > 0.05
    (left,) = run.exchanges(placed, IDS)
    assert left.calls == SMALL.n_layers + 1


def test_left_to_itself_xla_cuts_the_plain_model_to_the_same_all_reduces():
    """Weights that are placed are enough: the model's own function, and no axis in it."""
    run = sharded_forward(SMALL, mesh_of(tensor=2))
    placed, plain = run.place(drawn_weights()), jax.jit(forward, static_argnames=("spec",))
    assert off(plain(placed, SMALL, IDS), single()) < 1e-5
    found = exchanges(plain.lower(placed, SMALL, IDS).compile())
    size = IDS.size * SMALL.d_model * FLOAT
    assert Exchange("all-reduce", size, 2, 2 * SMALL.n_layers + 1) in found, found


def test_fused_matrices_are_cut_by_heads_too():
    run = sharded_forward(SMALL, mesh_of(tensor=2))
    assert off(run(run.place(fuse(drawn_weights())), IDS), single()) < 1e-5


def test_what_cannot_be_divided_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"4 devices .* cannot share 2 KV heads"):
        sharded_forward(SMALL, mesh_of(tensor=4))
    with pytest.raises(ValueError, match="keys='rings': pass one of gather, ring"):
        sharded_forward(SMALL, mesh_of(context=2), keys="rings")
    with pytest.raises(ValueError, match="not by pipeline=2"):
        sharded_forward(SMALL, mesh_of(pipeline=2))
    with pytest.raises(ValueError, match="dense Llamas only"):
        sharded_forward(changed(rope_theta=None), mesh_of(data=2))


def test_logits_stay_divided_by_the_vocabulary():
    run = sharded_forward(SMALL, mesh_of(data=2, tensor=2))
    logits = run(run.place(drawn_weights()), IDS)
    assert logits.addressable_shards[0].data.shape == (2, 8, SMALL.vocab_size // 2)
    assert np.array_equal(logits.addressable_shards[1].data, logits[:2, :, 32:])
