"""What a request becomes that leaves a replica before its end: to go on elsewhere, or gone."""

from __future__ import annotations

from collections.abc import Iterable

from tokenworks.serving.request import Request


def start_over(request: Request) -> None:
    """Make a request wait again: its tokens stay, its cache is to be computed once more."""
    request.status, request.stop_reason, request.finished_seconds = "waiting", None, None
    request.computed, request.blocks, request.host_blocks = 0, [], []


def hand_over(request: Request) -> None:
    """Make a request wait for its next token elsewhere, where its cache is being sent."""
    request.status, request.stop_reason, request.finished_seconds = "waiting", None, None


def hang_up(request: Request, now: float) -> None:
    """End a request that no scheduler has, because its client is gone."""
    request.status, request.stop_reason, request.finished_seconds = "finished", "cancelled", now


def leave_failed(requests: Iterable[Request], now: float) -> list[Request]:
    """Return who has to start over; whole answers, whose batch has not ended, are handed over."""
    returned = []
    for request in requests:
        if request.done:
            request.status, request.finished_seconds, request.blocks = "finished", now, []
        else:
            start_over(request)
            returned.append(request)
    return returned
