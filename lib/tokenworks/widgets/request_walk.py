"""The stations of a request in a large deployment, and the time at each of them.

Llama-3 70B, a pool that reads and a pool that writes, each on 8 H100, at rest: no queue. A transfer
is a floor; what nobody can say for another's network stays without a time.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenworks.cost.chip_links import link
from tokenworks.cost.memory import kv_bytes
from tokenworks.cost.mixed_step import decode_load, step_clock
from tokenworks.cost.token_rent import middle_tokens
from tokenworks.number import Number
from tokenworks.serving.cluster.ports import link_wire
from tokenworks.widgets.deployments import DEPLOYMENTS, LABELS, clock_of, error_of
from tokenworks.widgets.kit import count_text, short_bytes, short_seconds, significant
from tokenworks.widgets.prefix_timeline import BLOCK_TOKENS, found_tokens, reading
from tokenworks.widgets.stage import Stage, html_table

DEPLOYMENT, LINK = "70b-8h100", "infiniband-ndr"
PREFIX_TOKENS, NEW_TOKENS, OUTPUT_TOKENS, USERS = 2000, 80, 200, 32
PROMPT_TOKENS = PREFIX_TOKENS + NEW_TOKENS
STATIONS = (
    "Client",
    "Load balancer",
    "Router",
    "Prefill pool",
    "Transfer",
    "Decode pool",
    "Output stream",
)
GRID: dict[str, tuple[Any, ...]] = {
    "known": ("whole", "none"),
    "station": tuple(range(len(STATIONS))),
}
KNOWN = {"whole": "its first 2,000 tokens", "none": "nothing of it"}


def decoding() -> tuple[float, float]:
    """Return the time of the later tokens among as many users, in seconds: floor and expected."""
    load = decode_load(USERS, middle_tokens(PROMPT_TOKENS, OUTPUT_TOKENS))
    clocks = (step_clock(DEPLOYMENTS[DEPLOYMENT]), clock_of(DEPLOYMENT))
    floor, expected = ((OUTPUT_TOKENS - 1) * clock(load) for clock in clocks)
    return floor, expected


def sent_bytes() -> Number:
    """Return the bytes of the cache that goes from one pool to the other."""
    on = DEPLOYMENTS[DEPLOYMENT]
    return kv_bytes(on.model, PROMPT_TOKENS, bytes_per_value=on.bytes_per_value)


@cache
def times(known: str) -> tuple[tuple[float | None, float | None], ...]:
    """Return the least and the expected time at each station in seconds, None where it has none."""
    found = found_tokens(known, PREFIX_TOKENS)
    read = reading(DEPLOYMENT, found, PROMPT_TOKENS - found)
    sent = link_wire(LINK).seconds(sent_bytes())
    unknown = (None, None)
    least, expected = decoding()
    rows = (unknown, unknown, unknown, read, (sent, None), (least, expected), unknown)
    return tuple(
        (
            None if floor is None else significant(floor, 6),
            None if likely is None else significant(likely, 6),
        )
        for floor, likely in rows
    )


def texts(known: str) -> tuple[str, ...]:
    """Return what happens at each station."""
    found = found_tokens(known, PREFIX_TOKENS)
    prompt, read = count_text(PROMPT_TOKENS), count_text(PROMPT_TOKENS - found)
    if found:
        blocks = count_text(found / BLOCK_TOKENS)
        routed = (
            f"It names the blocks of the prompt and looks up who has them: one replica has the "
            f"first {blocks}. It goes there, unless that replica is saturated."
        )
        reads = f"{count_text(found)} tokens are found in the cache, {read} are read."
    else:
        routed = "It names the blocks of the prompt; nobody has them, so the least loaded gets it."
        reads = f"All {prompt} tokens are read, and their blocks get names for those who come."
    return (
        f"It sends {prompt} tokens of text: instructions first, what is new last.",
        "It asks who that is, counts against a limit, and refuses what is too much.",
        routed,
        f"{reads} The first token is made here.",
        f"The cache of the prompt, {short_bytes(sent_bytes())}, goes over one port of "
        f"{link(LINK).label}.",
        f"The other {count_text(OUTPUT_TOKENS - 1)} tokens are written, one a step, beside "
        f"{count_text(USERS - 1)} other answers.",
        "Each token becomes text and is sent at once. Who reads too slowly is slowed down.",
    )


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up."""
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "known": KNOWN,
        "stations": list(STATIONS),
        "times": {known: [list(pair) for pair in times(known)] for known in GRID["known"]},
        "texts": {known: list(texts(known)) for known in GRID["known"]},
        "label": LABELS[DEPLOYMENT],
        "error": error_of(DEPLOYMENT),
    }


def station_seconds(known: str, station: int) -> float:
    """Return what the picture draws: the expected time, where there is none the floor, else 0."""
    floor, expected = times(known)[station]
    return expected or floor or 0.0


class RequestWalk(Stage):
    """The live widget; `state` holds where the request is, and what is known of its prompt."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return the stations with their times."""
        known = self.state["known"]
        caption = (
            f"A request of {count_text(PROMPT_TOKENS)} tokens, each pool {LABELS[DEPLOYMENT]}, "
            f"bf16; known: {KNOWN[known]}. Of expected times a token, {error_of(DEPLOYMENT)}"
        )
        rows = [
            (name, text, _text(floor), _text(expected))
            for name, text, (floor, expected) in zip(
                STATIONS, texts(known), times(known), strict=True
            )
        ]
        return html_table(caption, ("Station", "What happens", "At least", "Expected"), rows)


def _text(seconds: float | None) -> str:
    return "–" if seconds is None else short_seconds(seconds)


def request_walk(known: str = "whole", *, station: int = 0) -> RequestWalk:
    """Return a request on its way through a large deployment; values are those of the grid."""
    return RequestWalk(data=tabulated(), state={"known": known, "station": station})
