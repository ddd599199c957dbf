"""Published runs of a load generator: one server at growing numbers of requests in flight."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import rows_where


@dataclass(frozen=True)
class LoadLevel:
    """Mean latencies and output tokens per second while `concurrency` requests are inside.

    `tpot_seconds` is what the generator prints as inter-token latency: one mean a request.
    """

    name: str
    run: str
    concurrency: int
    ttft_seconds: float
    tpot_seconds: float
    tokens_per_s: float
    source: str
    accessed: str
    note: str = ""


def load_levels(run: str) -> list[LoadLevel]:
    """Return the levels of a published run, by growing concurrency; none: KeyError."""
    rows = rows_where(LoadLevel, "load_levels.csv", run=run)
    return sorted(rows, key=lambda row: row.concurrency)
