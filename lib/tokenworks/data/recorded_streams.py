"""Streams of our own server that were recorded, as their clients and as the server saw them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Times of one request in seconds since its run began, on one of the two clocks.

    `scheduled_seconds` is known to the server alone, `opened_seconds`, the first event of the
    stream, and `chunks`, the events with tokens as (when, how many), to the client.
    """

    name: str
    prompt_tokens: int
    arrival_seconds: float
    token_seconds: list[float]
    scheduled_seconds: float | None = None
    opened_seconds: float | None = None
    chunks: tuple[tuple[float, int], ...] = ()

    @property
    def generated(self) -> int:
        """How many tokens were generated."""
        return len(self.token_seconds)

    @property
    def finished_seconds(self) -> float | None:
        """When the last token came."""
        return self.token_seconds[-1] if self.token_seconds else None


def client_streams(run: str) -> list[Recorded]:
    """Return a run's requests by their clients' clocks.

    `alone` is one, `crowd` are eight at once, `generator` are those of a public load generator.
    """
    return [_by_client(f"{run} {i}", row) for i, row in enumerate(_runs(run), 1)]


def server_streams(run: str) -> list[Recorded]:
    """Return the same requests, in the same order, as the server noted them."""
    return [_by_server(f"{run} {i}", row) for i, row in enumerate(_runs(run), 1)]


def generator_printed() -> dict[str, float]:
    """Return what the load generator printed about its run, in seconds and per second."""
    return stream_record()["generator"]["printed"]


@cache
def stream_record() -> dict[str, Any]:
    """Return the whole record: machine, date, versions, sizes of the server, and the runs."""
    text = files("tokenworks.data").joinpath("recorded_streams.json").read_text(encoding="utf-8")
    return json.loads(text)


def _runs(run: str) -> list[dict[str, Any]]:
    runs = stream_record()["runs"]
    if run not in runs:
        raise KeyError(f"no recorded run {run!r}; known: {', '.join(runs)}")
    return runs[run]


def _by_client(name: str, row: dict[str, Any]) -> Recorded:
    return Recorded(
        name=name,
        prompt_tokens=row["prompt_tokens"],
        arrival_seconds=row["arrival_seconds"],
        opened_seconds=row["opened_seconds"],
        token_seconds=[at for at, tokens in row["chunks"] for _ in range(tokens)],
        chunks=tuple((at, tokens) for at, tokens in row["chunks"]),
    )


def _by_server(name: str, row: dict[str, Any]) -> Recorded:
    return Recorded(
        name=name,
        prompt_tokens=row["prompt_tokens"],
        arrival_seconds=row["server_arrival_seconds"],
        scheduled_seconds=row["server_scheduled_seconds"],
        token_seconds=row["made_seconds"],
    )
