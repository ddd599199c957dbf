"""Clients that wait for their answer before they ask again: a load that slows with the server."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tokenworks.number import Number, bounded, whole
from tokenworks.serving.lengths import Lengths, Samples
from tokenworks.serving.request import Request


def closed_loop(
    users: int,
    count: int,
    *,
    lengths: Lengths | Samples,
    seed: int,
    think_seconds: Number = 0.0,
) -> tuple[list[Request], Callable[[Request], list[Request]]]:
    """Return the first requests of `users` clients, and what follows an answer: pass it to drive.

    Never more than `users` requests are inside. `count` are sent in all; a client thinks before
    the next one. One seed gives the lengths that `poisson` draws.
    More users than requests and a negative pause raise ValueError.
    """
    count = whole(count, "count")
    users = whole(users, "users", most=count)
    think_seconds = bounded(think_seconds, "think_seconds")
    sizes, sent = Random(f"lengths {seed}"), 0

    def ask(now: float) -> list[Request]:
        nonlocal sent
        if sent == count:
            return []
        prompt, output = lengths.draw(sizes)
        sent += 1
        asked = Request(
            id=str(sent - 1), arrival_seconds=now, prompt_tokens=prompt, max_tokens=output
        )
        return [asked]

    def follow_up(answered: Request) -> list[Request]:
        return ask((answered.finished_seconds or 0.0) + think_seconds)

    return [request for _ in range(users) for request in ask(0.0)], follow_up
