"""Wrong answers about attention in tiles as learners write them, with the mistake to be named."""

from __future__ import annotations

import math

import numpy as np


def tile(d_head, width, kib, *, qkv=3, scores=4, out=4, state=8, base=1024, spare=0):
    """Double the rows while they fit; the keywords are bytes or counts that may be wrong."""
    rows, needed = 0, 0
    while True:
        more = 2 * rows or 1
        cost = more * (qkv * d_head * width + out * d_head + scores * more + state)
        if cost + spare > kib * base:
            return [rows, needed]
        rows, needed = more, cost


def until_over(d_head, width, kib):
    rows = 1
    while tile_bytes(d_head, width, rows) <= kib * 1024:
        rows *= 2
    return rows, tile_bytes(d_head, width, rows)


def tile_bytes(d_head, width, rows):
    return 3 * rows * d_head * width + 4 * (rows * d_head + rows * rows + 2 * rows)


def by_ones(d_head, width, kib):
    rows = max(r for r in range(1, 2000) if tile_bytes(d_head, width, r) <= kib * 1024)
    return rows, tile_bytes(d_head, width, rows)


def traffic(tokens, d_head, heads, bits, q_tile, *, naive=4, flash=None):
    loads = math.ceil(tokens / q_tile) if flash is None else flash
    array, matrix = tokens * d_head, tokens**2
    each = bits * heads // 8
    return each * (4 * array + naive * matrix), each * (2 + 2 * loads) * array


def tiles_by_mask(queries, keys, q_tile, kv_tile, *, mask=None):
    """Look at the mask itself, tile by tile."""
    at = np.arange(queries)[:, None] + keys - queries
    seen = (np.arange(keys)[None, :] <= at) if mask is None else mask
    counts = [0, 0, 0]
    for q in range(0, queries, q_tile):
        for k in range(0, keys, kv_tile):
            part = seen[q : q + q_tile, k : k + kv_tile]
            counts[2 if part.all() else 1 if part.any() else 0] += 1
    return counts


def no_offset(queries, keys, q_tile, kv_tile):
    seen = np.tri(queries, keys, dtype=bool)
    return tiles_by_mask(queries, keys, q_tile, kv_tile, mask=seen)


def triangle_of_tiles(queries, keys, q_tile, kv_tile):
    rows, columns = math.ceil(queries / q_tile), math.ceil(keys / kv_tile)
    skipped = sum(max(0, columns - 1 - i) for i in range(rows))
    masked = min(rows, columns)
    return skipped, masked, rows * columns - skipped - masked


def whole_tiles_only(queries, keys, q_tile, kv_tile):
    skipped = masked = whole = 0
    for i in range(queries // q_tile):
        first = keys - queries + i * q_tile
        for j in range(keys // kv_tile):
            skips = j * kv_tile > first + q_tile - 1
            full = (j + 1) * kv_tile - 1 <= first
            skipped, masked, whole = skipped + skips, masked + (not skips | full), whole + full
    return skipped, masked, whole


def first_row_decides(queries, keys, q_tile, kv_tile):
    whole = tiles_by_mask(queries, keys, q_tile, kv_tile)[2]
    past = keys - queries
    starts = [(past + q, k) for q in range(0, queries, q_tile) for k in range(0, keys, kv_tile)]
    skipped = sum(k > q for q, k in starts)
    return skipped, len(starts) - skipped - whole, whole


def double_buffered(d_head, width, kib):
    return tile(d_head, width, kib, qkv=5)


def spare_bytes(d_head, width, kib):
    rows, needed = tile(d_head, width, kib)
    return [rows, kib * 1024 - needed]


def queries_again(tokens, d_head, heads, bits, q_tile):
    """Read the queries once for each tile of keys, as with the loops the other way round."""
    loads = math.ceil(tokens / q_tile)
    each = bits * heads // 8
    array = tokens * d_head
    return [each * (4 * array + 4 * tokens**2), each * (3 * loads + 1) * array]


def one_matrix_for_all_heads(tokens, d_head, heads, bits, q_tile):
    naive, flash = traffic(tokens, d_head, heads, bits, q_tile)
    return [naive - 4 * tokens**2 * (heads - 1) * bits // 8, flash]


def own_key_unseen(queries, keys, q_tile, kv_tile):
    at = np.arange(queries)[:, None] + keys - queries
    return tiles_by_mask(queries, keys, q_tile, kv_tile, mask=np.arange(keys)[None, :] < at)


def half_of_all(queries, keys, q_tile, kv_tile):
    every = math.ceil(queries / q_tile) * math.ceil(keys / kv_tile)
    masked = math.ceil(queries / q_tile)
    return [(every - masked) // 2, masked, every - masked - (every - masked) // 2]


PLANTED = {
    "08.2": [
        ("the tile of scores is forgotten", lambda *case: tile(*case, scores=0)),
        ("accumulators as narrow as the values", lambda d, w, kib: tile(d, w, kib, out=w)),
        (
            "accumulators as narrow as the values",
            lambda d, w, kib: tile(d, w, kib, out=w, scores=w, state=2 * w),
        ),
        ("one of Q, K and V is forgotten", lambda *case: tile(*case, qkv=2)),
        ("m and l are forgotten", lambda *case: tile(*case, state=0)),
        ("KB for KiB", lambda *case: tile(*case, base=1000)),
        ("exactly full does not count", lambda *case: tile(*case, spare=1)),
        ("the first that does not fit", until_over),
        ("not a power of two", by_ones),
        ("", double_buffered),
        ("", spare_bytes),
    ],
    "08.3": [
        ("three passes for four", lambda *case: traffic(*case, naive=3)),
        ("one head only", lambda t, d, heads, bits, q: traffic(t, d, 1, bits, q)),
        ("keys and values read once", lambda *case: traffic(*case, flash=1)),
        ("bits for bytes", lambda t, d, heads, bits, q: traffic(t, d, heads, 8 * bits, q)),
        ("a last tile is lost", lambda t, d, h, b, q: traffic(t, d, h, b, q, flash=t // q)),
        ("keys and values for every query", lambda t, *rest: traffic(t, *rest, flash=t)),
        ("", queries_again),
        ("", one_matrix_for_all_heads),
    ],
    "08.4": [
        ("the queries stand at the first keys", no_offset),
        ("the numbers of tiles are compared", triangle_of_tiles),
        ("a last tile is lost", whole_tiles_only),
        ("judged by the first query", first_row_decides),
        ("scores for tiles", lambda queries, keys, q, kv: tiles_by_mask(queries, keys, 1, 1)),
        ("masked and whole swapped", lambda *case: [tiles_by_mask(*case)[i] for i in (0, 2, 1)]),
        (
            "a corner that is seen is skipped; and a corner on the diagonal is masked",
            own_key_unseen,
        ),
        ("", half_of_all),
    ],
}
