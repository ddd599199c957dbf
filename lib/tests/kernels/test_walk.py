"""Every walk gives the formula's result and moves exactly the bytes of cost/attention.py."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenworks.cost.attention import (
    ORDERS,
    flash_traffic,
    naive_traffic,
    paged_traffic,
    split_traffic,
)
from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.kernels.hbm import Hbm
from tokenworks.kernels.walk import call_of_arrays, walk_flash, walk_naive, walk_paged, walk_split

few = settings(max_examples=40)
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
rows = st.integers(1, 9)
tiles = st.builds(Tiles, rows, rows)


@st.composite
def inputs(draw, *, queries=rows):
    """Return a memory with drawn shapes, its call, and the result in float64."""
    rng, tokens = np.random.default_rng(draw(st.integers(0, 99))), draw(queries)
    kv_heads, group = draw(st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 3)]))
    batch, d_head = draw(st.sampled_from([1, 2])), draw(st.sampled_from([1, 4]))
    cached = tokens + draw(st.integers(0, 7))
    q = rng.normal(size=(batch, tokens, kv_heads * group, d_head))
    k, v = rng.normal(size=(2, batch, cached, kv_heads, d_head))
    hbm, causal = Hbm(Q=q, K=k, V=v), draw(st.booleans())
    shared = draw(st.booleans())
    call = call_of_arrays(hbm, causal=causal, share_kv=shared, accumulator_bytes=8)
    return hbm, call, formula(q, k, v, causal=causal)


def formula(q, k, v, *, causal):
    group, before = q.shape[2] // k.shape[2], k.shape[1] - q.shape[1]
    k, v = k.repeat(group, axis=2), v.repeat(group, axis=2)
    scores = np.einsum("bthd,bshd->bhts", q, k) / np.sqrt(q.shape[-1])
    if causal:
        scores += np.triu(np.full(scores.shape[-2:], -np.inf), k=before + 1)
    p = np.exp(scores)
    return np.einsum("bhts,bshd->bthd", p / p.sum(axis=-1, keepdims=True), v)


def same(hbm, expected, traffic):
    np.testing.assert_allclose(hbm["O"], expected, rtol=1e-12, atol=1e-12)
    assert hbm.traffic == traffic


@few
@given(inputs(), st.booleans())
def test_naive(drawn, mask_kernel):
    hbm, call, expected = drawn
    walk_naive(hbm, call, mask_kernel=mask_kernel)
    same(hbm, expected, naive_traffic(call, elementwise=int(mask_kernel)))


@few
@given(inputs(), tiles, st.sampled_from([*ORDERS, "saved"]))
def test_flash(drawn, tiles, order):
    hbm, call, expected = drawn
    how = {"save_statistics": True} if order == "saved" else {"order": order}
    steps = list(walk_flash(hbm, call, tiles, **how))
    same(hbm, expected, flash_traffic(call, tiles, **how))
    for step in steps:
        assert step.scores.shape == (len(step.queries), len(step.heads), len(step.keys))
        assert (step.after.m >= step.before.m).all()
        assert (step.after.l > 0).all()
        assert not np.isneginf(step.scores).all(axis=(1, 2)).all()  # no step for nothing


@few
@given(inputs(queries=st.just(1)), st.integers(1, 9))
def test_split(drawn, splits):
    hbm, call, expected = drawn
    list(walk_split(hbm, call, splits))
    same(hbm, expected, split_traffic(call, splits))


@few
@given(inputs(), tiles, st.integers(0, 99))
def test_paged(drawn, tiles, seed):
    """Blocks stand anywhere in the pool; what nobody owns, and every block's end, is NaN."""
    flat, call, expected = drawn
    size, each = tiles.kv, -(-call.keys // tiles.kv)
    order = np.random.default_rng(seed).permutation(2 * call.batch * each)
    table = order[: call.batch * each].reshape(call.batch, each).astype(np.int32)
    pools = {}
    for name in "KV":
        pool = np.full((len(order), size, call.kv_heads, call.d_head), np.nan)
        for b in range(call.batch):
            for token in range(call.keys):
                pool[table[b, token // size], token % size] = flat[name][b, token]
        pools[name] = pool
    hbm = Hbm(Q=flat["Q"], table=table, **pools)
    list(walk_paged(hbm, call, size, query_rows=tiles.q))
    same(hbm, expected, paged_traffic(call, size, query_rows=tiles.q))


def test_half_precision_keeps_accumulators_in_float32():
    """As on a chip: values of 2 bytes, m, ℓ and the unfinished O of 4."""
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(3, 1, 8, 1, 4)).astype(np.float16)
    expected = formula(*(x.astype(np.float64) for x in (q, k, v)), causal=True)
    for order in ORDERS:
        hbm = Hbm(Q=q, K=k, V=v)
        call = call_of_arrays(hbm, causal=True)
        assert (call.bytes_per_value, call.accumulator_bytes) == (2, 4)
        last = list(walk_flash(hbm, call, Tiles(2, 4), order=order))[-1]
        assert last.after.o.dtype == np.float32
        np.testing.assert_allclose(hbm["O"], expected, atol=1e-3)
        assert hbm.traffic == flash_traffic(call, Tiles(2, 4), order=order)


def test_the_steps_come_in_the_order_of_the_algorithm():
    hbm = Hbm(**dict(zip("QKV", np.ones((3, 1, 4, 1, 2)), strict=True)))
    call = call_of_arrays(hbm, causal=True)
    seen = {
        order: [
            (s.queries.start, s.keys.start) for s in walk_flash(hbm, call, Tiles(2, 2), order=order)
        ]
        for order in ORDERS
    }
    assert seen == {"fa2": [(0, 0), (2, 0), (2, 2)], "fa1": [(0, 0), (2, 0), (2, 2)]}
    free = call_of_arrays(hbm, causal=False)
    starts = [
        (s.queries.start, s.keys.start) for s in walk_flash(hbm, free, Tiles(2, 2), order="fa1")
    ]
    assert starts == [(0, 0), (2, 0), (0, 2), (2, 2)]


def test_the_call_is_read_off_the_arrays():
    hbm = Hbm(Q=np.zeros((2, 3, 4, 5)), K=np.zeros((2, 7, 2, 5)), V=np.zeros((2, 7, 2, 5)))
    assert call_of_arrays(hbm, causal=False) == AttentionCall(
        queries=3, keys=7, heads=4, kv_heads=2, d_head=5, batch=2, bytes_per_value=8, causal=False
    )
