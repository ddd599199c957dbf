"""Copy-on-write: who may write into which block."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case


def differences(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Count the places at which two lists, or lists of lists, differ."""
    pairs = list(zip(expected, got, strict=False))
    nested = [isinstance(e, list) and isinstance(g, list) for e, g in pairs]
    here = sum(
        differences(e, g) if both else e != g for (e, g), both in zip(pairs, nested, strict=True)
    )
    return float(here + abs(len(expected) - len(got)))


def _shared(rng: Random) -> Case:
    size, blocks = rng.choice([4, 8, 16]), rng.randrange(8, 13)
    kind = rng.choice(["shared", "own", "full", "full and shared", "empty"])
    length = 0 if kind == "empty" else rng.choice([1, 2, 3, 3])
    table = rng.sample(range(blocks), length)
    counts = [0] * blocks
    for at in rng.sample(range(blocks), blocks // 2):
        counts[at] = rng.randrange(1, 4)
    for at in table:
        counts[at] = rng.choice([1, 2, 3])
    if table:
        counts[table[-1]] = rng.choice([2, 2, 3, 4]) if "shared" in kind else 1
    spare = [at for at in range(blocks) if at not in table]
    for at in rng.sample(spare, 2):
        counts[at] = 0
    missing = rng.choice([1, 1, rng.randrange(1, size)]) if kind in ("shared", "own") else 0
    return (table, size * length - missing, counts, size)


FULL, OTHERS = "tokens % block_size == 0", "counts[table[-1]] > 1"
OWNERS = "counts says how many tables list a block. The tables that are left are one fewer."


@exercise(
    3,
    examples=(Example(([0, 2], 6, [2, 0, 2], 4), "[[2, 1], [0, 1], [2, 1, 1]]"),),
    cases=(
        ([0, 2], 6, [2, 0, 2, 1, 0], 4),
        ([3, 1], 7, [1, 1, 0, 3, 0], 4),
        ([4, 1], 8, [0, 2, 1, 1, 1], 4),
        ([2], 15, [1, 1, 4, 1, 0, 0], 16),
        ([5, 0], 16, [1, 2, 1, 0, 1, 2, 0], 8),
        ([], 0, [1, 0, 3], 4),
    ),
    draw=_shared,
    mistakes=(
        Mistake(
            "it writes into a block that others read",
            (OTHERS, "False"),
            "Another table lists this block too: its token would be overwritten. Copy first.",
        ),
        Mistake(
            "it copies a block that it owns alone",
            (OTHERS, "True"),
            "Nobody else lists this block. Its last owner writes in place.",
        ),
        Mistake(
            "the old block keeps its count",
            ("counts[copy[0]] -= 1", "..."),
            f"{OWNERS} Without that the block can never be freed.",
        ),
        Mistake(
            "the old block is freed",
            ("counts[copy[0]] -= 1", "counts[copy[0]] = 0"),
            f"{OWNERS} Its count is 0 only when no table lists it.",
        ),
        Mistake(
            "the new block has no owner",
            (("counts[table[-1]] = 1", "..."), ("counts[copy[1]] = 1", "...")),
            "One table lists the new block now, so its count is 1.",
        ),
        Mistake(
            "the copy inherits the owners",
            ("counts[copy[1]] = 1", "counts[copy[1]] = counts[copy[0]] + 1"),
            "The others still list the old block. Only this table lists the copy.",
        ),
        Mistake(
            "the table keeps the old block",
            ("table[-1] = copy[1]", "table.append(copy[1])"),
            "The copy takes the place of the old block in the table.",
        ),
        Mistake(
            "a full block is written into",
            (FULL, "tokens == 0"),
            "Positions 0 to tokens - 1 are taken. Where they end with a block, a new one begins.",
        ),
        *(
            Mistake(
                "a new block one token too early",
                (FULL, f"{begins} or (tokens + 1) % block_size == 0"),
                "The last place of a block is written too before the next block is taken.",
            )
            for begins in ("tokens == 0", FULL)
        ),
        Mistake(
            "a full block is copied",
            (FULL, f"{FULL} and not (table and {OTHERS})"),
            "Nothing is written into a full block: it stays shared, and the token opens a new one.",
        ),
        Mistake(
            "blocks are copied that stay as they are",
            (
                (f"elif {OTHERS}:", "for at in [i for i, b in enumerate(table) if counts[b] > 1]:"),
                ("copy = [table[-1], ", "copy = [table[at], "),
                ("table[-1] = copy[1]", "table[at] = copy[1]"),
            ),
            "Only the block that is written into has to be one's own.",
        ),
        Mistake(
            "a block that somebody owns",
            (
                ("append(counts.index(0))", "append(counts.index(1))"),
                (", counts.index(0)]", ", counts.index(1)]"),
            ),
            "A block is free when its count is 0.",
        ),
        Mistake(
            "not the lowest free block",
            (
                (
                    "append(counts.index(0))",
                    "append(max(i for i, n in enumerate(counts) if not n))",
                ),
                (", counts.index(0)]", ", max(i for i, n in enumerate(counts) if not n)]"),
            ),
            "So that answers can be compared, take the free block with the lowest number.",
        ),
    ),
    unit="entries",
    distance=differences,
    length=3,
    tolerance=0.0,
    answer_unit="",
    picture=named_bars(("copy from, to", "block table", "counts"), ""),
)
def write_token(table, tokens, counts, block_size):
    """Copy-on-write.

    A request has `tokens` tokens in the blocks of its `table`, no block more than they need. Now it
    writes one token more. `counts` says for each block how many tables list it; 0 is a free block.

    Where the last block is full, or there is none, the token opens a free block. Where another
    table lists the last block too, the request first copies it to a free block and leaves the old
    one to the others. Else it writes in place. Of free blocks take the one with the lowest number.
    Return a list of three: the copy, `[from, to]` or `[]` if there is none; the new table; the new
    counts.

    Example: the table `[0, 2]`, 6 tokens in blocks of 4, counts `[2, 0, 2]`. Block 2 has another
    reader, so it is copied to block 1: `[[2, 1], [0, 1], [2, 1, 1]]`.
    """
    table, counts, copy = list(table), list(counts), []
    if tokens % block_size == 0:
        table.append(counts.index(0))
        counts[table[-1]] = 1
    elif counts[table[-1]] > 1:
        copy = [table[-1], counts.index(0)]
        counts[copy[0]] -= 1
        counts[copy[1]] = 1
        table[-1] = copy[1]
    return [copy, table, counts]
