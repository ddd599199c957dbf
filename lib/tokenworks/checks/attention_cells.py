"""Question of chapter 08 about block tables: in which cells of memory a text lies."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from tokenworks.checks.attention_copy import differences
from tokenworks.checks.question import Case, Misconception, Question

Counts = Sequence[int]


def _of_each(place: Callable[[Counts, int, int], int], *, more: int = 0) -> Callable[..., Any]:
    """Make an answer from the cell of one position; `more` positions at the end."""
    return lambda table, size, start, stop: [
        place(table, size, at) for at in range(start, stop + more)
    ]


def _cell(table: Counts, size: int, at: int) -> int:
    return table[at // size] * size + at % size


_cells = _of_each(_cell)


def _run(*case: Any) -> list[int]:
    """Take the cells for neighbours of the first."""
    table, size, start, stop = case
    first = _cell(table, size, start)
    return list(range(first, first + stop - start))


def _cells_case(rng: random.Random) -> Case:
    size, length = rng.choice([2, 4, 8, 16]), rng.randrange(3, 7)
    table = rng.sample(range(3 * length), length)
    start = rng.choice([0, size - 1, size, 2 * size - 1, rng.randrange(size * (length - 1))])
    last = start - start % size + size  # the next block begins here
    stop = rng.choice([last + 1, rng.randrange(last + 1, size * length + 1), size * length])
    return (table, size, start, stop)


_NEXT = "At the end of a block the text goes on in the next block of the table, wherever that lies."
CELLS = Question(
    id="08.5",
    title="The cells of a block table",
    size_hint="about 1 line",
    oracle=_cells,
    cases=(
        ([9, 3, 4], 4, 0, 12),
        ([5, 0, 11], 16, 14, 34),
        ([2, 7], 8, 8, 9),
        ([6, 1, 0, 3], 2, 3, 6),
        ([4, 2, 9], 4, 7, 8),
    ),
    fresh_case=_cells_case,
    misconceptions=(
        Misconception(
            "quotient and remainder swapped",
            _of_each(lambda table, size, at: table[at % size % len(table)] * size + at // size),
            "The quotient by the block's size says which block, the remainder which place in it.",
        ),
        Misconception(
            "quotient and remainder swapped",
            _of_each(lambda table, size, at: table[at % size] * size + at // size),
            "The quotient by the block's size says which block, the remainder which place in it.",
        ),
        Misconception(
            "a block's number for its first cell",
            _of_each(lambda table, size, at: table[at // size] + at % size),
            "Block 3 does not begin at cell 3: every block before it has cells of its own.",
        ),
        Misconception(
            "blocks without cells",
            _of_each(lambda table, size, at: table[at // size]),
            "This is the block. A cell is a place in it: count all cells of memory from 0.",
        ),
        Misconception(
            "the place without its block",
            _of_each(lambda table, size, at: at % size),
            "This is the place within the block. Add the cells of all blocks that lie before it.",
        ),
        Misconception(
            "the table is not asked",
            _of_each(lambda table, size, at: at),
            "These are the positions of the text. The table says where in memory each block lies.",
        ),
        Misconception(
            "neighbours of the first cell",
            _of_each(lambda table, size, at: table[0] * size + at),
            _NEXT,
        ),
        Misconception(
            "neighbours of the first cell",
            _run,
            _NEXT,
        ),
        Misconception(
            "the next block one token too early",
            _of_each(
                lambda table, size, at: (
                    table[min((at + 1) // size, len(table) - 1)] * size + at % size
                )
            ),
            "Positions are counted from 0: the last one of the first block is block_size - 1.",
        ),
        Misconception(
            "the next block one token too late",
            _of_each(lambda table, size, at: table[max(at - 1, 0) // size] * size + at % size),
            "Positions are counted from 0: position block_size is the first of the second block.",
        ),
        Misconception(
            "the end counted in",
            _of_each(
                lambda table, size, at: _cell(table, size, min(at, len(table) * size - 1)), more=1
            ),
            "`stop` is the first position that is not wanted, as in range.",
        ),
    ),
    distance=differences,
    unit="cells",
    tolerance=0.0,
)

QUESTIONS = (CELLS,)
