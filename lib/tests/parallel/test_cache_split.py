import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec

from parallel.drawn import SMALL, mesh_of
from tokenworks.cost.parallel_traffic import CACHES
from tokenworks.parallel.cache_split import ATTENDS, CACHE_CUTS, deal, empty_cache


def held_bytes(kv, **axes):
    """Bytes of the whole cache on the device that holds most."""
    cache = empty_cache(SMALL, mesh_of(**axes), 4, tokens=32, kv_cut=kv)
    return sum(
        max(s.data.nbytes for s in buffer.addressable_shards) for kv in cache for buffer in kv
    )


def test_the_formulas_know_the_same_ways():
    assert set(CACHES) == set(CACHE_CUTS) == set(ATTENDS)


def test_past_the_kv_heads_only_copies_cost_memory():
    whole = 2 * 4 * SMALL.n_layers * 4 * 32 * SMALL.n_kv_heads * SMALL.d_head
    assert held_bytes("sequence") == whole
    for kv in CACHES:
        assert held_bytes(kv, tensor=2) == whole / 2
        assert held_bytes(kv, data=2, tensor=2) == whole / 4
    assert held_bytes("sequence", tensor=2, context=4) == whole / 8
    assert held_bytes("head_dim", tensor=2, context=4) == whole / 8
    assert held_bytes("copies", tensor=2, context=4) == whole / 2


def test_room_is_rounded_up_to_what_devices_share():
    (keys, _), *_ = empty_cache(SMALL, mesh_of(context=4), 1, tokens=30, kv_cut="sequence")
    assert keys.shape[1] == 32


def test_a_batch_that_groups_cannot_share_is_refused():
    with pytest.raises(ValueError, match=r"2 groups \(data\) cannot share 3 sequences"):
        empty_cache(SMALL, mesh_of(data=2), 3, tokens=8, kv_cut="copies")
    with pytest.raises(ValueError, match="tokens must be a whole number"):
        empty_cache(SMALL, mesh_of(data=2), 2, tokens=0, kv_cut="copies")


def test_positions_are_dealt_out_and_nothing_else_is_touched():
    buffer = jnp.full((1, 8, 1, 1), -1.0)  # two slots on each of four devices
    new = jnp.arange(3.0, 6.0).reshape(1, 3, 1, 1)
    cut = PartitionSpec(None, "context")
    found = jax.shard_map(
        lambda buffer, new: deal(buffer, new, jnp.asarray([3, 4, 5])),
        mesh=mesh_of(context=4),
        in_specs=(cut, PartitionSpec()),
        out_specs=cut,
    )(buffer, new)
    slots = np.asarray(found).reshape(4, 2).tolist()
    assert slots == [[-1, 4], [-1, 5], [-1, -1], [3, -1]]
