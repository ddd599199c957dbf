"""The same programs compiled for eight chips of a TPU: unchanged, and the formulas hold there."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import pytest
from jax.sharding import NamedSharding, PartitionSpec
from kernels.drawn import needs_compiler

from parallel.drawn import FLOAT, SMALL
from tokenworks.cost.parallel_traffic import (
    CACHES,
    KEYS,
    Layout,
    decode_traffic,
    expert_traffic,
    forward_traffic,
    pipeline_traffic,
)
from tokenworks.model.weights import abstract, stack
from tokenworks.parallel import (
    expert_parallel,
    make_mesh,
    pipelined_forward,
    sharded_decode,
    sharded_forward,
)
from tokenworks.parallel.cache_split import CACHE_CUTS
from tokenworks.shapes import layer_shapes

pytestmark = needs_compiler
WIDE = replace(SMALL, n_layers=4, d_model=1024, d_head=128, d_ff=2048, vocab_size=1024)
MIXED = replace(WIDE, n_experts=16, n_experts_active=2, d_ff_expert=512)


def tpu_mesh(**axes):
    from jax.experimental import topologies

    chips = topologies.get_topology_desc(platform="tpu", topology_name="v5e:2x4").devices
    return make_mesh(chips, **axes)


def shape(run, axes, *cuts, dtype=jnp.float32):
    placed = NamedSharding(run.mesh, PartitionSpec(*cuts))
    return jax.ShapeDtypeStruct(axes, dtype, sharding=placed)


def weights_of(run, tree):
    ready = jax.eval_shape(run.prepare, tree)
    return jax.tree.map(lambda x, cut: shape(run, x.shape, *cut), ready, run.cuts(ready))


def whole_model():
    return jax.eval_shape(stack, abstract(WIDE, jnp.float32))


@pytest.mark.parametrize("keys", KEYS)
def test_a_prompt(keys):
    axes = {"data": 2, "tensor": 2, "context": 2}
    run = sharded_forward(WIDE, tpu_mesh(**axes), keys=keys)
    ids = shape(run, (4, 64), "data", "context", dtype=jnp.int32)
    assert run.exchanges(weights_of(run, whole_model()), ids) == forward_traffic(
        WIDE, Layout(**axes), batch=4, tokens=64, bytes_per_value=FLOAT, keys=keys
    )


@pytest.mark.parametrize("kv", CACHES)
def test_a_step_of_decode(kv):
    axes = {"tensor": 2, "context": 4}
    run = sharded_decode(WIDE, tpu_mesh(**axes), kv_cut=kv)
    buffer = shape(run, (4, 4, 256, 2, 128), None, *CACHE_CUTS[kv])
    found = run.exchanges(
        weights_of(run, whole_model()),
        shape(run, (4, 1), "data", dtype=jnp.int32),
        cache=(buffer, buffer),
        start=shape(run, (), dtype=jnp.int32),
    )
    assert found == decode_traffic(
        WIDE, Layout(**axes), batch=4, cached=256, bytes_per_value=FLOAT, kv_cut=kv
    )


def test_a_pipeline():
    axes = {"pipeline": 4, "tensor": 2}
    run = pipelined_forward(WIDE, tpu_mesh(**axes), micro_batches=4)
    ids = shape(run, (4, 64), "data", dtype=jnp.int32)
    assert run.exchanges(weights_of(run, whole_model()), ids) == pipeline_traffic(
        WIDE, Layout(**axes), batch=4, tokens=64, micro_batches=4, bytes_per_value=FLOAT
    )


def test_a_layer_of_experts():
    run = expert_parallel(MIXED, tpu_mesh(expert=8))
    layer = {n: jax.ShapeDtypeStruct(s, jnp.float32) for n, s in layer_shapes(MIXED, 0).items()}
    tokens = shape(run, (128, 1024), "expert")
    assert run.exchanges(weights_of(run, layer), tokens) == expert_traffic(
        MIXED, Layout(expert=8), tokens=128, bytes_per_value=FLOAT
    )
