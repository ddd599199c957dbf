"""Runs of a scheduler side by side: what each came to, a column of bars for each measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenworks.figures.bar_columns import Column, bars_by_column
from tokenworks.figures.picture import Figure
from tokenworks.number import Number
from tokenworks.percentiles import percentile
from tokenworks.serving.driver import Run
from tokenworks.serving.metrics import e2el_seconds, pooled_itl, ttft_seconds

MEASURES = {
    "a step runs": Column("a step runs", "%", "1"),
    "useful rows": Column("useful rows", "%", "decode"),
    "steps": Column("steps", "", "decode"),
    "at once": Column("most at once", "", "kv"),
    "preempted": Column("preempted", "", "kv"),
    "first token P99": Column("first token, P99", "s", "prefill", 2),
    "mean answer": Column("mean answer", "s", "1", 2),
    "gap P99": Column("gap, P99", "ms", "decode"),
    "longest gap": Column("longest gap", "ms", "decode"),
    "rate": Column("rate", "tokens/s", "1"),
}


def run_measures(run: Run) -> dict[str, Number]:
    """Return what a run came to, by the names of `MEASURES`, in base units.

    `useful rows` is the share of computed rows that gave a token or read a prompt; `preempted`
    counts requests.
    """
    requests, segments = run.requests, run.segments
    gaps = pooled_itl(requests)
    rows = sum(each.load.new_tokens * each.steps for each in segments)
    ends = [e2el_seconds(request) for request in requests]
    return {
        "a step runs": run.busy_seconds / run.seconds,
        "useful rows": sum(each.useful_tokens * each.steps for each in segments) / rows,
        "steps": run.steps,
        "at once": max(each.sequences for each in segments),
        "preempted": sum(request.preemptions > 0 for request in requests),
        "first token P99": percentile([ttft_seconds(request) for request in requests], 99),
        "mean answer": sum(ends) / len(ends),
        "gap P99": percentile(gaps, 99),
        "longest gap": max(gaps),
        "rate": sum(request.generated for request in requests) / run.seconds,
    }


def compare_runs(
    runs: Mapping[str, Run], *wanted: str, caption: str = "", groups: Sequence[str] = ()
) -> Figure:
    """Draw a row for each run and a column for each measure that is wanted.

    A name that is none of `MEASURES` raises ValueError.
    """
    if unknown := [name for name in wanted if name not in MEASURES]:
        raise ValueError(f"no measure {unknown[0]!r}; known: {', '.join(MEASURES)}")
    found = {name: run_measures(run) for name, run in runs.items()}
    rows = {name: [each[want] for want in wanted] for name, each in found.items()}
    columns = [MEASURES[want] for want in wanted]
    return bars_by_column(rows, columns, caption=caption, groups=groups)
