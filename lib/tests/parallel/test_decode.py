"""Decode with a divided cache: equal to the model without one, bytes as the formula."""

from functools import cache

import numpy as np
import pytest

from parallel.drawn import FLOAT, SMALL, drawn_ids, drawn_weights, mesh_of, off
from tokenworks.cost.parallel_traffic import CACHES, Layout, decode_traffic
from tokenworks.model import forward, stack
from tokenworks.model.forward_pass import scan
from tokenworks.parallel import decode, sharded_decode

IDS, PROMPT, SLOTS = drawn_ids(2, 9), 5, 12
WAYS = [
    ({"tensor": 2}, "sequence"),
    *(({"context": 4}, kv) for kv in CACHES),
    ({"tensor": 2, "context": 4}, "sequence"),
    *(({"data": 2, "tensor": 2, "context": 2}, kv) for kv in CACHES),
]


@cache
def single():
    return forward(drawn_weights(), SMALL, IDS)


def decoded(run, weights):
    """Run a prompt, then token by token; return all logits."""
    held = run.empty_cache(2, tokens=SLOTS)
    logits, held = run(weights, IDS[:, :PROMPT], cache=held, start=0)
    steps = [logits]
    for place in range(PROMPT, IDS.shape[1]):
        logits, held = run(weights, IDS[:, place : place + 1], cache=held, start=place)
        steps.append(logits)
    return np.concatenate(steps, axis=1)


@pytest.mark.parametrize(("axes", "kv"), WAYS, ids=str)
def test_it_equals_the_model_on_one_device_and_moves_what_the_formula_says(axes, kv):
    run = sharded_decode(SMALL, mesh_of(**axes), kv_cut=kv)
    weights = run.place(drawn_weights())
    assert off(decoded(run, weights), single()) < 1e-5
    held = run.empty_cache(2, tokens=SLOTS)
    found = run.exchanges(weights, IDS[:, :1], cache=held, start=0)
    assert found == decode_traffic(
        SMALL, Layout(**axes), batch=2, cached=SLOTS, bytes_per_value=FLOAT, kv_cut=kv
    )


@pytest.mark.model
@pytest.mark.parametrize("axis", ["tensor", "context"])
def test_three_devices_share_the_real_model(lm, axis):
    """Its three KV heads by heads, or all of them on each device with a third of the positions."""
    ids, weights = drawn_ids(1, 3, lm.spec), stack(lm.weights)
    run, layout = sharded_decode(lm.spec, mesh_of(**{axis: 3})), Layout(**{axis: 3})
    placed, held = run.place(weights), run.empty_cache(1, tokens=6, stacked=True)
    found = run.exchanges(placed, ids[:, :1], cache=held, start=0)
    steps = []
    for place in range(3):
        logits, held = run(placed, ids[:, place : place + 1], cache=held, start=place)
        steps.append(logits)
    right = forward(weights, lm.spec, ids, driver=scan)
    assert off(np.concatenate(steps, axis=1), right) < 1e-5
    assert found == decode_traffic(lm.spec, layout, batch=1, cached=6, bytes_per_value=FLOAT)


def test_a_stacked_tree_and_cache_run_in_one_scan():
    run = sharded_decode(SMALL, mesh_of(tensor=2, context=2))
    listed, stacked = run.place(drawn_weights()), run.place(stack(drawn_weights()))
    held, together = run.empty_cache(2, tokens=12), run.empty_cache(2, tokens=12, stacked=True)
    one, together = run(stacked, IDS[:, :1], cache=together, start=0)
    other, held = run(listed, IDS[:, :1], cache=held, start=0)
    assert off(one, other) < 1e-6
    assert off(together[1][1], held[1][1]) < 1e-6
    assert together[0].sharding.shard_shape(together[0].shape) == (2, 2, 6, 1, 16)


def test_without_one_all_reduce_the_result_is_wrong(monkeypatch):
    from tokenworks.model.layers import block_around, unsplit

    def block(*args, total, **how):
        return block_around(*args, total=unsplit, **how)

    monkeypatch.setattr(decode, "block_around", block)
    run = sharded_decode(SMALL, mesh_of(tensor=2))
    assert off(decoded(run, run.place(drawn_weights())), single()) > 0.05


def test_what_cannot_be_divided_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"past 2 KV heads divide .* make_mesh\(tensor=2, context"):
        sharded_decode(SMALL, mesh_of(tensor=8))
    with pytest.raises(ValueError, match="kv_cut='pages': pass one of sequence, head_dim, copies"):
        sharded_decode(SMALL, mesh_of(context=2), kv_cut="pages")
    with pytest.raises(ValueError, match="not by expert=2"):
        sharded_decode(SMALL, mesh_of(expert=2))
    narrow = SMALL.__class__(**(vars(SMALL) | {"d_head": 12}))
    with pytest.raises(ValueError, match=r"cannot share the 6 pairs .* pass kv_cut=\"sequence\""):
        sharded_decode(narrow, mesh_of(context=4), kv_cut="head_dim")
