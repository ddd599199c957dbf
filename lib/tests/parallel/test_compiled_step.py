"""The whole step: sharded as it is compiled for a slice it is the step of one device."""

import os
import subprocess
import sys

import pytest
from kernels.drawn import needs_compiler

from tokenworks.parallel.compiled_step import compile_step
from tokenworks.parallel.slices import tpu_slice
from tokenworks.specs import model_spec

SMALL = model_spec("llama-3.2-1b")
ON_CPU = """
from dataclasses import replace
from functools import partial
import jax, jax.numpy as jnp, numpy as np
from tokenworks.model.stacked_decode import decode_step
from tokenworks.model.forward_pass import scan
from tokenworks.parallel.compiled_step import step_on
from tokenworks.parallel.placed_shapes import mesh_axes, step_shapes
from tokenworks.specs import model_spec
from jax.sharding import Mesh

spec = replace(
    model_spec("llama-3.2-1b"), n_layers=2, d_model=32, n_heads=8, n_kv_heads=2, d_head=8,
    d_ff=48, vocab_size=64,
)
rng = np.random.default_rng(0)
for data, kv_cut, weights, kv in (
    (1, "copies", "bf16", "bf16"), (1, "sequence", "int4", "int8"), (2, "copies", "int8", "bf16"),
):
    axes = mesh_axes(spec, 8, data=data)
    mesh = Mesh(np.array(jax.devices()).reshape(tuple(axes.values())), tuple(axes))
    shapes = step_shapes(
        spec, mesh, weights=weights, kv=kv, batch=4, context=16, kv_cut=kv_cut
    )

    def drawn(shape):
        small = jnp.issubdtype(shape.dtype, jnp.integer)
        x = rng.integers(-7, 8, shape.shape) if small else rng.normal(size=shape.shape)
        return jnp.asarray(x, shape.dtype if small else jnp.float32)

    given, cache = (jax.tree.map(drawn, tree) for tree in (shapes.weights, shapes.cache))
    more = {"ids": jnp.arange(4), "lengths": jnp.array([0, 7, 15, 8])}
    alone = jax.jit(partial(decode_step, spec=spec))(given, cache=cache, **more)
    placed = jax.tree.map(lambda x, like: jax.device_put(x, like.sharding), given, shapes.weights)
    kept = jax.tree.map(lambda x, like: jax.device_put(x, like.sharding), cache, shapes.cache)
    found = step_on(spec, shapes, scan, precision="highest")(placed, cache=kept, **more)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(alone), strict=True):
        off = np.abs(np.asarray(one, float) - np.asarray(other, float)).max()
        assert off <= 1e-5 * max(1, np.abs(np.asarray(other, float)).max()), (kv_cut, off)
print("same")
"""


def test_on_eight_devices_it_is_the_step_of_one():
    devices = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", ON_CPU],
        env=os.environ | devices,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("same\n", 0), done.stderr[-2000:]


@needs_compiler
def test_two_sums_a_layer_and_one_for_the_embedding_and_no_copy_of_anything():
    step = compile_step(
        SMALL, tpu_slice("v5e:2x4"), batch=16, context=4096, weights="int8", kv="int8", costs=False
    )
    assert step.fits
    (sums,) = step.exchanged
    assert (sums.kind, sums.operand) == ("all-reduce", "bf16[16,1,2048]")
    assert (sums.operand_bytes, sums.calls) == (2 * 16 * 2048, 1 + 2 * SMALL.n_layers)
    assert step.program is not None
    assert step.program.temp_bytes < 4e6
    assert step.program.temp_bytes < step.kv_bytes / SMALL.n_layers
    padding = step.program.argument_bytes - step.weight_bytes - step.kv_bytes
    assert 0 <= padding < 100_000
    assert step.needed_bytes == step.program.peak_bytes
    assert step.program.alias_bytes >= step.kv_bytes
    assert (step.flops, step.seconds) == (None, None)


@needs_compiler
def test_what_does_not_fit_says_how_much_is_missing():
    step = compile_step(SMALL, tpu_slice("v5e:1x1"), batch=64, context=16384)
    assert not step.fits
    assert step.limit_bytes == tpu_slice("v5e:1x1").chip.usable_bytes
    assert step.needed_bytes == pytest.approx(step.weight_bytes + step.kv_bytes, rel=0.01)
    assert step.free_bytes == step.limit_bytes - step.needed_bytes < 0
    assert (step.parts, step.exchanged, step.flops) == ({}, (), None)


@needs_compiler
def test_costs_of_all_layers_are_near_those_of_arithmetic():
    """FLOPs: two a weight and sequence, and attention's; one chip has an eighth."""
    step = compile_step(SMALL, tpu_slice("v5e:2x4"), batch=16, context=4096)
    matrices = SMALL.n_layers * (2 * 2048 * (2048 + 512) + 3 * 2048 * 8192) + 128_256 * 2048
    attention = SMALL.n_layers * 2 * 32 * 64 * 4096
    assert step.flops == pytest.approx(2 * 16 * (matrices + attention) / 8, rel=0.02)
    assert step.bytes_accessed is not None
    assert step.bytes_accessed > step.weight_bytes + step.kv_bytes - 2 * 128_256 * 2048 / 8
    assert step.seconds is not None
    assert step.seconds > step.bytes_accessed / 2 / 819e9
