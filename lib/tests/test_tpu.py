import importlib.util
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest
from jax.experimental import pallas as pl
from kernels.drawn import needs_compiler

from tokenworks import tpu
from tokenworks.tpu import CompileError, CompilerMissing, chip_kind, compile_for

ASKED = ("JAX_", "TPU_", "ALLOW_MULTIPLE_LIBTPU_LOAD", "CLOUD_TPU", "PYTHONWARNINGS")


def shape(*axes, dtype=jnp.bfloat16):
    return jax.ShapeDtypeStruct(axes, dtype)


def doubled(x, rows):
    """Double x in blocks of so many rows, by hand."""

    def kernel(x_ref, out_ref):
        out_ref[...] = x_ref[...] * 2

    block = pl.BlockSpec((rows, x.shape[1]), lambda i: (i, 0))
    return pl.pallas_call(
        kernel,
        out_shape=jax.ShapeDtypeStruct(x.shape, x.dtype),
        grid=(x.shape[0] // rows,),
        in_specs=[block],
        out_specs=block,
    )(x)


@needs_compiler
def test_a_product_takes_what_arithmetic_says():
    got = compile_for(lambda a, b: a @ b, shape(4096, 2048), shape(2048, 1024))
    read, written = 2 * (4096 + 1024) * 2048, 2 * 4096 * 1024
    assert (got.argument_bytes, got.output_bytes, got.temp_bytes) == (read, written, 0)
    assert got.hbm_bytes == read + written
    assert got.bytes_accessed is not None
    assert got.bytes_accessed > got.hbm_bytes  # a prefetch into VMEM is counted on both sides
    assert got.flops == 2 * 4096 * 2048 * 1024
    assert got.seconds is not None
    assert got.seconds > got.flops / 197e12  # the published peak of the chip
    assert got.kernels == 0
    assert chip_kind() == "TPU v5 lite"


@needs_compiler
def test_a_kernels_blocks_stand_in_vmem_twice_and_of_their_cost_the_compiler_knows_nothing():
    x = shape(8192, 1024, dtype=jnp.float32)
    got = compile_for(lambda x: doubled(x, 1024), x)
    assert got.vmem_bytes == 2 * 2 * 4 * 1024 * 1024  # in and out, and both double-buffered
    assert (got.bytes_accessed, got.flops, got.seconds) == (None, None, None)
    assert (got.hbm_bytes, got.kernels) == (2 * 4 * 8192 * 1024, 1)


@needs_compiler
def test_what_does_not_fit_is_refused_in_the_compilers_words():
    x = shape(8192, 1024, dtype=jnp.float32)
    with pytest.raises(CompileError, match=r"32\.00M and limit 16\.00M exceeded scoped vmem"):
        compile_for(lambda x: doubled(x, 2048), x)
    with pytest.raises(CompileError, match="Ran out of memory on HBM") as refused:
        compile_for(lambda x: jnp.sin(x) @ x.T, shape(262144, 65536, dtype=jnp.float32))
    assert str(refused.value).count("\n") < tpu.LINES


@needs_compiler
def test_an_array_that_fits_vmem_stays_there_between_operations():
    got = compile_for(lambda a: jnp.cos(jnp.sin(a @ a) @ a), shape(1024, 1024))
    assert "bf16[1024,1024]" in got.vmem_arrays
    assert (got.temp_bytes, got.hbm_bytes) == (0, 2 * 2 * 1024 * 1024)


@needs_compiler
def test_what_does_not_fit_vmem_goes_through_hbm():
    got = compile_for(lambda a: jax.lax.optimization_barrier(jnp.cos(a)) * 2, shape(16384, 8192))
    one = 2 * 16384 * 8192
    assert (got.temp_bytes, got.hbm_bytes) == (one, 4 * one)


@needs_compiler
@pytest.mark.parametrize(("dtype", "bits"), [(jnp.bfloat16, 16), (jnp.int8, 8), (jnp.int4, 4)])
def test_weights_of_four_bits_are_counted_with_four_bits(dtype, bits):
    """The dequantization is fused: what is read is what the arguments take."""

    def product(x, w):
        return jnp.einsum("bi,oi->bo", x, w.astype(x.dtype))

    got = compile_for(product, shape(8, 4096), shape(14336, 4096, dtype=dtype))
    weights, rows = 14336 * 4096 * bits // 8, 2 * 8 * 4096
    assert got.argument_bytes == weights + rows
    assert got.hbm_bytes == weights + rows + 2 * 8 * 14336


@needs_compiler
def test_of_a_loop_the_traffic_is_not_counted():
    got = compile_for(lambda a: jax.lax.fori_loop(0, 9, lambda i, x: x @ a, a), shape(512, 512))
    assert got.hbm_bytes is None


@needs_compiler
def test_an_unknown_topology_is_named():
    with pytest.raises(CompileError, match="topology 'v9z:2x2', for example v5e:2x2"):
        compile_for(jnp.sin, shape(8, 128), topology="v9z:2x2")


def test_without_the_compiler_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(tpu, "find_spec", lambda name: None)
    with pytest.raises(CompilerMissing, match=r"pip install 'tokenworks\[tpu\]'"):
        compile_for(jnp.sin, shape(8, 128), topology="v5e:4x4")


def test_it_is_there_where_a_wheel_of_it_is():
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        assert importlib.util.find_spec("libtpu")


def clean():
    return {name: value for name, value in os.environ.items() if not name.startswith(ASKED)}


@needs_compiler
def test_where_no_tpu_is_jax_starts_in_silence_and_two_compilers_do_not_collide():
    code = "import jax; from tokenworks.kernels import attention; print(jax.devices(), end=' ')\n"
    code += "from tokenworks import tpu; print(tpu.chip_kind())"
    several = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=clean(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [process.communicate() for process in several] == [
        ("[CpuDevice(id=0)] TPU v5 lite\n", "")
    ] * 2


@pytest.mark.model
def test_the_command_line_is_silent_on_stderr():
    command = [sys.executable, "-m", "tokenworks", "generate", "The capital of", "--tokens", "0"]
    done = subprocess.run(command, env=clean(), capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")
