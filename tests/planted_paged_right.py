"""Right answers about pages in the styles that learners have: loops, NumPy, floats, tuples."""

from __future__ import annotations

import math
from collections import Counter
from itertools import accumulate

import numpy as np


def by_sums(lengths, room, most, block_size):
    """Add the blocks up, and count the sums that are not too large."""
    ends = accumulate((tokens + block_size - 1) // block_size for tokens in lengths)
    return min(room // most, len(lengths)), sum(end <= room // block_size for end in ends)


def by_cumulated_blocks(lengths, room, most, block_size):
    ends = np.cumsum(np.ceil(np.array(lengths) / block_size))
    pieces = np.minimum(np.floor(room / most), len(lengths))
    return np.array([pieces, np.searchsorted(ends, room // block_size, side="right")])


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
    "09.1": [("sums, a tuple", by_sums), ("NumPy floats", by_cumulated_blocks)],
    "09.2": [("divmod, a tuple", by_divmod), ("NumPy", by_broadcast)],
    "09.3": [("by cases, tuples", by_cases), ("NumPy", by_copies)],
    "09.4": [
        ("sets of equal blocks", by_sets),
        ("highest blocks, tuples", highest_blocks),
        ("running prompts compared", by_running_prompts),
    ],
}
