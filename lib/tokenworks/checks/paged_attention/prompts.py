"""Prompts that come and go, and memory that is enough for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

from tokenworks.checks.paged_attention.tables import blocks_of
from tokenworks.checks.plain import Case


def case_of(events: Sequence[Any], size: int, *, spare: int = 0) -> Case:
    """Return a case with just enough memory for every right answer, and some `spare` blocks.

    Blocks of the same tokens are in use twice only where a prompt ends with them, so that it had to
    compute the last token: at most as often as prompts did, and once more.
    """
    prompts = [event for event in events if isinstance(event, list)]
    holders, whole = Counter[tuple[int, ...]](), Counter[tuple[int, ...]]()
    most = 0
    for event in events:
        starts = isinstance(event, list)
        prompt = event if starts else prompts[event]
        prefixes = [tuple(prefix) for prefix in blocks_of(prompt, size)]
        whole.update([tuple(prompt)] if starts else [])
        holders.update(prefixes) if starts else holders.subtract(prefixes)
        most = max(most, sum(min(n, 1 + whole[prefix]) for prefix, n in holders.items()))
    return (list(events), size, most + spare)


def _prompt(rng: Random, earlier: list[list[int]], size: int) -> list[int]:
    """Draw a prompt that begins like an earlier one, repeats one, or resembles it."""
    new = [rng.randrange(1, 5) for _ in range(rng.randrange(1, 2 * size))]
    old, other = rng.choice(earlier), rng.choice(earlier)
    full = size * rng.randrange(1, max(2, len(old) // size + 1))  # tokens in full blocks
    begin = {
        "new": [],
        "goes on": old,
        "alike": old[: rng.randrange(1, len(old) + 1)],
        "branches": old[:full],
        "reversed": [*old[:size][::-1], *old[size:]],
        "mixed": [*old[:full], *other[full:]],  # what another prompt has at this place
    }
    kinds = ["again", "cut", "cut", "branches", "branches", *begin]
    kind = rng.choice(kinds)
    if kind in ("again", "cut"):
        return old[:full] if kind == "cut" else list(old)
    return [*begin[kind], *new][: 4 * size + 1]


def drawn(rng: Random) -> Case:
    """Draw events, many of them prompts that begin alike, with memory that is enough."""
    size = rng.choice([2, 2, 3, 4])
    document = [rng.randrange(1, 5) for _ in range(4 * size)]  # that many prompts begin with
    prompts, running, events = list[list[int]](), list[int](), list[Any]()
    if rng.random() < 0.4:  # a free block before those in use gets the same tokens as one of them
        cut = size * rng.randrange(1, 3)
        prompts = [[5] * size * 2, document[:cut], [*document[: cut + size], 6], document[:cut]]
        events, running = [*prompts[:3], 0, prompts[3]], [1, 2, 3]
    for number in range(len(prompts), rng.randrange(8, 12)):
        while len(running) > 3 or (running and rng.random() < 0.3):
            events.append(running.pop(rng.randrange(len(running))))
        prompts.append(_prompt(rng, [document, *(prompts[i] for i in running)], size))
        events.append(prompts[-1])
        running.append(number)
    return case_of(events, size, spare=rng.choice([0, 6]))
