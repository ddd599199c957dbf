"""Who is let in: whose first token comes in time, and first of all those who pay."""

from __future__ import annotations

from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case
from tokenworks.checks.showcase.fleet import decisions_apart, let_in


def _burst(rng: Random) -> Case:
    at, requests = 0.0, list[list[Any]]()
    for _ in range(rng.randrange(9, 14)):
        at += rng.choice([1, 1, 2, 4, 12]) / 64
        requests.append([at, rng.choice([50, 100, 150, 200, 300]), rng.choice([2, 6]), None])
        requests[-1][3] = rng.randrange(2)
    return (requests, rng.choice([800, 1000, 1600]), rng.choice([0.25, 0.5, 0.75]))


@exercise(
    2,
    examples=(
        Example((300, 100, True, 1000, 0.5), "True"),
        Example((300, 100, False, 1000, 0.5), "False"),
    ),
    cases=(
        (
            [
                [0.1875, 300, 2, 0],
                [0.25, 150, 2, 0],
                [0.28125, 150, 6, 1],
                [0.296875, 50, 6, 1],
                [0.328125, 50, 6, 1],
                [0.34375, 150, 2, 0],
                [0.53125, 150, 6, 1],
                [0.59375, 200, 6, 0],
                [0.625, 50, 2, 1],
            ],
            800,
            0.75,
        ),
        (
            [
                [0.0625, 50, 6, 1],
                [0.09375, 200, 6, 1],
                [0.28125, 100, 6, 0],
                [0.46875, 50, 6, 0],
                [0.5, 150, 2, 1],
                [0.515625, 150, 2, 1],
                [0.578125, 50, 2, 1],
                [0.59375, 50, 6, 1],
                [0.625, 200, 2, 1],
            ],
            1000,
            0.75,
        ),
        (
            [
                [0.0625, 300, 2, 0],
                [0.09375, 150, 2, 0],
                [0.125, 200, 2, 0],
                [0.3125, 50, 6, 0],
                [0.328125, 200, 6, 0],
                [0.34375, 100, 2, 1],
                [0.359375, 50, 6, 1],
                [0.375, 100, 6, 0],
                [0.40625, 200, 2, 1],
            ],
            1600,
            0.5,
        ),
        (
            [
                [0.25, 200, 2, 1],
                [0.265625, 200, 2, 1],
                [0.28125, 100, 2, 1],
                [0.5, 50, 2, 0],
                [0.53125, 100, 6, 0],
                [0.609375, 200, 2, 0],
                [1.0, 300, 2, 1],
                [2.5, 300, 2, 0],
            ],
            800,
            0.5,
        ),
    ),
    draw=_burst,
    mistakes=(
        Mistake(
            "the own prompt left out",
            ("(unread + prompt)", "unread"),
            "The first token comes after the request's own prompt, too.",
        ),
        Mistake(
            "those before left out",
            ("(unread + prompt)", "prompt"),
            "What was let in before is read before: it is the queue.",
        ),
        Mistake(
            "nobody before others",
            ("limit_seconds if paid else limit_seconds / 2", "limit_seconds"),
            "Who does not pay is let in up to half of the limit: the other half is kept for those "
            "who do.",
        ),
        Mistake(
            "the other way round",
            ("if paid else", "if not paid else"),
            "The whole limit is for those who pay.",
        ),
        Mistake(
            "on the limit is too late",
            ("tokens_per_s <= (", "tokens_per_s < ("),
            "A first token at the limit is still in time.",
        ),
        Mistake(
            "tokens for seconds",
            ("(unread + prompt) / tokens_per_s", "(unread + prompt)"),
            "Divide tokens by tokens per second: the limit is in seconds.",
        ),
    ),
    unit="decisions",
    distance=decisions_apart,
    tolerance=0.0,
    length=2,
    picture=named_bars(("let in", "first token, ms"), ""),
    run=let_in,
)
def admitted(unread, prompt, paid, tokens_per_s, limit_seconds):
    """A door.

    Too many come. Whoever is let in waits for the prompts before, and a first token that comes too
    late is of no use to anybody. A request with `prompt` tokens is at the door, and `unread` tokens
    of prompts that were let in are still to be read, `tokens_per_s` in a second. Return True if its
    first token will be there within `limit_seconds` (the prompts before and its own). Where it is
    not `paid`, it may take half of that at most: so there is room left for those who pay.

    The check runs a server at whose door your function stands. It shows who was let in, and how
    long their first tokens took: a little longer than you said where the step in hand had to end. A
    request there is [the second it comes, tokens of its prompt, tokens of its answer, 1 if it is
    paid].

    Example: 300 tokens unread and a prompt of 100, 1,000 a second, a limit of 0.5 s: True if it is
    paid, else False.
    """
    return (unread + prompt) / tokens_per_s <= (limit_seconds if paid else limit_seconds / 2)
