"""An allocator that shares prefixes, whose answer keeps rules."""

from __future__ import annotations

from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.paged_attention.prompts import case_of, drawn
from tokenworks.checks.paged_attention.tables import first_fault
from tokenworks.checks.picture import lanes
from tokenworks.checks.plain import Case, misplaced


def _picture(case: Case, expected: Any, got: Any) -> str:
    blocks = [str(block) for block in range(case[2])]
    return lanes(blocks, expected, got, of=("block tables", "prompts across, blocks down"))


KNOWN, HELD = "prefixes[b] == event[:end]", "prefixes[block] = event[:end]"
OWN = "event[end - block_size : end]"
TWICE = (
    "Look up each full block of the prompt among those in use, from the first on. Whatever running "
    "prompt left it there, and whatever block holds the tokens before it, it need not be computed "
    "again."
)


@exercise(
    4,
    examples=(Example(([[5, 6, 7], [5, 6, 8], 0, [5, 6]], 2, 9), "[[0, 1], [0, 2], [1]]"),),
    cases=(
        case_of([[1, 2, 9, 9, 9], [1, 2, 3, 4, 6], [1, 2, 3], [1, 2, 3, 4, 6, 7, 8]], 2, spare=4),
        case_of([[5, 6, 7, 8], [5, 6, 7, 8], [5, 6, 7, 8, 9], 0, [5, 6, 7, 8, 9]], 4, spare=6),
        case_of(
            [[1, 2, 3, 4, 7], [1, 9, 3, 4, 5, 6, 0], [3, 4, 5], [2, 1, 5], [1, 2, 3, 4, 5, 6, 8]],
            2,
        ),
        case_of([[1, 2, 3], [1, 2, 3, 4, 5], 0, [7, 7, 7, 7, 7], [1, 2, 3, 4, 6], 1, 2, [8]], 2),
        case_of(
            [[1, 1, 2, 2, 3], [1, 1, 2, 2, 4], 0, [6, 6, 6], [1, 1, 2, 2, 5], 1, 3, [6] * 9], 2
        ),
        case_of([[1, 2, 3, 4], 0, [9, 9, 9, 9], [1, 2, 3, 5], 1, [1, 2, 3, 4, 5, 6, 7]], 3),
        case_of([[2, 2, 2, 2, 2], [2, 2, 2, 2], [2], 1, [3, 3], [2, 2, 3]], 2),
        case_of([[5, 6], [5, 6], [7, 8], [7, 8], 0, 3, [5, 6, 1], [7, 8, 1]], 2),
        case_of(
            [
                [9, 9, 9, 9],
                [1, 2],
                [1, 2, 3, 4, 6],
                0,
                [1, 2],
                [1, 2, 3, 4, 7],
                [1, 2],
                [1, 2, 3, 4, 8],
            ],
            2,
            spare=2,
        ),
    ),
    draw=drawn,
    mistakes=(
        Mistake(
            "a prefix is computed twice", ("same[0] if same and end < len(event) else ", ""), TWICE
        ),
        Mistake(
            "a prefix is computed twice",
            ("end < len(event)", "end == block_size < len(event)"),
            TWICE,
        ),
        *(  # a block is known by the number of the block before it; the lowest or the highest
            Mistake(
                "a prefix is computed twice",
                (
                    (KNOWN, f"prefixes[b] == [tables[-1][-1:], {OWN}]"),
                    (HELD, f"prefixes[block] = [tables[-1][-1:], {OWN}]"),
                    ("same[0]", pick),
                ),
                TWICE,
            )
            for pick in ("same[0]", "same[-1]")
        ),
        *(  # of blocks with the same tokens only the first is known, or only the newest
            Mistake("a prefix is computed twice", (HELD, only), TWICE)
            for only in (
                "prefixes[block] = [] if same and block != same[0] else event[:end]",
                "prefixes.update({**{b: [] for b in same}, block: event[:end]})",
            )
        ),
        Mistake(
            "the last token is shared",
            (" and end < len(event)", ""),
            "The last token of a prompt has to run, because the first token of the answer comes "
            "from it. Its block is always a new one.",
        ),
        Mistake(
            "a block is shared before it is full",
            (
                KNOWN,
                "len(prefixes[b]) > end - block_size and prefixes[b] == event[: len(prefixes[b])]",
            ),
            "The prompt that filled this block in part writes its own next tokens there.",
        ),
        Mistake(
            "the same tokens after another beginning",
            ((KNOWN, f"prefixes[b] == {OWN}"), (HELD, f"prefixes[block] = {OWN}")),
            "Keys and values depend on all tokens before: compare the prompt from its beginning.",
        ),
        Mistake(
            "a block that another prompt still uses",
            ("counts[block] -= 1", "counts[block] = 0"),
            "Count the tables that list a block. It is free when none does, and what it held is "
            "gone when somebody else takes it.",
        ),
        Mistake(
            "a block that does not exist",
            (
                ("counts[block] -= 1", "..."),
                ("[0] * room", "[0] * 9 * room"),
                ("(room)", "(9 * room)"),
            ),
            "There are `room` blocks, from 0 on: those of prompts that have ended are free again.",
        ),
        Mistake(
            "too many blocks",
            (
                ("len(event) + block_size, ", "len(event) + block_size + 1, "),
                ("[0] * room", "[0] * 2 * room"),
                ("(room)", "(2 * room)"),
            ),
            "A prompt that ends with a block needs no further one yet.",
        ),
        Mistake(
            "too few blocks",
            ("len(event) + block_size, ", "len(event) + 1, "),
            "The tokens after the last full block need a block too.",
        ),
        Mistake(
            "a block twice in a table",
            ("return tables", "return [table[:1] * len(table) for table in tables]"),
            "Two places of one prompt have two blocks, even where their tokens are the same: what "
            "stands before them differs.",
        ),
        Mistake(
            "not one table for each prompt",
            ("return tables", "return [*tables, []]"),
            "Return the tables in the order of the prompts. An event that ends one adds no table.",
        ),
    ),
    unit="blocks",
    distance=misplaced,
    tolerance=0.0,
    answer_unit="",
    fault=first_fault,
    picture=_picture,
)
def block_tables(events, block_size, room):
    """Share the prefix.

    Prompts come and go. An element of `events` is a prompt (the list of its token ids) or a number:
    the prompt of that number, counted from 0, ends and frees its blocks. Memory has `room` blocks,
    0 to `room - 1`, of `block_size` tokens each; that is enough. Return a list with one block table
    for each prompt, in order. A prompt need not compute what is there already: where it begins like
    one that still runs, it lists the same blocks. Every prompt is read whole before the next event.
    Many answers are right; the check looks for the first prompt whose table breaks a rule:

    - a table has just the blocks that the prompt's tokens need, each once, and all exist
    - the first blocks are shared as far as possible: every full block of the same tokens, with the
      same tokens before it, that a running prompt lists
    - the block with the prompt's last token is never shared, even if it is full: that token has to
      run, because the first token of the answer comes from it
    - all other blocks are free ones: no running prompt lists them

    Example: `[[5, 6, 7], [5, 6, 8], 0, [5, 6]]` in blocks of 2. The second prompt shares block 0
    and keeps it when the first ends. The third needs one of its own, for its last token:
    `[[0, 1], [0, 2], [1]]`.
    """
    tables, counts, prefixes = [], [0] * room, {}
    for event in events:
        if isinstance(event, int):
            for block in tables[event]:
                counts[block] -= 1
            continue
        tables.append([])
        for end in range(block_size, len(event) + block_size, block_size):
            same = [b for b in range(room) if counts[b] and prefixes[b] == event[:end]]
            block = same[0] if same and end < len(event) else counts.index(0)
            counts[block] += 1
            prefixes[block] = event[:end]
            tables[-1].append(block)
    return tables
