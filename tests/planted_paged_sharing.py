"""Wrong allocators as learners write them, with the rule that each of them breaks."""

from __future__ import annotations

from collections import Counter


class Memory:
    """Blocks in use, by their owners and by what they hold."""

    def __init__(self, room):
        self.free = list(range(room))
        self.owners = Counter()
        self.known = {}

    def fresh(self):
        return self.free.pop(0)

    def give(self, table):
        for block in table:
            self.owners[block] -= 1
            if not self.owners[block]:
                self.free.append(block)
                self.known = {key: b for key, b in self.known.items() if b != block}


def allocate(
    events,
    size,
    room,
    *,
    key=lambda prompt, at, size: tuple(prompt[: at + size]),
    shareable=lambda tokens, size: (tokens - 1) // size,
    give=Memory.give,
    count=lambda tokens, size: -(-tokens // size),
):
    """Share by a dictionary from the key of a block to its number."""
    memory, tables = Memory(room), []
    for event in events:
        if isinstance(event, int):
            give(memory, tables[event])
            continue
        table = []
        for at in range(0, count(len(event), size) * size, size):
            known = memory.known.get(key(event, at, size)) if at == size * len(table) else None
            block = (
                known if known is not None and at // size < shareable(len(event), size) else None
            )
            table.append(memory.fresh() if block is None else block)
            if len(event) >= at + size:
                memory.known.setdefault(key(event, at, size), table[-1])
        memory.owners.update(table)
        tables.append(table)
    return tables


def hash_of_the_block(*case):
    return allocate(*case, key=lambda prompt, at, size: tuple(prompt[at : at + size]))


def whole_prompt(*case):
    return allocate(*case, shareable=lambda tokens, size: tokens // size)


def never_shares(*case):
    return allocate(*case, shareable=lambda tokens, size: 0)


def one_block_only(*case):
    return allocate(*case, shareable=lambda tokens, size: min(1, (tokens - 1) // size))


def only_the_newest(events, size, room):
    """Compare with the newest prompt alone."""
    tables, free, owners, last = [], list(range(room)), Counter(), None
    for event in events:
        if isinstance(event, int):
            for block in tables[event]:
                owners[block] -= 1
                free += [block] if not owners[block] else []
            last = None if last == event else last
            continue
        old = [e for e in events if isinstance(e, list)][last] if last is not None else []
        alike = next((i for i, (a, b) in enumerate(zip(old, event, strict=False)) if a != b), None)
        alike = min(len(old), len(event)) if alike is None else alike
        shared = min(alike, len(event) - 1) // size
        table = tables[last][:shared] if shared else []
        table = table + [free.pop(0) for _ in range(-(-len(event) // size) - shared)]
        owners.update(table)
        tables.append(table)
        last = len(tables) - 1
    return tables


def no_counts(*case):
    """Give all blocks of a prompt back, whoever else lists them."""

    def give(memory, table):
        memory.free = sorted({*memory.free, *table})
        memory.known = {key: b for key, b in memory.known.items() if b not in table}

    return allocate(*case, give=give)


def stale(*case):
    """Forget to forget: a block that is given back keeps its key."""

    def give(memory, table):
        memory.owners.subtract(table)
        memory.free = [block for block in table if not memory.owners[block]] + memory.free

    return allocate(*case, give=give)


def endless(events, size, room):
    return allocate(events, size, 1000, give=lambda memory, table: None)


def one_to_spare(events, size, room):
    return allocate(events, size, 3 * room, count=lambda tokens, size: tokens // size + 1)


def full_blocks_only(*case):
    return allocate(*case, count=lambda tokens, size: tokens // size)


def none_for_an_end(events, size, room):
    tables = iter(allocate(events, size, room))
    return [next(tables) if isinstance(event, list) else None for event in events]


def first_of_equals(*case):
    """Know of two equal blocks the first alone, until it is given back."""
    return allocate(*case)


def chained(pick):
    """Know a block by its tokens and the number of the block before it."""

    def tables_of(events, size, room):
        before, used, tables = {}, Counter(), []
        for event in events:
            if isinstance(event, int):
                used.subtract(tables[event])
                continue
            table = []
            for at in range(0, len(event), size):
                key = (table[-1] if table else None, event[at : at + size])
                found = [b for b in range(room) if used[b] and before.get(b) == key]
                new = next(b for b in range(room) if not used[b] and b not in table)
                table.append(pick(found) if found and at + size < len(event) else new)
                before[table[-1]] = key
            used.update(table)
            tables.append(table)
        return tables

    return tables_of


PLANTED = {
    "09.4": [
        ("the same tokens after another beginning", hash_of_the_block),
        ("the last token is shared", whole_prompt),
        ("a prefix is computed twice", never_shares),
        ("a prefix is computed twice", one_block_only),
        ("a prefix is computed twice", only_the_newest),
        ("a block that another prompt still uses", no_counts),
        ("a block that another prompt still uses", stale),
        ("a block that does not exist", endless),
        ("too many blocks", one_to_spare),
        ("too few blocks", full_blocks_only),
        ("not one table for each prompt", none_for_an_end),
        ("a prefix is computed twice", first_of_equals),
        ("a prefix is computed twice", chained(min)),
        ("a prefix is computed twice", chained(max)),
    ],
}
