"""What one request may ask for, and how long one client may keep the server waiting."""

from __future__ import annotations

from dataclasses import dataclass, fields

from tokenworks.number import make_bounded, make_whole


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one request may ask for, and how long a client may keep the server waiting.

    Seconds: `head_seconds` for a request's line and headers, `body_seconds` for its body, and
    `stall_seconds` for a client that does not read its answer. At most `max_connections` are open
    and `max_bodies` on their way in; the next one takes the place of the one that has idled
    longest. Impossible values raise ValueError.
    """

    context_tokens: int
    max_choices: int = 16  # prompts × n
    max_stops: int = 16
    max_stop_length: int = 128
    max_body_bytes: int = 1 << 20
    max_bodies: int = 64
    max_connections: int = 1000
    max_open: int = 256  # HTTP requests that are being answered
    head_seconds: float = 10.0
    body_seconds: float = 20.0
    stall_seconds: float = 60.0

    def __post_init__(self) -> None:
        names = [f.name for f in fields(self)]
        make_whole(self, *(name for name in names if not name.endswith("_seconds")))
        make_bounded(self, *(name for name in names if name.endswith("_seconds")), above=True)
