"""Question of chapter 08 about copy-on-write: who may write into which block."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from tokenworks.checks.picture import named_bars
from tokenworks.checks.question import Case, Misconception, Question

Counts = Sequence[int]


def differences(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Count the places at which two lists, or lists of lists, differ."""
    pairs = list(zip(expected, got, strict=False))
    nested = [isinstance(e, list) and isinstance(g, list) for e, g in pairs]
    here = sum(
        differences(e, g) if both else e != g for (e, g), both in zip(pairs, nested, strict=True)
    )
    return float(here + abs(len(expected) - len(got)))


def write(
    case: Case,
    *,
    copies: Callable[[int], bool] = lambda owners: owners > 1,
    full: Callable[[int, int], bool] = lambda tokens, size: tokens % size == 0,
    fresh: Callable[[Counts], int] = lambda counts: counts.index(0),
    lost: int = 1,
    gained: int = 1,
    kept: int = 0,
) -> list[Any]:
    """Make room for one token with a switch for each known mistake; `kept` old entries stay."""
    table, tokens, counts, size = list(case[0]), case[1], list(case[2]), case[3]
    if full(tokens, size):
        new = fresh(counts)
        counts[new] = gained
        return [[], [*table, new], counts]
    last = table[-1]
    if not copies(counts[last]):
        return [[], table, counts]
    new = fresh(counts)
    counts[last] -= lost
    counts[new] = gained
    return [[last, new], [*table[: len(table) - 1 + kept], new], counts]


def _write(*case: Any) -> list[Any]:
    return write(case)


def _copy_first(*case: Any) -> list[Any]:
    """Copy a shared block although it is full and nothing is written into it."""
    table, _, counts, _ = case
    shared = bool(table) and counts[table[-1]] > 1
    return write(case, full=lambda tokens, size: not shared and tokens % size == 0)


def _copy_all(*case: Any) -> list[Any]:
    """Copy every shared block of the table, and list the last copy."""
    table, tokens, counts, size = case
    rows, left, copy = list(table), list(counts), []
    if tokens % size == 0:
        rows.append(left.index(0))
        left[rows[-1]] = 1
    for at, old in enumerate(rows):
        if left[old] > 1:
            copy = [old, left.index(0)]
            left[old], left[copy[1]], rows[at] = left[old] - 1, 1, copy[1]
    return [copy, rows, left]


def _write_case(rng: random.Random) -> Case:
    size, blocks = rng.choice([4, 8, 16]), rng.randrange(8, 13)
    kind = rng.choice(["shared", "own", "full", "full and shared"])
    length = rng.choice([1, 2, 3, 3])
    table = rng.sample(range(blocks), length)
    counts = [0] * blocks
    for at in rng.sample(range(blocks), blocks // 2):
        counts[at] = rng.randrange(1, 4)
    for at in table:
        counts[at] = rng.choice([1, 2, 3])
    counts[table[-1]] = rng.choice([2, 3, 4]) if "shared" in kind else 1
    spare = [at for at in range(blocks) if at not in table]
    for at in rng.sample(spare, 2):
        counts[at] = 0
    tokens = size * length - (0 if "full" in kind else rng.choice([1, 1, rng.randrange(1, size)]))
    return (table, tokens, counts, size)


_OWNERS = "counts says how many tables list a block. The tables that are left are one fewer."
COPY = Question(
    id="08.6",
    title="Copy-on-write",
    size_hint="about 10 lines",
    oracle=_write,
    cases=(
        ([0, 2], 6, [2, 0, 2, 1, 0], 4),
        ([3, 1], 7, [1, 1, 0, 3, 0], 4),
        ([4, 1], 8, [0, 2, 1, 1, 1], 4),
        ([2], 15, [1, 1, 4, 1, 0, 0], 16),
        ([5, 0], 16, [1, 2, 1, 0, 1, 2, 0], 8),
        ([], 0, [1, 0, 3], 4),
    ),
    fresh_case=_write_case,
    misconceptions=(
        Misconception(
            "it writes into a block that others read",
            lambda *case: write(case, copies=lambda owners: False),
            "Another table lists this block too: its token would be overwritten. Copy first.",
        ),
        Misconception(
            "it copies a block that it owns alone",
            lambda *case: write(case, copies=lambda owners: True),
            "Nobody else lists this block. Its last owner writes in place.",
        ),
        Misconception(
            "the old block keeps its count",
            lambda *case: write(case, lost=0),
            f"{_OWNERS} Without that the block can never be given back.",
        ),
        Misconception(
            "the old block is given back",
            lambda *case: write(case, lost=case[2][case[0][-1]] if case[0] else 0),
            f"{_OWNERS} Its count is 0 only when no table lists it.",
        ),
        Misconception(
            "the new block has no owner",
            lambda *case: write(case, gained=0),
            "One table lists the new block now, so its count is 1.",
        ),
        Misconception(
            "the copy inherits the owners",
            lambda *case: write(case, gained=max(1, case[2][case[0][-1]]) if case[0] else 1),
            "The others still list the old block. Only this table lists the copy.",
        ),
        Misconception(
            "the table keeps the old block",
            lambda *case: write(case, kept=1),
            "The copy takes the place of the old block in the table.",
        ),
        Misconception(
            "a full block is written into",
            lambda *case: write(case, full=lambda tokens, size: tokens == 0),
            "Positions 0 to tokens - 1 are taken. Where they end with a block, a new one begins.",
        ),
        Misconception(
            "a new block one token too early",
            lambda *case: write(
                case, full=lambda tokens, size: tokens == 0 or (tokens + 1) % size == 0
            ),
            "The last place of a block is written too before the next block is taken.",
        ),
        Misconception(
            "a full block is copied",
            _copy_first,
            "Nothing is written into a full block: it stays shared, and the token opens a new one.",
        ),
        Misconception(
            "blocks are copied that stay as they are",
            _copy_all,
            "Only the block that is written into has to be one's own.",
        ),
        Misconception(
            "a block that somebody owns",
            lambda *case: write(case, fresh=lambda counts: counts.index(1)),
            "A block is free when its count is 0.",
        ),
        Misconception(
            "not the lowest free block",
            lambda *case: write(
                case, fresh=lambda counts: max(i for i, owners in enumerate(counts) if not owners)
            ),
            "So that answers can be compared, take the free block with the lowest number.",
        ),
    ),
    distance=differences,
    unit="entries",
    tolerance=0.0,
    answer_unit="",
    picture=named_bars(("copy from, to", "block table", "counts"), ""),
)

QUESTIONS = (COPY,)
