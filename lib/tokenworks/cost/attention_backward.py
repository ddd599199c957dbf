"""What attention's backward pass moves: the stored matrix against its recomputation."""

from __future__ import annotations

from tokenworks.cost.attention_call import AttentionCall, Tiles, Traffic, matrix_bytes, query_tiles
from tokenworks.cost.domain import Natural, physical


@physical
def naive_backward_traffic(call: AttentionCall, *, elementwise: Natural = 0) -> Traffic:
    """Return the traffic of the stored backward pass: P twice, dP and dS: seven passes, 8·T·S·D.

    dV = PᵀdO; dP = dO·Vᵀ; dS from P and dP; dQ = dS·K; dK = dSᵀQ: a kernel each. Each of the
    `elementwise` kernels (of scale, mask, dropout) reads and writes a matrix once more.
    Source: https://arxiv.org/abs/2205.14135 (algorithm 3).
    """
    matrix, rows = matrix_bytes(call), call.batch * call.heads * call.queries * call.row_bytes
    cache = call.streams * call.keys * call.row_bytes
    more = matrix * (1 + elementwise)
    return Traffic(
        {"P": 2 * matrix, "dP": more, "dS": 2 * matrix, "dO": 2 * rows, "Q": rows}
        | {"K": cache, "V": cache},
        {"dP": more, "dS": matrix, "dQ": rows, "dK": cache, "dV": cache},
        8 * call.batch * call.heads * call.queries * call.keys * call.d_head,
    )


def flash_backward_traffic(call: AttentionCall, tiles: Tiles) -> Traffic:
    """Return the traffic of recomputing P from Q, K and the log-sum-exp: no passes, 10·T·S·D.

    First delta = rowsum(dO ∘ O). Then a tile of K and V stays while Q, dO, lse and delta of the
    tiles that see it pass by; dQ goes out and comes back as an accumulator at every step but a
    row's first. dK and dV are written once.
    Source: https://arxiv.org/abs/2307.08691 (algorithm 2).
    """
    seen = list(query_tiles(call, tiles))
    heads, width, each = call.streams * call.group, call.row_bytes, call.accumulator_bytes
    rows, visits = heads * call.queries, heads * sum(t.rows * t.tiles_seen for t in seen)
    cache, partial = call.streams * call.keys * width, (visits - rows) * call.d_head * each
    read = {"O": rows * width, "dO": (rows + visits) * width, "Q": visits * width}
    read |= {"K": cache, "V": cache, "lse": visits * each, "delta": visits * each}
    read |= {"dQ": partial} if partial else {}
    written = {"delta": rows * each, "dQ": partial + rows * width, "dK": cache, "dV": cache}
    flops = 10 * heads * call.d_head * sum(t.rows * t.keys_loaded for t in seen)
    return Traffic(read, written, flops)
