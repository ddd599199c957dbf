from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental.pallas.ops.tpu import flash_attention as jax_flash

from kernels.drawn import needs_compiler, qkv, run
from tokenworks.cost.attention import flash_traffic
from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.cost.tiles import ON_TPU, tile_sram
from tokenworks.kernels import flash_pallas, naive, vmem
from tokenworks.kernels.flash_pallas import flash_attention_pallas
from tokenworks.tpu import CompileError, compile_for

NAN = float("nan")
LENGTH = 4  # bytes: how many keys there are, one number a sequence
DRAWN = {
    "more queries than keys": ({"tokens": 13, "cached": 11}, {}),
    "both sides": (
        {"tokens": 9, "cached": 20, "kv_heads": 1},
        {"lengths": jnp.array([15, 99]), "window": 3, "causal": False},
    ),
    "all at once": (
        {"tokens": 10, "cached": 26, "heads": 6},
        {"lengths": jnp.array([0, 19]), "window": 9, "soft_cap": 4.0},
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_interpreted_it_equals_the_oracle(name):
    sizes, options = DRAWN[name]
    q, k, v = qkv(**sizes)
    for b, length in enumerate(options.get("lengths", ())):  # what was never written is not read
        k, v = (x.at[b, int(length) :].set(NAN) for x in (k, v))
    got = run(flash_attention_pallas, q, k, v, tiles=Tiles(8, 8), **options)
    expected = run(naive.attention, q, k, v, **options)
    np.testing.assert_allclose(got, expected, rtol=2e-6, atol=2e-6)


def test_in_bfloat16_it_is_as_near_to_float32_as_the_oracle():
    q, k, v = qkv(tokens=16, cached=24)
    exact = naive.attention(q, k, v, precision="highest")
    halves = [x.astype(jnp.bfloat16) for x in (q, k, v)]
    got = flash_attention_pallas(*halves, tiles=Tiles(8, 8), precision=None)
    theirs = naive.attention(*halves, precision=None)
    assert got.dtype == jnp.bfloat16
    errors = [float(jnp.abs(x.astype(jnp.float32) - exact).max()) for x in (got, theirs)]
    assert errors[0] < 1.5 * errors[1]


def test_tiles_that_nobody_sees_are_neither_fetched_nor_computed():
    plan = flash_pallas._Plan(Tiles(8, 8), 32, 64, True, 20, None, None)
    spans = [tuple(map(int, plan.key_tiles(i, 64))) for i in range(4)]
    assert spans == [(1, 5), (2, 6), (3, 7), (4, 8)]  # query 32 sees keys 13 to 32
    assert [int(plan.fetched(1, j, 64)) for j in range(8)] == [2, 2, 2, 3, 4, 5, 5, 5]
    assert tuple(map(int, plan.key_tiles(3, 10))) == (4, 2)  # none: ten keys lie behind the window


def test_the_blocks_fetched_over_the_grid_are_those_of_the_traffic_arithmetic():
    tiles, tokens = Tiles(16, 8), 64
    plan = flash_pallas._Plan(tiles, tokens, tokens, True, None, None, None)
    held = [int(plan.fetched(i, j, tokens)) for i in range(4) for j in range(8)]
    fetches = sum(a != b for a, b in pairwise(held)) + 1  # a held block stays
    call = AttentionCall(queries=tokens, keys=tokens, heads=1, kv_heads=1, d_head=128)
    assert fetches * tiles.kv * call.row_bytes == flash_traffic(call, tiles).of("K")


def shapes(*, tokens=4096, heads=8, kv_heads=8, d_head=128, dtype=jnp.bfloat16):
    q, k = ((1, tokens, n, d_head) for n in (heads, kv_heads))
    return [jax.ShapeDtypeStruct(shape, dtype) for shape in (q, k, k)]


def heads_first(tiles, *, dtype=jnp.bfloat16, tokens=8192):
    """Compile the kernel alone, without the transposes of the wrapper."""
    plan = flash_pallas._Plan(tiles, tokens, tokens, True, None, None, None)
    rows = jax.ShapeDtypeStruct((1, 8, tokens, 128), dtype)
    used = jax.ShapeDtypeStruct((1,), jnp.int32)
    kernel = partial(flash_pallas._attend, plan, interpret=False)
    return compile_for(lambda u, *qkv: kernel(u, qkv), used, rows, rows, rows)


def planned(tiles, *, value=2, tokens=8192):
    call = AttentionCall(
        queries=tokens, keys=tokens, heads=8, kv_heads=8, d_head=128, bytes_per_value=value
    )
    return call, tile_sram(call, tiles, layout=ON_TPU)


@needs_compiler
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float32], ids=["bf16", "f32"])
def test_the_compiler_takes_the_vmem_of_the_arithmetic(dtype):
    call, parts = planned(Tiles(128, 128), value=jnp.dtype(dtype).itemsize)
    score = parts.pop("S")
    assert heads_first(Tiles(128, 128), dtype=dtype).vmem_bytes == sum(parts.values())
    assert score == 2**16  # a quarter of a v5e's 64 vector registers: it never sees VMEM
    got = heads_first(Tiles(512, 1024), dtype=dtype).vmem_bytes
    assert got == pytest.approx(flash_pallas.vmem_bytes(call, Tiles(512, 1024)), rel=0.05)


@needs_compiler
def test_what_is_refused_does_not_compile_and_the_largest_named_does():
    wide = jnp.float32
    large = partial(flash_attention_pallas, tiles=Tiles(1024, 2048), precision=None)
    with pytest.raises(ValueError, match="the largest that fits is 1024 × 1024"):
        jax.eval_shape(large, *shapes(tokens=8192, dtype=wide))
    with pytest.raises(CompileError, match="exceeded scoped vmem limit"):
        heads_first(Tiles(1024, 2048), dtype=wide)
    fits = heads_first(Tiles(1024, 1024), dtype=wide).vmem_bytes
    assert fits < vmem.LIMIT_BYTES


@needs_compiler
def test_it_compiles_for_a_v5e_and_its_scores_never_see_hbm():
    rule = {"window": 500, "soft_cap": 30.0, "tiles": Tiles(512, 512)}
    run = partial(flash_attention_pallas, **rule, precision=None, interpret=False)
    got = compile_for(run, *shapes(kv_heads=2, dtype=jnp.float32))
    assert (got.kernels, got.temp_bytes) == (1, 0)
    assert got.hbm_bytes == got.argument_bytes + got.output_bytes + LENGTH


@needs_compiler
def test_another_librarys_kernel_moves_the_same_bytes_and_takes_the_same_vmem():
    rows = jax.ShapeDtypeStruct((1, 8, 8192, 128), jnp.bfloat16)
    blocks = jax_flash.BlockSizes(block_q=128, block_k_major=128, block_k=128, block_b=1)
    theirs = partial(jax_flash.flash_attention, causal=True, block_sizes=blocks)
    ours = heads_first(Tiles(128, 128))
    other = compile_for(theirs, rows, rows, rows)
    assert (ours.vmem_bytes, ours.temp_bytes) == (other.vmem_bytes, other.temp_bytes)
    call, _ = planned(Tiles(128, 128))
    once = 4 * call.heads * call.queries * call.row_bytes
    assert ours.hbm_bytes - LENGTH == other.hbm_bytes == once
    assert flash_traffic(call, Tiles(8192, 8192)).bytes == once  # one tile: nothing is read again


def test_bad_input_is_refused_at_the_door():
    with pytest.raises(ValueError, match="3 query heads cannot share 2 key-value heads"):
        flash_attention_pallas(*qkv(heads=3), tiles=Tiles(8, 8), precision=None)
    with pytest.raises(ValueError, match="pass at least one query and one key"):
        flash_attention_pallas(*qkv(tokens=0), tiles=Tiles(8, 8), precision=None)
