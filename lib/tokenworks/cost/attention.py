"""What attention moves between HBM and the chip: naive, flash, split and paged, byte by byte.

Every count is of one layer and of an algorithm, as it is written: caches between HBM and the
chip's own memory (an L2) are not in it. kernels/walk.py runs the same algorithms and counts.
"""

from __future__ import annotations

from typing import Literal

from tokenworks.cost.attention_call import (
    AttentionCall,
    Tiles,
    Traffic,
    matrix_bytes,
    query_tiles,
)
from tokenworks.cost.domain import Count, Natural, Positive, physical

Order = Literal["fa1", "fa2"]
ORDERS: tuple[Order, ...] = ("fa1", "fa2")


@physical
def naive_traffic(call: AttentionCall, *, elementwise: Natural = 0) -> Traffic:
    """Return the traffic of three kernels, S = QKᵀ, P = softmax(S), O = PV: four passes.

    S is written, then read, P is written, then read. Each of the `elementwise` kernels between
    (scale, mask, dropout) reads and writes the matrix once more. A mask saves nothing.
    Source: https://arxiv.org/abs/2205.14135 (algorithm 0).
    """
    matrix, rows = matrix_bytes(call), call.batch * call.heads * call.queries * call.row_bytes
    cache = call.streams * call.keys * call.row_bytes
    matrices = matrix * (1 + elementwise)
    return Traffic(
        {"Q": rows, "K": cache, "V": cache, "S": matrices, "P": matrix},
        {"S": matrices, "P": matrix, "O": rows},
        4 * call.batch * call.heads * call.queries * call.keys * call.d_head,
    )


def flash_traffic(
    call: AttentionCall, tiles: Tiles, *, order: Order = "fa2", save_statistics: bool = False
) -> Traffic:
    """Return the traffic of a tiled attention whose scores never leave the chip.

    "fa2" keeps a query tile and passes all its keys and values by. "fa1" keeps a key tile, so
    O, m and ℓ go out and come back at every step but a row's first, as accumulators.
    `save_statistics`: "fa2" writes a row's log-sum-exp for the backward pass.
    Another order raises ValueError.
    Source: https://arxiv.org/abs/2205.14135 (algorithm 1), https://arxiv.org/abs/2307.08691.
    """
    if order not in ORDERS:
        raise ValueError(f"order must be one of {', '.join(ORDERS)}, got {order!r}")
    seen = list(query_tiles(call, tiles))
    heads, width, each = call.streams * call.group, call.row_bytes, call.accumulator_bytes
    rows = heads * call.queries
    flops = 4 * heads * call.d_head * sum(t.rows * t.keys_loaded for t in seen)
    if order == "fa2":
        cache = call.streams * width * sum(t.keys_loaded for t in seen)
        written = {"O": rows * width} | ({"lse": rows * each} if save_statistics else {})
        return Traffic({"Q": rows * width, "K": cache, "V": cache}, written, flops)
    visits = heads * sum(t.rows * t.tiles_seen for t in seen)
    cache, again = call.streams * call.keys * width, visits - rows
    partial = again * call.d_head * each
    read = {"Q": visits * width, "K": cache, "V": cache}
    back = {"O": partial, "m": again * each, "l": again * each} if again else {}
    written = {"O": partial + rows * width, "m": visits * each, "l": visits * each}
    return Traffic(read | back, written, flops)


@physical
def split_traffic(call: AttentionCall, splits: Count) -> Traffic:
    """Return the traffic of flash-decoding: parts of the keys at once, then a merge of results.

    Each part leaves m, ℓ and an unfinished O ("partial"), in the accumulators' format, for the
    merge to read; one part alone leaves nothing. Only for one query a sequence.
    More than one raise ValueError.
    Source: https://pytorch.org/blog/flash-decoding/.
    """
    if call.queries != 1:
        raise ValueError(f"only one query a sequence is split over its keys, got {call.queries}")
    rows, parts = call.batch * call.heads, -(-call.keys // -(-call.keys // splits))
    cache = call.streams * call.keys * call.row_bytes
    left, row = rows * parts * call.accumulator_bytes, rows * call.row_bytes
    out = {"partial": left * call.d_head, "m": left, "l": left} if parts > 1 else {}
    read = {"Q": parts * row, "K": cache, "V": cache} | out
    return Traffic(read, out | {"O": row}, 4 * rows * call.keys * call.d_head)


@physical
def paged_traffic(
    call: AttentionCall,
    block_size: Count,
    *,
    query_rows: int | None = None,
    entry_bytes: Positive = 4,
) -> Traffic:
    """Return the traffic of paged attention: whole blocks, and the table's entry for each.

    Each tile of `query_rows` queries (all by default) of each run over K and V reads the entries
    of the blocks that it looks at. The last block is read to its end.
    Source: https://arxiv.org/abs/2309.06180 (section 4.1, PagedAttention).
    """
    tiles = Tiles(call.queries if query_rows is None else query_rows, block_size)
    seen = list(query_tiles(call, tiles))
    entries = call.streams * sum(t.tiles_seen for t in seen)
    rows = call.batch * call.heads * call.queries * call.row_bytes
    cache = entries * block_size * call.row_bytes
    pairs = call.streams * call.group * sum(t.rows * t.tiles_seen * block_size for t in seen)
    read = {"Q": rows, "K": cache, "V": cache, "table": entries * entry_bytes}
    return Traffic(read, {"O": rows}, 4 * pairs * call.d_head)
