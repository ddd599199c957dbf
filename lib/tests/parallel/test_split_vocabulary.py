import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import PartitionSpec

from parallel.drawn import mesh_of
from tokenworks.parallel.split_vocabulary import embed


def test_each_token_gets_its_row_from_who_has_it():
    table = jnp.asarray(np.random.default_rng(0).normal(size=(24, 5)), jnp.float32)
    ids = jnp.asarray([[0, 5, 6, 23], [11, 12, 17, 18]])
    axes = ("tensor", "context")
    found = jax.shard_map(
        lambda rows, ids: embed(rows, ids, axes),
        mesh=mesh_of(tensor=2, context=2),
        in_specs=(PartitionSpec(axes), PartitionSpec()),
        out_specs=PartitionSpec(),
    )(table, ids)
    assert np.array_equal(found, table[ids])
