"""Who gets a request: where the first token comes soonest, as far as there are seats."""

from __future__ import annotations

from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case
from tokenworks.checks.showcase.fleet import decisions_apart, routed


def _crowd(rng: Random) -> Case:
    at, requests = 0.0, list[list[Any]]()
    for _ in range(rng.randrange(9, 13)):
        at += rng.choice([1, 1, 2, 4, 8]) / 32
        tokens, answer = rng.choice([60, 120, 120, 140, 200]), rng.choice([2, 6, 12])
        requests.append([at, rng.randrange(1, 4), tokens, answer])
    return (requests, rng.choice([2, 3, 3, 4]), rng.choice([2, 2, 3]))


def _longest_prefix(unread: Any, found: Any, sent: Any, seats: Any) -> int:
    free = [i for i in range(len(sent)) if sent[i] < seats] or range(len(sent))
    return min(free, key=lambda i: (-found[i], sent[i], i))


@exercise(
    1,
    examples=(Example(([120, 40, 0], [100, 0, 0], [1, 1, 2], 2), "0"),),
    cases=(
        (
            [
                [0.25, 3, 60, 6],
                [0.3125, 2, 120, 2],
                [0.4375, 1, 140, 6],
                [0.6875, 3, 140, 2],
                [0.71875, 3, 120, 6],
                [0.75, 3, 120, 2],
                [0.8125, 3, 200, 2],
                [0.9375, 2, 120, 6],
                [1.0625, 2, 120, 2],
                [1.09375, 1, 120, 2],
            ],
            4,
            2,
        ),
        (
            [
                [0.0625, 1, 120, 2],
                [0.125, 2, 120, 6],
                [0.375, 1, 60, 6],
                [0.40625, 1, 200, 6],
                [0.4375, 1, 120, 6],
                [0.46875, 3, 120, 6],
                [0.5, 1, 60, 6],
                [0.75, 1, 140, 12],
                [1.0, 2, 200, 2],
            ],
            3,
            2,
        ),
        (
            [
                [0.03125, 3, 120, 6],
                [0.0625, 3, 140, 6],
                [0.09375, 2, 200, 12],
                [0.125, 2, 60, 12],
                [0.15625, 1, 60, 12],
                [0.1875, 2, 60, 2],
                [0.25, 2, 120, 6],
                [0.375, 1, 200, 12],
                [0.5, 3, 60, 6],
            ],
            4,
            2,
        ),
        (
            [
                [0.03125, 3, 120, 12],
                [0.0625, 2, 120, 2],
                [0.125, 1, 200, 12],
                [0.375, 3, 140, 6],
                [0.40625, 1, 120, 2],
                [0.46875, 1, 120, 2],
                [0.5, 1, 200, 2],
                [0.75, 1, 200, 2],
                [1.0, 1, 120, 12],
            ],
            3,
            2,
        ),
    ),
    draw=_crowd,
    mistakes=(
        Mistake(
            "what is found is read all the same",
            ("unread[i] - found[i]", "unread[i]"),
            "What a replica finds in its cache it need not read: take it off the work.",
        ),
        Mistake(
            "the longest prefix first",
            _longest_prefix,
            "A long prefix is worth what it saves: where more is waiting than that, others are "
            "sooner.",
        ),
        Mistake(
            "the fewest requests first",
            ("(unread[i] - found[i], sent[i], i)", "(sent[i], unread[i] - found[i], i)"),
            "Requests are not equal: one may have ten times as much to be read as another.",
        ),
        Mistake(
            "seats do not matter",
            (" if sent[i] < seats", ""),
            "Without a seat a request waits until an answer ends, however little is to be read.",
        ),
        Mistake(
            "one seat too many",
            ("sent[i] < seats", "sent[i] <= seats"),
            "With as many requests as seats there is no seat left.",
        ),
        Mistake(
            "equals by their number",
            ("found[i], sent[i], i)", "found[i], i)"),
            "Of equals the replica with fewer requests comes first.",
        ),
    ),
    unit="decisions",
    distance=decisions_apart,
    tolerance=0.0,
    length=2,
    picture=named_bars(("sent to", "first token, ms"), ""),
    run=routed,
)
def sent_to(unread, found, sent, seats):
    """A router.

    A request has come. Of each replica you know how many tokens of prompts it has `unread`, how
    many tokens of the new prompt it would have `found` in its cache, and how many requests were
    `sent` there and are not done. Each has `seats` for as many requests; one more waits until an
    answer ends. Return the place of the replica that gets the request, the first is 0: of those
    with a free seat, or of all if there is none, the one with the least to do before the first
    token, `unread` less what is found. Of equals, the one with fewer requests; of equals again, the
    first.

    The check runs a cluster in which your function decides about every request, and shows where
    each went and how long its first token took. A request there is [the second it comes, the text
    it begins with, tokens of its prompt, tokens of its answer]. Prompts of one text begin alike,
    with 100 tokens.

    Example: `[120, 40, 0]` unread, `[100, 0, 0]` found, `[1, 1, 2]` sent, 2 seats: 0.
    """
    free = [i for i in range(len(sent)) if sent[i] < seats] or range(len(sent))
    return min(free, key=lambda i: (unread[i] - found[i], sent[i], i))
