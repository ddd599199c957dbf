"""Clients that wait for their answer before they ask again: a load that slows with the server."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tokenworks.number import Number
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
    if not 1 <= users <= count or think_seconds < 0:
        raise ValueError(f"needs 1 to count ({count}) users and thinking from 0, got {users}")
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
