"""Question of chapter 08 whose answer keeps rules: an allocator that shares prefixes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tokenworks.checks.attention_tables import blocks_of, first_fault
from tokenworks.checks.batching_timetable import misplaced
from tokenworks.checks.picture import lanes
from tokenworks.checks.question import Case, Misconception, Question

Tables = list[list[int]]
Tokens = list[int]


def _same_text(there: Tokens, text: Tokens, size: int) -> bool:
    return there == text


def _same_tokens(there: Tokens, text: Tokens, size: int) -> bool:
    """Compare the tokens of two blocks, whatever stands before them."""
    own = [part[(len(part) - 1) // size * size :] for part in (there, text)]
    return own[0] == own[1]


def _part(there: Tokens, text: Tokens, size: int) -> bool:
    """Take a block that is not full yet for the beginning of a fuller one."""
    return len(there) > len(text) - size and there == text[: len(there)]


def loop(
    case: Case,
    *,
    same: Callable[[Tokens, Tokens, int], bool] = _same_text,
    shares: Callable[[int, int, int], bool] = lambda end, tokens, size: end < tokens,
    ends: Callable[[int, int], range] = lambda tokens, size: range(size, tokens + size, size),
    pick: Callable[[list[int]], int] = min,
    left: Callable[[int], int] = lambda owners: owners - 1,
    more_rooms: int = 1,
) -> Tables:
    """Give prompts their blocks, lowest numbers first, with a switch for each known mistake."""
    events, size, room = case
    owners, texts = [0] * (room * more_rooms), dict[int, Tokens]()
    tables: Tables = []
    for event in events:
        if not isinstance(event, list):
            for block in tables[event]:
                owners[block] = left(owners[block])
            continue
        tables.append([])
        for end in ends(len(event), size):
            text = event[:end]
            known = [b for b, count in enumerate(owners) if count and same(texts[b], text, size)]
            block = pick(known) if known and shares(end, len(event), size) else owners.index(0)
            owners[block] += 1
            texts[block] = text
            tables[-1].append(block)
    return tables


def _allocate(*case: Any) -> Tables:
    return loop(case)


def case_of(events: Sequence[Any], size: int, *, spare: int = 0) -> Case:
    """Return a case with just enough memory for every right answer, and some `spare` blocks.

    Blocks of one text are in use twice only where a prompt ends with that text, so that it had to
    compute the last token: at most as often as prompts did, and once more.
    """
    prompts = [event for event in events if isinstance(event, list)]
    holders, whole = Counter[tuple[int, ...]](), Counter[tuple[int, ...]]()
    most = 0
    for event in events:
        starts = isinstance(event, list)
        prompt = event if starts else prompts[event]
        texts = [tuple(text) for text in blocks_of(prompt, size)]
        whole.update([tuple(prompt)] if starts else [])
        holders.update(texts) if starts else holders.subtract(texts)
        most = max(most, sum(min(n, 1 + whole[text]) for text, n in holders.items()))
    return (list(events), size, most + spare)


def _prompt(rng: random.Random, earlier: list[Tokens], size: int) -> Tokens:
    """Draw a prompt that begins like an earlier one, repeats one, or resembles it."""
    new = [rng.randrange(1, 5) for _ in range(rng.randrange(1, 3 * size))]
    if not earlier or rng.random() < 0.1:
        return new
    old = rng.choice(earlier)
    kind = rng.choice(["again", "goes on", "begins alike", "other beginning", "mixed", "whole"])
    if kind == "again":
        return list(old)
    if kind == "mixed":  # the beginning of one, and what another has at the same place
        at = size * rng.randrange(1, 3)
        return [*old[:at], *rng.choice(earlier)[at:], *new][: 4 * size]
    if kind == "goes on":
        return [*old, *new][: 4 * size]
    if kind == "other beginning":
        return [*old[:size][::-1], *old[size:], *new][: 4 * size]
    if kind == "whole":
        return old[: max(1, len(old) // size) * size]
    return [*old[: rng.randrange(1, len(old) + 1)], *new][: 4 * size]


def _case(rng: random.Random) -> Case:
    size = rng.choice([2, 3, 4])
    prompts, running, events = [], [], []
    for number in range(rng.randrange(8, 14)):
        while len(running) > 3 or (running and rng.random() < 0.3):
            events.append(running.pop(rng.randrange(len(running))))
        prompts.append(_prompt(rng, [prompts[i] for i in running] or prompts[-2:], size))
        events.append(prompts[-1])
        running.append(number)
    return case_of(events, size, spare=rng.choice([0, 6]))


def _picture(case: Case, expected: Any, got: Any) -> str:
    blocks = [str(block) for block in range(case[2])]
    return lanes(blocks, expected, got, of=("block tables", "prompts across, blocks down"))


_TWICE = (
    "Look up each full block of the prompt among those in use, from the first on: whatever running "
    "prompt left it there, it need not be computed again."
)
SHARING = Question(
    id="08.7",
    title="Share the prefix",
    size_hint="about 13 lines",
    oracle=_allocate,
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
    ),
    fresh_case=_case,
    misconceptions=(
        Misconception(
            "a prefix is computed twice",
            lambda *case: loop(case, shares=lambda end, tokens, size: False),
            _TWICE,
        ),
        Misconception(
            "a prefix is computed twice",
            lambda *case: loop(case, shares=lambda end, tokens, size: end == size < tokens),
            _TWICE,
        ),
        Misconception(
            "the last token is shared",
            lambda *case: loop(case, shares=lambda end, tokens, size: True),
            "The last token of a prompt has to run, because the first token of the answer comes "
            "from it. Its block is always a new one.",
        ),
        Misconception(
            "a block is shared before it is full",
            lambda *case: loop(case, same=_part),
            "The prompt that filled this block in part writes its own next tokens there.",
        ),
        Misconception(
            "the same tokens after another beginning",
            lambda *case: loop(case, same=_same_tokens),
            "Keys and values depend on all tokens before: compare the text from its beginning.",
        ),
        Misconception(
            "a block that another text still uses",
            lambda *case: loop(case, left=lambda owners: 0),
            "Count the tables that list a block. It is free when none does, and what it held is "
            "gone when somebody else takes it.",
        ),
        Misconception(
            "a block that does not exist",
            lambda *case: loop(case, left=lambda owners: owners, more_rooms=9),
            "There are `room` blocks, from 0 on: those of prompts that have ended are free again.",
        ),
        Misconception(
            "too many blocks",
            lambda *case: loop(
                case, ends=lambda tokens, size: range(size, tokens + size + 1, size), more_rooms=2
            ),
            "A prompt that ends with a block needs no further one yet.",
        ),
        Misconception(
            "too few blocks",
            lambda *case: loop(case, ends=lambda tokens, size: range(size, tokens + 1, size)),
            "The tokens after the last full block need a block too.",
        ),
        Misconception(
            "a block twice in a table",
            lambda *case: [table[:1] * len(table) for table in _allocate(*case)],
            "Two places of one text have two blocks, even where their tokens are the same: what "
            "stands before them differs.",
        ),
        Misconception(
            "not one table for each prompt",
            lambda events, size, room: [*_allocate(events, size, room), []],
            "Return the tables in the order of the prompts. An event that ends one adds no table.",
        ),
    ),
    distance=misplaced,
    unit="blocks",
    tolerance=0.0,
    answer_unit="",
    fault=first_fault,
    picture=_picture,
)

QUESTIONS = (SHARING,)
