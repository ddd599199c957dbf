"""Right answers about attention in tiles, in the styles that learners have."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np


def by_arrays(m, l, o, scores, values):
    m_new = np.maximum(m, np.max(scores))
    if np.isneginf(m_new):
        return m, l, np.array(o)
    p = np.exp(np.array(scores) - m_new)
    scale = np.exp(m - m_new)
    return m_new, scale * l + p.sum(), scale * np.array(o) + p @ np.array(values)


def key_by_key(m, l, o, scores, values):
    """Take each key as a tile of its own."""
    for score, row in zip(scores, values, strict=True):
        new = m if m > score else score
        if new == float("-inf"):
            continue
        old, weight = math.exp(m - new), math.exp(score - new)
        l = l * old + weight
        o = [part * old + weight * value for part, value in zip(o, row, strict=True)]
        m = new
    return (m, l, tuple(o))


def tile_bytes(rows, d_head, value_bytes):
    qkv = 3 * rows * d_head * value_bytes
    return qkv + rows * d_head * 4 + rows * rows * 4 + rows * 4 * 2


def doubled(d_head, value_bytes, sram_kib):
    rows = 1
    while tile_bytes(2 * rows, d_head, value_bytes) <= sram_kib * 1024:
        rows *= 2
    return rows, tile_bytes(rows, d_head, value_bytes)


def by_the_root(d_head, value_bytes, sram_kib):
    """Solve 4 B^2 + b B = bytes for B, and round down to a power of two."""
    b = 3 * d_head * value_bytes + 4 * d_head + 8
    root = (-b + math.sqrt(b * b + 16 * sram_kib * 1024)) / 8
    rows = 2.0 ** math.floor(math.log2(root) + 1e-12)
    return [rows, 4 * rows * rows + b * rows]


def kernel_by_kernel(tokens, d_head, heads, bits, q_tile):
    naive = flash = 0
    for _ in range(heads):
        naive += 2 * tokens * d_head + tokens * tokens
        naive += 2 * tokens * tokens
        naive += tokens * tokens + 2 * tokens * d_head
        for first in range(0, tokens, q_tile):
            rows = min(q_tile, tokens - first)
            flash += 2 * rows * d_head + 2 * tokens * d_head
    return naive * bits // 8, flash * bits // 8


def in_floats(tokens, d_head, heads, bits, q_tile):
    width = heads * bits / 8
    tiles = math.ceil(tokens / q_tile)
    naive = width * tokens * (4.0 * d_head + 4.0 * tokens)
    return np.array([naive, width * tokens * d_head * (2.0 + 2.0 * tiles)])


def by_the_mask(queries, keys, q_tile, kv_tile):
    seen = np.tril(np.ones((queries, keys)), keys - queries)
    counts = Counter()
    for q in range(0, queries, q_tile):
        for k in range(0, keys, kv_tile):
            share = seen[q : q + q_tile, k : k + kv_tile].mean()
            counts["whole" if share == 1 else "masked" if share else "skipped"] += 1
    return counts["skipped"], counts["masked"], counts["whole"]


def row_by_row(queries, keys, q_tile, kv_tile):
    """Count by division for each row of tiles."""
    every, skipped, whole, past = -(-keys // kv_tile), 0, 0, keys - queries
    for first in range(0, queries, q_tile):
        last = min(first + q_tile, queries) - 1
        skipped += every - ((past + last) // kv_tile + 1)
        whole += every if past + first == keys - 1 else (past + first + 1) // kv_tile
    rows = -(-queries // q_tile)
    return [float(skipped), float(rows * every - skipped - whole), float(whole)]


RIGHT = {
    "08.1": [("NumPy, a tuple", by_arrays), ("key by key, tuples", key_by_key)],
    "08.2": [("doubled, a tuple", doubled), ("a square root, floats", by_the_root)],
    "08.3": [("kernel by kernel", kernel_by_kernel), ("NumPy floats", in_floats)],
    "08.4": [("NumPy mask, a tuple", by_the_mask), ("row by row, floats", row_by_row)],
}
