"""What prompts find in a cache of full blocks."""

from __future__ import annotations

from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, list_apart


def _prompts(rng: Random) -> Case:
    size = rng.choice([2, 3, 4])
    text = [rng.randrange(1, 5) for _ in range(5 * size)]
    prompts: list[list[int]] = []
    for _ in range(rng.randrange(5, 9)):
        kind = rng.choice(["cut", "cut", "goes on", "differs", "again", "moved"])
        old = rng.choice(prompts) if prompts else text
        new = [rng.randrange(1, 5) for _ in range(rng.randrange(1, 2 * size))]
        if kind == "differs":
            at = rng.randrange(len(old))
            prompts.append([*old[:at], 9, *old[at + 1 :], *new])
        elif kind == "moved":
            prompts.append([7, *old])
        elif kind == "again":
            prompts.append(list(old[: size * max(1, len(old) // size)]))
        else:
            begin = old if kind == "goes on" else text[: rng.randrange(1, len(text) + 1)]
            prompts.append([*begin, *new])
    short = text[: size * rng.randrange(1, 4) - 1]  # a token less than full blocks, twice
    return ([*prompts, short, list(short)], size)


def _anywhere(prompts: Any, size: Any) -> list[int]:
    """Find blocks by their own tokens, whatever stands before them."""
    known, found = set[tuple[int, ...]](), []
    for prompt in prompts:
        blocks = [tuple(prompt[i : i + size]) for i in range(0, len(prompt) - size + 1, size)]
        hits = 0
        for i, block in enumerate(blocks):
            if block not in known or (i + 1) * size == len(prompt):
                break
            hits += size
        known.update(blocks)
        found.append(hits)
    return found


def _past_a_gap(prompts: Any, size: Any) -> list[int]:
    """Go on looking after a block that is not there."""
    known, found = set[tuple[int, ...]](), []
    for prompt in prompts:
        ends = range(size, len(prompt) + 1, size)
        found.append(
            sum(
                size
                for end in ends
                if (end, *prompt[end - size : end]) in known and end < len(prompt)
            )
        )
        known.update((end, *prompt[end - size : end]) for end in ends)
    return found


@exercise(
    1,
    examples=(Example(([[1, 2, 3, 4, 5], [1, 2, 3, 4, 6, 7], [1, 2, 9, 4, 6]], 2), "[0, 4, 2]"),),
    cases=(
        ([[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 7]], 3),
        ([[1, 2, 3, 4, 5, 6, 7], [9, 2, 3, 4, 5, 6, 7], [1, 2, 3, 9, 5, 6, 7]], 2),
        ([[1, 1, 1, 1, 1], [2, 2, 1, 1, 1], [1, 1, 1, 1, 1, 1]], 2),
        ([[1, 2], [1, 2], [1, 2, 3]], 4),
        ([[3, 1, 4, 1], [5, 9, 2, 6], [3, 1, 4, 1, 5], [5, 9, 2, 6, 5, 3]], 4),
        ([[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]], 2),
        ([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]], 3),
        ([[1, 2, 3, 4, 5], [3, 4, 1, 2, 5], [3, 4, 5, 6, 7]], 2),
        ([[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 9, 9, 5, 6, 7, 8, 1]], 2),
    ),
    draw=_prompts,
    mistakes=(
        Mistake(
            "blocks that are not full",
            (
                ("range(size, len(prompt) + 1, size)", "range(1, len(prompt) + 1)"),
                ("hits += size", "hits += 1"),
            ),
            "Only full blocks have a name: tokens of a part of a block are read anew.",
        ),
        Mistake(
            "the last token is found too",
            (" or end == len(prompt)", ""),
            "The last token of a prompt has to be computed: its output is the next token.",
        ),
        Mistake(
            "a block by its own tokens",
            _anywhere,
            "Keys and values depend on all tokens before: a block is known by the whole prefix.",
        ),
        Mistake(
            "on past a gap",
            _past_a_gap,
            "Behind the first block that is missing nothing can be used.",
        ),
        Mistake(
            "the latest prompt alone",
            ("known.update(", "known = set("),
            "The blocks of all earlier prompts are kept, not those of the last one.",
        ),
        Mistake(
            "blocks counted",
            ("hits += size", "hits += 1"),
            "The question is how many tokens are found, not how many blocks.",
        ),
    ),
    unit="tokens",
    distance=list_apart,
    tolerance=0.0,
)
def tokens_found(prompts, size):
    """Tokens that are found.

    `prompts` come one after the other, each a list of token ids. A server keeps all full blocks of
    `size` tokens of every prompt that it has read. A block can be used if it is full and everything
    before it is the same. The last token of a prompt is never taken from the cache: where it ends
    with a full block, that block is computed. Return for each prompt how many of its tokens are
    found.

    Example: `[[1, 2, 3, 4, 5], [1, 2, 3, 4, 6, 7], [1, 2, 9, 4, 6]]` in blocks of 2:
    `[0, 4, 2]`.
    """
    known, found = set(), []
    for prompt in prompts:
        ends, hits = range(size, len(prompt) + 1, size), 0
        for end in ends:
            if tuple(prompt[:end]) not in known or end == len(prompt):
                break
            hits += size
        known.update(tuple(prompt[:end]) for end in ends)
        found.append(hits)
    return found
