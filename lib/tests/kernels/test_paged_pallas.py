from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.drawn import needs_compiler, qkv
from tokenworks.cost.attention import paged_traffic
from tokenworks.cost.attention_call import AttentionCall
from tokenworks.kernels import naive, paged_pallas, vmem
from tokenworks.kernels.paged_pallas import BlockSizes, paged_decode
from tokenworks.tpu import CompileError, compile_for

NOWHERE = -(10**6)  # an entry of a table that nobody may follow
NAN = float("nan")
BLOCK = 4


def scattered(k, v, lengths):
    """Lay each sequence into pages of a pool in any order; all that is not written is NaN."""
    batch, tokens = k.shape[:2]
    entries = -(-tokens // BLOCK)
    order = np.random.default_rng(1).permutation(batch * entries)
    tables = np.full((batch, entries), NOWHERE)
    pools = [np.full((batch * entries, BLOCK, *x.shape[2:]), NAN, np.float32) for x in (k, v)]
    for b, t in np.ndindex(batch, tokens):
        if t < lengths[b]:
            tables[b, t // BLOCK] = page = order[b * entries + t // BLOCK]
            for pool, x in zip(pools, (k, v), strict=True):
                pool[page, t % BLOCK] = x[b, t]
    return tuple(map(jnp.asarray, pools)), tables


@pytest.mark.parametrize(
    ("pages", "sizes"),
    [(1, {}), (2, {"heads": 6, "d_head": 16}), (9, {"heads": 4, "kv_heads": 1})],
    ids=["one page a step", "two", "more than there are"],
)
def test_interpreted_it_equals_the_oracle_wherever_the_pages_lie(pages, sizes):
    lengths = np.array([0, 1, 7, 12, 18])
    q, k, v = qkv(tokens=1, cached=18, batch=5, **sizes)
    pools, tables = scattered(k, v, lengths)
    rule = {"soft_cap": 5.0 if pages == 2 else None, "precision": "highest"}
    paged = jax.jit(partial(paged_decode, sizes=BlockSizes(pages), **rule))
    dense = jax.jit(partial(naive.attention, causal=False, **rule))
    got, expected = paged(q[:, 0], pools, tables, lengths=lengths), dense(q, k, v, lengths=lengths)
    np.testing.assert_allclose(got, expected[:, 0], rtol=2e-6, atol=2e-6)
    assert not got[0].any()  # an idle row of a compiled step


def plan_for(pages, *, block=16, kv_heads=8, group=4):
    return paged_pallas._Plan(pages, block, kv_heads, group, None, None)


def test_the_pages_fetched_over_the_grid_are_those_of_the_traffic_arithmetic():
    used, plan = 16 * 13 + 5, plan_for(4)
    held = [[int(plan.page(at, j, used)) for j in range(64)] for at in range(4)]
    fetches = sum(1 + sum(a != b for a, b in pairwise(entries)) for entries in held)
    call = AttentionCall(queries=1, keys=used, heads=32, kv_heads=8, d_head=128)
    assert fetches * 16 * call.kv_heads * call.row_bytes == paged_traffic(call, 16).of("K")
    assert {int(plan.page(at, 0, 0)) for at in range(4)} == {0}


def compiled(pages, *, block=16, batch=8, table=256, dtype=jnp.bfloat16):
    q = jax.ShapeDtypeStruct((batch, 32, 128), dtype)
    pool = jax.ShapeDtypeStruct((2048, block, 8, 128), dtype)
    tables, lengths = (jax.ShapeDtypeStruct(s, jnp.int32) for s in ((batch, table), (batch,)))
    rule = {"sizes": BlockSizes(pages), "precision": None, "interpret": False}

    def run(q, pools, numbers):
        return paged_decode(q, pools, numbers[0], lengths=numbers[1], **rule)

    return compile_for(run, q, (pool, pool), (tables, lengths))


@needs_compiler
@pytest.mark.parametrize("pages", [1, 8])
def test_it_compiles_for_a_v5e_in_the_vmem_of_the_arithmetic_and_copies_no_pool(pages):
    got, plan = compiled(pages), plan_for(pages)
    scores = 4 * 32 * pages * 16 * 8  # they stay in registers
    assert got.vmem_bytes == plan.vmem_bytes(128, 2) - scores
    assert (got.kernels, got.temp_bytes) == (1, 0)


@needs_compiler
def test_what_is_refused_does_not_compile_and_the_largest_named_does(monkeypatch):
    large = {"block": 256, "table": 32, "dtype": jnp.float32}
    with pytest.raises(ValueError, match="the largest number that fits is 3"):
        compiled(4, **large)
    planned = plan_for(3, block=256).vmem_bytes(128, 4)
    assert compiled(3, **large).vmem_bytes == pytest.approx(planned, rel=0.01)
    monkeypatch.setattr(vmem, "LIMIT_BYTES", 2**30)  # past our own door
    with pytest.raises(CompileError, match="exceeded scoped vmem limit"):
        compiled(4, **large)


@needs_compiler
def test_tables_beyond_scalar_memory_are_refused_before_the_compiler_does(monkeypatch):
    with pytest.raises(ValueError, match="64 block tables of 4096 entries take more than"):
        compiled(1, batch=64, table=4096)
    assert compiled(1, batch=64, table=3968).kernels == 1
    monkeypatch.setattr(paged_pallas, "SMEM_LIMIT_BYTES", 2**30)
    with pytest.raises(CompileError, match="Ran out of memory in memory space smem"):
        compiled(1, batch=64, table=4096)


def test_a_length_or_a_page_that_cannot_be_is_refused():
    q, k, v = qkv(tokens=1, cached=8)
    pools, tables = scattered(k, v, [8, 8])
    run = partial(paged_decode, q[:, 0], pools, sizes=BlockSizes(1), precision=None)
    held = "a block table holds lengths from 1 to 8: 2 pages of 4 tokens; got"
    with pytest.raises(ValueError, match=rf"{held} \[8, 9\]"):
        run(tables, lengths=np.array([8, 9]))
    with pytest.raises(ValueError, match=rf"{held} \[8, 0\]"):
        run(tables, lengths=np.array([8, 0]))
    with pytest.raises(ValueError, match="names a page that is not among the 4 there are"):
        run(tables + 1, lengths=np.array([8, 8]))
    with pytest.raises(ValueError, match="3 query heads cannot share 2 key-value heads"):
        paged_decode(
            q[:, 0, :3],
            pools,
            tables,
            lengths=np.array([8, 8]),
            sizes=BlockSizes(1),
            precision=None,
        )
    with pytest.raises(ValueError, match="pages must be a whole number from 1, got 0"):
        BlockSizes(0)
