"""How many sequences a memory holds, in pieces of the longest and in blocks."""

from __future__ import annotations

from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case, list_apart


def _queue(rng: Random) -> Case:
    size, most = rng.choice([8, 16, 32]), rng.choice([256, 512, 1024])
    lengths = [rng.randrange(2, most // 2) for _ in range(rng.randrange(10, 20))]
    for at in range(0, len(lengths), 4):
        lengths[at] = size * rng.randrange(1, 6)  # full blocks
    let_in = rng.randrange(5, len(lengths) - 1)
    rest = rng.choice([0, 1, size // 2, size - 1])
    kind = rng.choice(["one block", "another would fit", "plenty", "as drawn"])
    if kind == "one block":  # the first that does not fit wants one, and a part of one is left
        lengths[let_in] = rng.randrange(2, size + 1)
    if kind == "another would fit":
        lengths[let_in : let_in + 2] = [5 * size, size]
        rest += 2 * size
    blocks = sum(-(-tokens // size) for tokens in lengths[:let_in])
    room = most * (len(lengths) + 2) if kind == "plenty" else size * blocks
    return (lengths, room + rest, most, size)


def _passed_over(lengths: Any, room: Any, most: Any, block_size: Any) -> list[int]:
    free, paged = room // block_size, 0
    for tokens in lengths:
        blocks = -(-tokens // block_size)
        if blocks <= free:
            free, paged = free - blocks, paged + 1
    return [min(len(lengths), room // most), paged]


NEED, FREE = "-(-tokens // block_size)", "room // block_size"
WHOLE = "A sequence has whole blocks. A last one that is partly filled is taken too: round up."


@exercise(
    1,
    examples=(
        Example(
            ([5, 4, 9], 20, 10, 4),
            "[2, 2]",
            shows=(
                ("[2, 1, 3]", lambda lengths, *rest: [-(-n // rest[-1]) for n in lengths]),
                ("5", lambda _, room, __, block_size: room // block_size),
            ),
        ),
    ),
    cases=(
        ([161 + 338, 700, 48, 1500, 333, 90, 16, 1200], 4112, 2048, 16),
        ([64, 65, 63, 2, 128, 200], 528, 256, 64),
        ([8, 16, 24], 48, 32, 8),
        ([10, 20, 30, 40], 16_390, 512, 16),
        ([30, 100, 4, 4, 4, 90, 2], 120, 100, 4),
        ([9, 8, 7, 40, 2], 31, 50, 8),
        ([100, 7, 33, 12], 160, 100, 16),
        ([9, 9, 9, 9, 9], 32, 50, 8),
    ),
    draw=_queue,
    mistakes=(
        Mistake("the last block is lost", (NEED, "tokens // block_size"), WHOLE),
        Mistake(
            "a block too many",
            (NEED, "(tokens // block_size + 1)"),
            "Where the tokens come out even, no further block is begun: round up, do not add one.",
        ),
        Mistake(
            "tokens without blocks",
            ((FREE, "room"), (NEED, "tokens")),
            WHOLE,
        ),
        Mistake(
            "a part of a block in the memory",
            (FREE, "-(-room // block_size)"),
            "What is left of the memory at its end is no block.",
        ),
        Mistake(
            "the one that does not fit is counted",
            (
                "        if free < 0:\n            break\n        paged += 1",
                "        paged += 1\n        if free < 0:\n            break",
            ),
            "Who needs more blocks than are free stays outside.",
        ),
        Mistake(
            "exactly full does not count",
            ("free < 0", "free <= 0"),
            "A sequence that takes the last free block fits.",
        ),
        Mistake(
            "others pass the one that waits",
            _passed_over,
            "The first that does not fit ends the count: nobody passes it.",
        ),
        Mistake(
            "more than have come",
            ("min(len(lengths), room // most)", "room // most"),
            "No more sequences can be in the memory than stand in the queue.",
        ),
        Mistake(
            "a part of a piece",
            ("room // most", "-(-room // most)"),
            "A sequence is let in when a whole piece is left for it: round down.",
        ),
        Mistake(
            "pieces as long as the sequences",
            ("room // most", "room * len(lengths) // sum(lengths)"),
            "A piece is as long as a sequence may become, not as long as it is.",
        ),
        Mistake(
            "blocks before pieces",
            (
                "[min(len(lengths), room // most), paged]",
                "[paged, min(len(lengths), room // most)]",
            ),
            "First the sequences in pieces, then those in blocks.",
        ),
    ),
    unit="sequences",
    distance=list_apart,
    length=2,
    tolerance=0.0,
    picture=named_bars(("in pieces", "in blocks"), "sequences"),
)
def sequences_that_fit(lengths, room, most, block_size):
    """How many sequences fit.

    A KV cache has room for `room` tokens. Sequences wait in a queue; `lengths` says how many tokens
    each has, none more than `most`. They are let in one after another, until one does not fit. A
    server that keeps a sequence in one piece reserves a piece of `most` tokens for each. A server
    with pages cuts the room into blocks of `block_size` tokens, without what is left over at the
    end, and gives each sequence as many as its tokens need. Return a list of two: how many
    sequences are in the memory in pieces, and how many in blocks.

    Example: lengths `[5, 4, 9]`, room for 20, pieces of 10, blocks of 4. They need `[2, 1, 3]`
    blocks, and there are 5: `[2, 2]`.
    """
    free, paged = room // block_size, 0
    for tokens in lengths:
        free -= -(-tokens // block_size)
        if free < 0:
            break
        paged += 1
    return [min(len(lengths), room // most), paged]
