"""Experts on eight devices: equal to every expert run on every token, with the dropped left out."""

import jax.numpy as jnp
import numpy as np
import pytest

from parallel.drawn import FLOAT, SMALL, changed, mesh_of, off
from tokenworks.cost.expert_routing import capacity, dropped_share, imbalance, loads
from tokenworks.cost.parallel_traffic import Layout, expert_traffic
from tokenworks.model.experts import mixture, route
from tokenworks.parallel import expert_parallel
from tokenworks.parallel.expert_layer import queue_places
from tokenworks.shapes import layer_shapes

MIXED = changed(n_experts=16, n_experts_active=2, d_ff_expert=32)
TOKENS, DEVICES = 128, 8


def drawn(seed=0):
    rng = np.random.default_rng(seed)
    shapes = layer_shapes(MIXED, 0)
    layer = {n: jnp.asarray(rng.normal(0, 0.3, s), jnp.float32) for n, s in shapes.items()}
    return layer, jnp.asarray(rng.normal(size=(TOKENS, MIXED.d_model)), jnp.float32)


def placed_by_hand(choices, slots):
    """Return which choices find a slot on their device, one after the other."""
    kept, each = np.zeros(choices.shape, bool), len(choices) // DEVICES
    for device in range(DEVICES):
        taken = dict.fromkeys(range(MIXED.n_experts), 0)
        for token in range(device * each, (device + 1) * each):
            for place, expert in enumerate(choices[token].tolist()):
                kept[token, place] = taken[expert] < slots
                taken[expert] += 1
    return kept


@pytest.mark.parametrize("factor", [1.0, 1.5, 8.0])
def test_it_equals_every_expert_on_every_token_and_moves_what_the_formula_says(factor):
    layer, x = drawn()
    run = expert_parallel(MIXED, mesh_of(expert=DEVICES), capacity_factor=factor)
    weights = run.place(layer)
    out = run(weights, x)
    choices = np.asarray(route(x, layer["router"], active=2, precision="highest").experts)
    slots = capacity(TOKENS // DEVICES, 16, 2, factor=factor)
    kept = placed_by_hand(choices, slots)
    assert off(out.out, mixture(x, layer, active=2, kept=jnp.asarray(kept))) < 1e-5
    assert int(out.dropped.sum()) == (~kept).sum()
    assert (int(out.dropped.sum()) == 0) == (factor == 8.0)
    assert run.exchanges(weights, x) == expert_traffic(
        MIXED, Layout(expert=DEVICES), tokens=TOKENS, bytes_per_value=FLOAT, capacity_factor=factor
    )


def test_load_and_imbalance_are_those_of_the_choices():
    layer, x = drawn()
    run = expert_parallel(MIXED, mesh_of(expert=DEVICES))
    out = run(run.place(layer), x)
    choices = np.asarray(route(x, layer["router"], active=2, precision="highest").experts)
    counts = loads([tuple(each) for each in choices.tolist()], 16)
    assert out.load.sum(axis=0).tolist() == counts
    assert out.imbalance == imbalance(counts) > 1
    each = [loads([tuple(c) for c in part.tolist()], 16) for part in np.split(choices, DEVICES)]
    assert out.load.tolist() == each
    slots = capacity(TOKENS // DEVICES, 16, 2, factor=1.0)
    dropped = [dropped_share(counts, slots) * sum(counts) for counts in each]
    assert out.dropped.tolist() == pytest.approx(dropped)


def test_a_skewed_router_drops_most_of_its_tokens():
    layer, x = drawn()
    way = jnp.sign(x[0])
    layer["router"] = layer["router"].at[3].add(way)
    x = jnp.abs(x) * way  # all tokens point one way
    run = expert_parallel(MIXED, mesh_of(expert=DEVICES))
    out = run(run.place(layer), x)
    assert out.imbalance == MIXED.n_experts / MIXED.n_experts_active  # all choose expert 3
    assert int(out.dropped.sum()) > TOKENS / 2


def test_a_device_holds_its_experts_and_the_whole_router():
    run = expert_parallel(MIXED, mesh_of(expert=DEVICES))
    layer, _ = drawn()
    placed = run.place(layer)
    assert set(placed) == {"router", "experts.w_gate", "experts.w_up", "experts.w_down"}
    held = placed["experts.w_up"].addressable_shards[3].data
    assert np.array_equal(held, layer["experts.w_up"][6:8])
    assert placed["router"].addressable_shards[3].data.shape == layer["router"].shape


def test_places_in_the_queue_count_earlier_choices_of_the_same_expert():
    choices = jnp.asarray([[1, 0], [1, 2], [0, 1]])
    assert queue_places(choices, 3).tolist() == [[0, 0], [1, 0], [1, 2]]


def test_what_does_not_divide_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match="small is dense: pass a model with experts"):
        expert_parallel(SMALL, mesh_of(expert=2))
    with pytest.raises(ValueError, match="3 devices cannot share 16 experts evenly"):
        expert_parallel(MIXED, mesh_of(expert=3))
    with pytest.raises(ValueError, match="not by tensor=2"):
        expert_parallel(MIXED, mesh_of(tensor=2))
    run = expert_parallel(MIXED, mesh_of(expert=2), capacity_factor=0)
    layer, x = drawn()
    with pytest.raises(ValueError, match="factor"):
        run(run.place(layer), x)
