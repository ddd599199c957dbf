"""Wrong answers about blocks as learners write them, with the mistake to be named."""

from __future__ import annotations


def fitting(lengths, room, most, size, *, need=None, free=None, full=True):
    """Let sequences in; the keywords are what may be wrong."""
    free = room // size if free is None else free
    count = 0
    for tokens in lengths:
        blocks = need(tokens) if need else (tokens + size - 1) // size
        if blocks > free or (blocks == free and not full):
            break
        free -= blocks
        count += 1
    return [min(room // most, len(lengths)), count]


def last_block_lost(lengths, room, most, size):
    return fitting(lengths, room, most, size, need=lambda tokens: tokens // size)


def one_block_more(lengths, room, most, size):
    return fitting(lengths, room, most, size, need=lambda tokens: tokens // size + 1)


def in_tokens(lengths, room, most, size):
    return fitting(lengths, room, most, size, need=lambda tokens: tokens, free=room)


def small_ones_pass(lengths, room, most, size):
    free, inside = room // size, []
    for tokens in lengths:
        if -(-tokens // size) <= free:
            inside.append(tokens)
            free -= -(-tokens // size)
    return [min(room // most, len(lengths)), len(inside)]


def endless_queue(lengths, room, most, size):
    return [room // most, fitting(lengths, room, most, size)[1]]


def never_quite_full(*case):
    return fitting(*case, full=False)


def with_the_next(lengths, room, most, size):
    pieces, paged = fitting(lengths, room, most, size)
    return [pieces, min(paged + 1, len(lengths))]


def shortest_first(lengths, *rest):
    return fitting(sorted(lengths), *rest)


def by_the_mean(lengths, room, most, size):
    mean = sum(lengths) / len(lengths)
    return [min(room // most, len(lengths)), int(room // size // (mean / size))]


def swapped(table, size, start, stop):
    return [table[at % size] * size + at // size for at in range(start, stop)]


def index_for_cell(table, size, start, stop):
    return [table[at // size] + at % size for at in range(start, stop)]


def in_a_row(table, size, start, stop):
    block, offset = divmod(start, size)
    first = table[block] * size + offset
    return list(range(first, first + stop - start))


def logical(table, size, start, stop):
    return [(at // size) * size + at % size for at in range(start, stop)]


def inclusive(table, size, start, stop):
    padded = [*table, table[-1]]
    return [padded[at // size] * size + at % size for at in range(start, stop + 1)]


def late_block(table, size, start, stop):
    answer, block = [], start // size
    for at in range(start, stop):
        answer.append(table[block] * size + at % size)
        if at and at % size == 0:
            block = min(at // size, len(table) - 1)
    return answer


def counted_from_one(table, size, start, stop):
    return [
        table[min((at + 1) // size, len(table) - 1)] * size + at % size for at in range(start, stop)
    ]


def _free(counts):
    return next(block for block, owners in enumerate(counts) if owners == 0)


def write(table, tokens, counts, size, *, shared=lambda owners: owners > 1, drop=1, own=1):
    table, counts = table[:], counts[:]
    if tokens % size == 0:
        new = _free(counts)
        counts[new] += 1
        return [], [*table, new], counts
    old = table[-1]
    if not shared(counts[old]):
        return [], table, counts
    new = _free(counts)
    counts[old] -= drop
    counts[new] = own
    return [old, new], [*table[:-1], new], counts


def always_copies(*case):
    return write(*case, shared=lambda owners: owners >= 1)


def in_place(*case):
    return write(*case, shared=lambda owners: False)


def not_decreased(*case):
    return write(*case, drop=0)


def freed(table, tokens, counts, size):
    copy, table_new, after = write(table, tokens, counts, size)
    if copy:
        after[copy[0]] = 0
    return copy, table_new, after


def copied_counts(table, tokens, counts, size):
    owners = counts[table[-1]] if table else 1
    return write(table, tokens, counts, size, own=owners)


def never_opens(table, tokens, counts, size):
    if not table:
        return write(table, tokens, counts, size)
    if counts[table[-1]] == 1:
        return [], table, counts
    new = _free(counts)
    after = [owners - (at == table[-1]) + (at == new) for at, owners in enumerate(counts)]
    return [table[-1], new], [*table[:-1], new], after


def copies_the_full(table, tokens, counts, size):
    """Look at the owners of the last block before asking whether it is full."""
    if table and counts[table[-1]] > 1:
        return write(table, 1, counts, size)
    return write(table, tokens, counts, size)


def opens_early(table, tokens, counts, size):
    return write(table, 0 if (tokens + 1) % size == 0 else tokens, counts, size)


def appended(table, tokens, counts, size):
    copy, rows, after = write(table, tokens, counts, size)
    return copy, [*table, rows[-1]] if copy else rows, after


def sorted_table(table, size, start, stop):
    return [sorted(table)[at // size] * size + at % size for at in range(start, stop)]


def whole_blocks(table, size, start, stop):
    """List all cells of the blocks that are touched."""
    touched = table[start // size : (stop - 1) // size + 1]
    return [block * size + place for block in touched for place in range(size)]


def from_the_end(table, size, start, stop):
    return [table[-1 - at // size] * size + at % size for at in range(start, stop)]


def next_after_the_last(table, tokens, counts, size):
    """Look for a free block behind the last one of the table."""
    begin = table[-1] + 1 if table else 0
    spread = counts[begin:] + counts[:begin]
    copy, rows, after = write(table, tokens, counts, size)
    if rows == table:
        return copy, rows, after
    new = (begin + _free(spread)) % len(counts)
    after[rows[-1]], after[new] = 0, 1
    return [copy[0], new] if copy else [], [*rows[:-1], new], after


def to_and_from(table, tokens, counts, size):
    copy, rows, after = write(table, tokens, counts, size)
    return copy[::-1], rows, after


PLANTED = {
    "09.1": [
        ("the last block is lost", last_block_lost),
        ("a block too many", one_block_more),
        ("tokens without blocks", in_tokens),
        ("others pass the one that waits", small_ones_pass),
        ("more than have come", endless_queue),
        ("exactly full does not count", never_quite_full),
        ("the one that does not fit is counted", with_the_next),
        ("", shortest_first),
        ("", by_the_mean),
    ],
    "09.2": [
        ("quotient and remainder swapped", swapped),
        ("a block's number for its first cell", index_for_cell),
        ("neighbours of the first cell", in_a_row),
        ("the table is not asked", logical),
        ("the end counted in", inclusive),
        ("the next block one token too late", late_block),
        ("the next block one token too early", counted_from_one),
        ("", sorted_table),
        ("", whole_blocks),
        ("", from_the_end),
    ],
    "09.3": [
        ("it copies a block that it owns alone", always_copies),
        ("it writes into a block that others read", in_place),
        ("the old block keeps its count", not_decreased),
        ("the old block is freed", freed),
        ("the copy inherits the owners", copied_counts),
        ("a full block is written into", never_opens),
        ("a full block is copied", copies_the_full),
        ("a new block one token too early", opens_early),
        ("the table keeps the old block", appended),
        ("", next_after_the_last),
        ("", to_and_from),
    ],
}
