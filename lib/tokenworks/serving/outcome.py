"""What an executor reports of a step: who ended, how many tokens came out, what is guessed next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tokenworks.serving.request import Request, StopReason


class Made(NamedTuple):
    """What a step made of a request's drafts: tokens that came out, and drafts that stand.

    One token more than drafts, unless the answer ended before or the model gave no number.
    """

    tokens: int
    accepted: int


@dataclass(frozen=True)
class Outcome:
    """What a step brought the requests that emit; without drafts each of them got one token.

    `stopped` are those that the model itself ended, and why. `made` has every request whose work
    had drafts. `drafted` is how many tokens are guessed to follow, of those that go on: the
    scheduler plans them beside the next token, or fewer where budget or blocks are short.
    """

    stopped: Mapping[Request, StopReason] = field(default_factory=dict)
    made: Mapping[Request, Made] = field(default_factory=dict)
    drafted: Mapping[Request, int] = field(default_factory=dict)


ONE_EACH = Outcome()  # nobody ended by itself, nothing is drafted
