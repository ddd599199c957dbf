"""Block tables: in which cells of memory a sequence lies."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.paged_attention.copy_on_write import differences
from tokenworks.checks.plain import Case


def _positions(rng: Random) -> Case:
    size, length = rng.choice([2, 4, 8, 16]), rng.randrange(3, 7)
    table = rng.sample(range(3 * length), length)
    start = rng.choice([0, size - 1, size, 2 * size - 1, rng.randrange(size * (length - 1))])
    last = start - start % size + size  # the next block begins here
    stop = rng.choice([last + 1, rng.randrange(last + 1, size * length + 1), size * length])
    return (table, size, start, stop)


FIRST_CELL, PLACE = "table[p // block_size] * block_size", "p % block_size"
NEXT = (
    "At the end of a block the sequence goes on in the next block of the table, wherever that lies."
)
QUOTIENT = "The quotient by the block's size says which block, the remainder which place in it."


@exercise(
    2,
    examples=(Example(([7, 2], 4, 3, 6), "[31, 8, 9]", shows=(("5", lambda *case: case[3] - 1),)),),
    cases=(
        ([9, 3, 4], 4, 0, 11),
        ([5, 0, 11], 16, 14, 34),
        ([2, 7], 8, 8, 9),
        ([6, 1, 0, 3], 2, 3, 6),
        ([4, 2, 9], 4, 7, 8),
    ),
    draw=_positions,
    mistakes=(
        *(
            Mistake(
                "quotient and remainder swapped",
                (("p // block_size]", block), ("+ p % block_size", "+ p // block_size")),
                QUOTIENT,
            )
            for block in ("p % block_size % len(table)]", "p % block_size]")
        ),
        Mistake(
            "a block's number for its first cell",
            ("] * block_size", "]"),
            "Block 3 does not begin at cell 3: every block before it has cells of its own.",
        ),
        Mistake(
            "blocks without cells",
            ("] * block_size + p % block_size", "]"),
            "This is the block. A cell is a place in it: count all cells of memory from 0.",
        ),
        Mistake(
            "the place without its block",
            (f"{FIRST_CELL} + ", ""),
            "This is the place within the block. Add the cells of all blocks that lie before it.",
        ),
        Mistake(
            "the table is not asked",
            (f"{FIRST_CELL} + {PLACE}", "p"),
            "These are positions. The table says where in memory each block lies.",
        ),
        Mistake(
            "neighbours of the first cell",
            (f"{FIRST_CELL} + {PLACE}", "table[0] * block_size + p"),
            NEXT,
        ),
        Mistake(
            "neighbours of the first cell",
            (
                f"{FIRST_CELL} + {PLACE}",
                "table[start // block_size] * block_size + start % block_size + p - start",
            ),
            NEXT,
        ),
        Mistake(
            "the next block one token too early",
            ("p // block_size", "min((p + 1) // block_size, len(table) - 1)"),
            "Positions are counted from 0: the last one of the first block is block_size - 1.",
        ),
        *(
            Mistake(
                "the next block one token too late",
                ("p // block_size", f"max(p - 1, {first}) // block_size"),
                "Positions are counted from 0: position block_size is the first of the second "
                "block.",
            )
            for first in ("0", "start")
        ),
        Mistake(
            "the end counted in",
            ("range(start, stop)", "range(start, stop + 1)"),
            "`stop` is the first position that is not wanted, as in range.",
        ),
    ),
    unit="cells",
    distance=differences,
    tolerance=0.0,
)
def slot_mapping(table, block_size, start, stop):
    """The cells of a block table.

    The KV cache is a row of cells, each with the keys and values of one token. Block 0 is the first
    `block_size` cells, block 1 the next ones, and so on. `table` lists the blocks of one request in
    the order of its tokens. Return the cells of the positions `start`, `start + 1` and so on, up to
    but not including `stop`, as a list. Positions and cells are counted from 0. (vLLM calls a cell
    a slot, and this list the slot mapping.)

    Example: the table `[7, 2]`, blocks of 4, positions 3 to 5 (`stop` is 6). Position 3 is the last
    of block 7, and the next two are the first of block 2: `[31, 8, 9]`.
    """
    return [table[p // block_size] * block_size + p % block_size for p in range(start, stop)]
