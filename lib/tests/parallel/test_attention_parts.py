"""Attention whose keys lie on several devices, each way beside the naive formula."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec
from kernels.drawn import qkv

from parallel.drawn import mesh_of, off
from tokenworks.kernels.naive import attention
from tokenworks.kernels.online_softmax import finish
from tokenworks.parallel import attention_parts
from tokenworks.parallel.attention_parts import by_heads, gathered, joined, partial_state, ring
from tokenworks.parallel.attention_parts import summed_scores as summed

DEVICES = 4


def on_devices(function, *cuts, out):
    return jax.jit(
        jax.shard_map(
            function, mesh=mesh_of(context=DEVICES), in_specs=cuts, out_specs=PartitionSpec(*out)
        )
    )


def test_a_state_of_all_keys_is_attention():
    q, k, v = qkv(tokens=3, cached=7)
    seen = jnp.ones((2, 3, 7), bool)
    state = partial_state(q, k, v, seen=seen, precision="highest")
    right = attention(q, k, v, seen=seen, precision="highest")
    assert off(by_heads(finish(state)), right) < 1e-6


@pytest.mark.parametrize("way", [gathered, ring])
def test_a_prompt_divided_by_tokens_is_attended_to_whole(way):
    q, k, v = qkv(tokens=16, cached=16)
    positions = jnp.broadcast_to(jnp.arange(16), (2, 16))
    cut = PartitionSpec(None, "context")

    def part(*qkv_positions):
        *qkv, positions = qkv_positions
        return way(*qkv, positions=positions, precision="highest")

    found = on_devices(part, cut, cut, cut, cut, out=(None, "context"))(q, k, v, positions)
    assert off(found, attention(q, k, v, precision="highest")) < 1e-6


def test_a_prompts_first_device_sees_no_other_devices_keys():
    q, k, v = qkv(tokens=16, cached=16)
    positions, cut = jnp.broadcast_to(jnp.arange(16), (2, 16)), PartitionSpec(None, "context")

    def part(*qkv_positions):
        *qkv, positions = qkv_positions
        return ring(*qkv, positions=positions, precision="highest")

    run = on_devices(part, cut, cut, cut, cut, out=(None, "context"))
    other = k.at[:, 4:].add(1.0)
    changed = np.asarray(run(q, k, v, positions) - run(q, other, v, positions))
    assert np.abs(changed[:, :4]).max() == 0
    assert (np.abs(changed[:, 4:]).max(axis=(0, 2, 3)) > 0).all()


def dealt(x):
    """Deal positions out like cards: device j gets j, j + n, j + 2n …, one after the other."""
    return jnp.concatenate([x[:, j::DEVICES] for j in range(DEVICES)], axis=1)


def joined_step(position):
    q, k, v = qkv(tokens=1, cached=12, heads=8)
    run = on_devices(
        lambda q, k, v: joined(q, k, v, positions=jnp.full((2, 1), position), precision="highest"),
        PartitionSpec(None, None, "context"),
        *[PartitionSpec(None, "context")] * 2,
        out=(None, None, "context"),
    )
    right = attention(q, k, v, positions=jnp.full((2, 1), position), precision="highest")
    return run(q, dealt(k), dealt(v)), right


@pytest.mark.parametrize("position", [0, 1, 6, 11])
def test_states_of_dealt_positions_are_merged_to_attention(position):
    """At position 0 three devices see no key at all."""
    found, right = joined_step(position)
    assert off(found, right) < 1e-6


def test_without_the_weights_of_the_merge_the_result_is_wrong(monkeypatch):
    monkeypatch.setattr(attention_parts, "merge", lambda a, b: type(a)(a.m, a.l + b.l, a.o + b.o))
    found, right = joined_step(11)
    assert off(found, right) > 0.01


def scores_step():
    q, k, v = qkv(tokens=2, cached=6, d_head=8)
    positions = jnp.broadcast_to(jnp.asarray([4, 5]), (2, 2))
    cut = PartitionSpec(None, None, None, "context")
    run = on_devices(
        partial(summed, positions=positions, precision="highest"), cut, cut, cut, out=cut
    )
    return run(q, k, v), attention(q, k, v, positions=positions, precision="highest")


def test_scores_of_slices_of_heads_add_up_to_attention():
    found, right = scores_step()
    assert off(found, right) < 1e-6


def test_without_the_sum_of_scores_the_result_is_wrong(monkeypatch):
    monkeypatch.setattr(jax.lax, "psum", lambda part, axis: part)
    found, right = scores_step()
    assert off(found, right) > 0.01
