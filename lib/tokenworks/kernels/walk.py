"""Naive, flash, split and paged attention on real arrays, through a memory that counts.

The bytes of every walk are those of cost/attention.py, and O is that of the formula. Q is
[B, T, H, D], K and V are [B, S, K, D], all in the `Hbm` as "Q", "K" and "V"; the queries are the
last T of the S positions. A walk yields its steps; when they are through, "O" is in the memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from tokenworks.cost.attention import Order
from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.kernels.hbm import Hbm
from tokenworks.kernels.stream import (
    Rows,
    Step,
    Stream,
    accumulator,
    hidden,
    query_spans,
    streams,
)


def call_of_arrays(
    hbm: Hbm, *, causal: bool, share_kv: bool = True, accumulator_bytes: int = 4
) -> AttentionCall:
    """Return the shapes and formats of the attention whose inputs a memory holds."""
    (batch, queries, heads, d_head), (_, keys, kv_heads, _) = hbm["Q"].shape, hbm["K"].shape
    return AttentionCall(
        queries=queries,
        keys=keys,
        heads=heads,
        kv_heads=kv_heads,
        d_head=d_head,
        batch=batch,
        bytes_per_value=hbm["Q"].itemsize,
        accumulator_bytes=accumulator_bytes,
        causal=causal,
        share_kv=share_kv,
    )


def walk_naive(hbm: Hbm, call: AttentionCall, *, mask_kernel: bool = False) -> None:
    """Run three kernels that talk through HBM: S = QKᵀ, P = softmax(S), O = PV.

    With `mask_kernel` the mask is a kernel of its own between the first and the second.
    """
    value, matrix = hbm["Q"].dtype, (call.batch, call.queries, call.heads, call.keys)
    for name, shape in (("S", matrix), ("P", matrix), ("O", hbm["Q"].shape)):
        hbm.reserve(name, shape, value)
    queries, keys = range(call.queries), range(call.keys)
    for run in streams(hbm, call):
        product = hbm.multiply(run.read("Q", queries), run.read("K", keys).T)
        run.write("S", queries, (product / np.sqrt(call.d_head)).astype(value))
    masked = hidden(call, queries, keys)[:, None]
    if mask_kernel:
        hbm.write("S", np.where(masked, -np.inf, hbm.read("S")).astype(value))
    scores = np.where(masked, -np.inf, hbm.read("S").astype(accumulator(call)))
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    hbm.write("P", (p / p.sum(axis=-1, keepdims=True)).astype(value))
    for run in streams(hbm, call):
        product = hbm.multiply(run.read("P", queries), run.read("V", keys))
        run.write("O", queries, product.astype(value))


def walk_flash(
    hbm: Hbm,
    call: AttentionCall,
    tiles: Tiles,
    *,
    order: Order = "fa2",
    save_statistics: bool = False,
) -> Iterator[Step]:
    """Yield every tile of a flash attention: a query tile stays ("fa2"), or a key tile ("fa1")."""
    form = accumulator(call)
    hbm.reserve("O", hbm["Q"].shape, hbm["Q"].dtype if order == "fa2" else form)
    for name in ("lse",) if order == "fa2" else ("m", "l"):
        hbm.reserve(name, hbm["Q"].shape[:3], form)
    for run in streams(hbm, call):
        if order == "fa2":
            yield from _queries_stay(run, tiles, save_statistics=save_statistics)
        else:
            yield from _keys_stay(run, tiles)


def _queries_stay(run: Stream, tiles: Tiles, *, save_statistics: bool) -> Iterator[Step]:
    """Keep a query tile; read all keys and values that it looks at; write its result once."""
    for queries, seen in query_spans(run.call, tiles):
        q, rows = run.read("Q", queries), run.start(len(queries))
        for tile in range(seen):
            keys = range(tile * tiles.kv, min((tile + 1) * tiles.kv, run.call.keys))
            kv = run.read("K", keys), run.read("V", keys)
            step = run.step(q, kv, (queries, keys, rows))
            rows = step.after
            yield step
        run.finish(queries, rows)
        if save_statistics:
            run.write("lse", queries, rows.m + np.log(rows.l))


def _keys_stay(run: Stream, tiles: Tiles) -> Iterator[Step]:
    """Keep a key tile; the rows of every query tile come in and go out again."""
    spans = query_spans(run.call, tiles)
    for tile, first in enumerate(range(0, run.call.keys, tiles.kv)):
        keys = range(first, min(first + tiles.kv, run.call.keys))
        kv = run.read("K", keys), run.read("V", keys)
        for queries, seen in spans:
            if tile >= seen:
                continue
            q, rows = run.read("Q", queries), run.start(len(queries))
            if tile:
                rows = Rows(*(run.read(name, queries) for name in ("m", "l", "O")))
            step = run.step(q, kv, (queries, keys, rows))
            run.write("m", queries, step.after.m)
            run.write("l", queries, step.after.l)
            if tile + 1 < seen:
                run.write("O", queries, step.after.o)
            else:
                run.finish(queries, step.after)
            yield step


def walk_split(hbm: Hbm, call: AttentionCall, splits: int) -> Iterator[Step]:
    """Yield the parts of a flash-decoding; the last thing that it does is to merge them."""
    size = -(-call.keys // splits)
    parts = [range(i, min(i + size, call.keys)) for i in range(0, call.keys, size)]
    shape, form = (call.batch, len(parts), call.heads), accumulator(call)
    for name, more in (("m", ()), ("l", ()), ("partial", (call.d_head,))):
        hbm.reserve(name, (*shape, *more), form)
    hbm.reserve("O", hbm["Q"].shape, hbm["Q"].dtype)
    one = range(1)
    for run in streams(hbm, call):
        for place, keys in enumerate(parts):
            q, kv = run.read("Q", one), (run.read("K", keys), run.read("V", keys))
            step = run.step(q, kv, (one, keys, run.start(1)))
            yield step
            if len(parts) == 1:
                run.finish(one, step.after)
                continue
            for name, part in zip(("m", "l", "partial"), step.after, strict=True):
                run.write(name, range(place, place + 1), part)
        if len(parts) > 1:
            run.finish(one, _merged(run, range(len(parts))))


def _merged(run: Stream, parts: range) -> Rows:
    """Read the rows that all parts left, and add them up at their common maximum."""
    m, l, o = (run.read(name, parts) for name in ("m", "l", "partial"))
    top = m.max(axis=0, keepdims=True)
    α = np.exp(m - top)
    return Rows(top, (α * l).sum(axis=0, keepdims=True), (α[..., None] * o).sum(0, keepdims=True))


def walk_paged(
    hbm: Hbm, call: AttentionCall, block_size: int, *, query_rows: int | None = None
) -> Iterator[Step]:
    """Yield every block that a tile of queries looks up in its sequence's "table" [B, N].

    "K" and "V" are pools of blocks, [P, block_size, K, D]. What stands behind the last key of a
    block is read, and not used.
    """
    hbm.reserve("O", hbm["Q"].shape, hbm["Q"].dtype)
    tiles = Tiles(call.queries if query_rows is None else query_rows, block_size)
    for run in streams(hbm, call):
        for queries, seen in query_spans(call, tiles):
            q, rows = run.read("Q", queries), run.start(len(queries))
            for tile in range(seen):
                keys = range(tile * block_size, (tile + 1) * block_size)
                step = run.step(q, _page(run, tile, keys), (queries, keys, rows))
                rows = step.after
                yield step
            run.finish(queries, rows)


def _page(
    run: Stream, tile: int, keys: range
) -> tuple[Float[np.ndarray, "keys D"], Float[np.ndarray, "keys D"]]:
    """Look a block up and read its keys and values; zeros for what is beyond the sequence."""
    block = int(run.hbm.read("table", (run.batch, tile)))
    inside = (np.array(keys) < run.call.keys)[:, None]
    k, v = (run.hbm.read(name, (block, slice(None), run.kv)) for name in ("K", "V"))
    form = accumulator(run.call)
    return np.where(inside, k, 0).astype(form), np.where(inside, v, 0).astype(form)
