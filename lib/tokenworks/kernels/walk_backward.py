"""Attention's backward pass on real arrays, through a memory that counts: stored or recomputed.

The bytes are those of cost/attention_backward.py. Beside "Q", "K" and "V" the memory holds "dO",
the gradient of the result, and what a forward walk left. Without `share_kv` a group's query heads
leave a dK and a dV each: [B, S, H, D].
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.kernels.hbm import Hbm
from tokenworks.kernels.stream import Stream, accumulator, query_spans, streams


def walk_naive_backward(hbm: Hbm, call: AttentionCall) -> None:
    """Run five kernels on the "P" that `walk_naive` stored, and leave dQ, dK and dV.

    dV = PᵀdO;  dP = dO·Vᵀ;  dS = P ∘ (dP − rowsum(P ∘ dP));  dQ = dS·K;  dK = dSᵀQ
    Source: https://arxiv.org/abs/2205.14135 (algorithm 3).
    """
    _reserve_gradients(hbm, call, hbm["Q"].dtype)
    for name in ("dP", "dS"):
        hbm.reserve(name, hbm["P"].shape, hbm["Q"].dtype)
    queries, keys, value = range(call.queries), range(call.keys), hbm["Q"].dtype
    scale = 1 / math.sqrt(call.d_head)
    for run in streams(hbm, call):
        dv = _over_rows(run, run.read("P", queries), run.read("dO", queries))
        _write_kv(run, "dV", keys, part=dv)
    for run in streams(hbm, call):
        dp = hbm.multiply(run.read("dO", queries), run.read("V", keys).T)
        run.write("dP", queries, dp.astype(value))
    p, dp = (hbm.read(name).astype(accumulator(call)) for name in ("P", "dP"))
    hbm.write("dS", (p * (dp - (p * dp).sum(axis=-1, keepdims=True))).astype(value))
    for run in streams(hbm, call):
        dq = hbm.multiply(run.read("dS", queries), run.read("K", keys)) * scale
        run.write("dQ", queries, dq.astype(value))
    for run in streams(hbm, call):
        dk = _over_rows(run, run.read("dS", queries), run.read("Q", queries)) * scale
        _write_kv(run, "dK", keys, part=dk)


def walk_flash_backward(hbm: Hbm, call: AttentionCall, tiles: Tiles) -> None:
    """Recompute P tile by tile from Q, K and the "lse" that `walk_flash` saved beside "O".

    delta = rowsum(dO ∘ O) first; then a key tile stays, and dQ comes in and goes out again.
    Source: https://arxiv.org/abs/2307.08691 (algorithm 2).
    """
    form = accumulator(call)
    _reserve_gradients(hbm, call, form)
    hbm.reserve("delta", hbm["lse"].shape, form)
    for run in streams(hbm, call):
        for queries, _ in query_spans(call, tiles):
            o, do = run.read("O", queries), run.read("dO", queries)
            run.write("delta", queries, (o * do).sum(axis=-1))
        for first in range(0, call.keys, tiles.kv):
            _key_tile(run, tiles, range(first, min(first + tiles.kv, call.keys)))


def _key_tile(run: Stream, tiles: Tiles, keys: range) -> None:
    """Keep a tile of keys and values while the queries that see it pass by."""
    k, v = run.read("K", keys), run.read("V", keys)
    dk, dv = np.zeros_like(k), np.zeros_like(v)
    scale, tile = 1 / math.sqrt(run.call.d_head), keys.start // tiles.kv
    for queries, seen in query_spans(run.call, tiles):
        if tile >= seen:
            continue
        q, do, lse, delta = (run.read(name, queries) for name in ("Q", "dO", "lse", "delta"))
        p = np.exp(run.scores(q, k, queries=queries, keys=keys) - lse[..., None])
        dv += _over_rows(run, p, do)
        ds = p * (run.hbm.multiply(do, v.T) - delta[..., None]) * scale
        dk += _over_rows(run, ds, q)
        before = run.read("dQ", queries) if tile else np.zeros_like(q)
        dq = before + run.hbm.multiply(ds, k)
        last = tile + 1 == seen
        run.write("dQ", queries, dq.astype(run.hbm["Q"].dtype) if last else dq)
    _write_kv(run, "dK", keys, part=dk)
    _write_kv(run, "dV", keys, part=dv)


def _over_rows(
    run: Stream, weights: Float[np.ndarray, "rows G keys"], rows: Float[np.ndarray, "rows G D"]
) -> Float[np.ndarray, "keys D"]:
    """Return what all queries and heads of a tile add to each key."""
    flat = rows.reshape(-1, run.call.d_head)
    return run.hbm.multiply(weights.reshape(len(flat), -1).T, flat)


def _reserve_gradients(hbm: Hbm, call: AttentionCall, form: np.dtype) -> None:
    hbm.reserve("dQ", hbm["Q"].shape, form)
    for name in ("dK", "dV"):
        heads = call.streams // call.batch
        hbm.reserve(name, (call.batch, call.keys, heads, call.d_head), hbm["Q"].dtype)


def _write_kv(run: Stream, name: str, keys: range, *, part: Float[np.ndarray, "keys D"]) -> None:
    """Write a gradient of keys or values, one for each run over them."""
    at = run.batch, slice(keys.start, keys.stop), run.heads.start // run.call.group
    run.hbm.write(name, part.astype(run.hbm["Q"].dtype), at)
