"""Right answers to chapter 08 in the styles that learners have: loops, NumPy, floats, tuples."""

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


def by_divmod(table, block_size, start, stop):
    slots = []
    for position in range(start, stop):
        block, place = divmod(position, block_size)
        slots.append(block_size * table[block] + place)
    return tuple(slots)


def by_broadcast(table, block_size, start, stop):
    slots = np.array(table)[:, None] * block_size + np.arange(block_size)[None, :]
    return slots.reshape(-1)[start:stop]


def by_cases(table, tokens, counts, block_size):
    free = min(i for i, owners in enumerate(counts) if not owners)
    if len(table) * block_size == tokens:
        new = [*table, free]
        return [], new, [n + (i == free) for i, n in enumerate(counts)]
    *rest, last = table
    if counts[last] == 1:
        return (), tuple(table), tuple(counts)
    after = [n + (i == free) - (i == last) for i, n in enumerate(counts)]
    return (last, free), (*rest, free), after


def by_copies(table, tokens, counts, block_size):
    table, counts = np.array(table, dtype=int), np.array(counts)
    copy = []
    needs_block = tokens == 0 or tokens % block_size == 0
    if needs_block or counts[table[-1]] >= 2:
        new = int(np.flatnonzero(counts == 0)[0])
        if not needs_block:
            copy = [int(table[-1]), new]
            counts[table[-1]] -= 1
            table = table[:-1]
        table = np.append(table, new)
        counts[new] += 1
    return [copy, table, counts]


def by_sets(events, size, room, *, take=min):
    """Keep for each prefix the set of blocks that hold it."""
    holders, owners, prefix_of, tables = {}, Counter(), {}, []
    for event in events:
        if not isinstance(event, list):
            for block in tables[event]:
                owners[block] -= 1
                if not owners[block]:
                    holders[prefix_of.pop(block)].discard(block)
            continue
        table = []
        for at in range(0, len(event), size):
            prefix = tuple(event[: at + size])
            held = holders.setdefault(prefix, set())
            if held and at + size < len(event):
                block = take(held)
            else:
                block = take(b for b in range(room) if not owners[b])
                held.add(block)
                prefix_of[block] = prefix
            owners[block] += 1
            table.append(block)
        tables.append(table)
    return tables


def highest_blocks(events, size, room):
    return tuple(map(tuple, by_sets(events, size, room, take=max)))


def by_running_prompts(events, size, room):
    """Compare with every running prompt, block by block, and take over its table's blocks."""
    prompts, tables, running = [], [], []
    for event in events:
        if isinstance(event, int):
            running.remove(event)
            continue
        table = []
        for end in range(size, len(event), size):
            like = [i for i in running if prompts[i][:end] == event[:end]]
            if not like or len(table) < end // size - 1:
                break
            table.append(tables[like[-1]][end // size - 1])
        used = {block for i in running for block in tables[i]} | set(table)
        free = [block for block in range(room) if block not in used]
        table += free[: math.ceil(len(event) / size) - len(table)]
        running.append(len(prompts))
        prompts.append(event)
        tables.append(table)
    return tables


RIGHT = {
    "08.1": [("NumPy, a tuple", by_arrays), ("key by key, tuples", key_by_key)],
    "08.2": [("doubled, a tuple", doubled), ("a square root, floats", by_the_root)],
    "08.3": [("kernel by kernel", kernel_by_kernel), ("NumPy floats", in_floats)],
    "08.4": [("NumPy mask, a tuple", by_the_mask), ("row by row, floats", row_by_row)],
    "08.5": [("divmod, a tuple", by_divmod), ("NumPy", by_broadcast)],
    "08.6": [("by cases, tuples", by_cases), ("NumPy", by_copies)],
    "08.7": [
        ("sets of equal blocks", by_sets),
        ("highest blocks, tuples", highest_blocks),
        ("running prompts compared", by_running_prompts),
    ],
}
