"""A public load generator against our server, and our metrics against what it reports.

aiperf 0.13 (https://github.com/ai-dynamo/aiperf) sends a closed loop of streamed chats. Three
records of the same run are compared: what aiperf reports, our functions over the times of the
chunks that it wrote down, and our functions over the server's own times. Both processes read one
monotonic clock, so the second and third may be subtracted.

    python benchmarks/load_generator.py [--aiperf .venv-aiperf/bin/aiperf]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import Any

from aiperf_run import Seen, run
from provenance import ROOT, provenance

from tokenworks.model import LanguageModel, load
from tokenworks.percentiles import percentile
from tokenworks.serving.engine import Engine
from tokenworks.serving.metrics import (
    all_tpot,
    e2el_seconds,
    pooled_itl,
    throughput,
    ttft_seconds,
)
from tokenworks.serving.policy import Policy
from tokenworks.serving.server.service import Options, local_server
from tokenworks.serving.text_requests import TextRequest

RESULT = Path(__file__).parent / "results" / "load_generator.json"
BATCH, CONTEXT, REQUESTS = 4, 256, 16
LOAD = f"""--endpoint-type chat --streaming --concurrency {BATCH} --request-count {REQUESTS}
--isl 40 --osl 24 --osl-stddev 8 --extra-inputs ignore_eos:true --random-seed 7 --export-level raw
--ui none --workers-max 1 --no-gpu-telemetry --no-server-metrics"""
COUNTS = "--use-server-token-count --per-chunk-usage"
STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "avg": fmean,
    "min": min,
    "max": max,
    **{f"p{q}": partial(percentile, q=q) for q in (50, 90, 95, 99)},
}


def main() -> None:
    """Run both ways of counting tokens, compare, record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--aiperf", type=Path, default=ROOT / ".venv-aiperf/bin/aiperf")
    lm, ended = load(), []
    with (
        tempfile.TemporaryDirectory() as folder,
        local_server(engine_for(lm), Options(on_finish=ended.append)) as url,
    ):
        measure = partial(run, lm, options.parse_args().aiperf, folder=Path(folder), url=url)
        runs = [measure(load=f"{LOAD} {COUNTS}"), measure(load=LOAD)]
    record = provenance("python benchmarks/load_generator.py", ("jax", "starlette", "uvicorn"))
    record["versions"] |= {"aiperf": runs[0][0]["aiperf_version"]}
    record |= compare(runs, {request.id: request for request in ended})
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps({k: v for k, v in record.items() if k != "requests"}, indent=1))


def compare(
    runs: list[tuple[dict[str, Any], list[Seen]]], served: dict[str, TextRequest]
) -> dict[str, Any]:
    """Return the comparisons, and the times of every request of the first run."""
    (report, seen), (recount, again) = runs
    rows, start = agreement(report, seen), seen[0].arrival_seconds
    assert all(row["difference"] < 1e-3 for row in rows), rows  # ms: aiperf's clock has ns
    return {
        "load": " ".join(f"{LOAD} {COUNTS}".split()),
        "max_batch": BATCH,
        "largest_difference": max(row["difference"] for row in rows),
        "agreement": rows,
        "client_minus_server": client_minus_server(seen, served),
        "definitions": [
            *definitions(report, seen, served),
            counting(recount, [served[each.id] for each in again]),
        ],
        "requests": [streamed(each, served[each.id], start=start) for each in seen],
    }


def engine_for(lm: LanguageModel) -> Engine:
    """Return an engine with room for every request of a batch."""
    policy = Policy(max_batch=BATCH, max_batch_tokens=64)
    return Engine(lm, policy, blocks=BATCH * CONTEXT // 16, block_size=16, context_tokens=CONTEXT)


def tpot_by_counts(seen: Iterable[Seen]) -> list[float]:
    """Return aiperf's ITL: (last chunk - first chunk) / (tokens - 1), by the tokens counted."""
    return [
        (each.finished_seconds - each.token_seconds[0]) / (each.generated - 1)
        for each in seen
        if each.generated > 1
    ]


def agreement(report: dict[str, Any], seen: list[Seen]) -> list[dict[str, Any]]:
    """Return aiperf's figures beside ours from the same times."""
    latencies = {
        "time_to_first_token": [ttft_seconds(each) for each in seen],
        "inter_token_latency": tpot_by_counts(seen),
        "inter_chunk_latency": pooled_itl(seen),
        "request_latency": [e2el_seconds(each) for each in seen],
    }
    rows = [
        row(f"{name} {statistic}", report[name][statistic], 1e3 * of(values), unit="ms")
        for name, values in latencies.items()
        for statistic, of in STATISTICS.items()
    ]
    ours = throughput(seen, window_seconds(report))
    rates = {
        "request_throughput": ours.requests_per_s,
        "output_token_throughput": ours.output_tokens_per_s,
        "input_token_throughput": ours.input_tokens_per_s,
    }
    return rows + [row(name, report[name]["avg"], rate, unit="1/s") for name, rate in rates.items()]


def window_seconds(report: dict[str, Any]) -> float:
    """Return what aiperf divides by: from its own start to its own end, not the duration shown."""
    start, end = (datetime.fromisoformat(report[name]) for name in ("start_time", "end_time"))
    return (end - start).total_seconds()


def row(name: str, theirs: float, ours: float, *, unit: str) -> dict[str, Any]:
    """Return one comparison, with the difference in its unit."""
    difference = abs(ours - theirs)
    return {"what": name, "unit": unit, "aiperf": theirs, "ours": ours, "difference": difference}


def client_minus_server(seen: list[Seen], served: dict[str, TextRequest]) -> dict[str, Any]:
    """Return how much more the client measures than the server, and where it comes from, in ms."""
    pairs = [(each, served[each.id]) for each in seen]
    delays = {
        "request, from sending to the body's arrival": [
            r.arrival_seconds - s.arrival_seconds for s, r in pairs
        ],
        "first token, from made to read": [
            s.token_seconds[0] - r.token_seconds[0] for s, r in pairs
        ],
        "last token, from made to read": [
            s.finished_seconds - r.token_seconds[-1] for s, r in pairs
        ],
        "TTFT": [ttft_seconds(s) - ttft_seconds(r) for s, r in pairs],
        "E2EL": [e2el_seconds(s) - e2el_seconds(r) for s, r in pairs],
    }
    ends = {"median_ms": median, "lowest_ms": min, "highest_ms": max}
    return {
        name: {end: round(1e3 * of(values), 3) for end, of in ends.items()}
        for name, values in delays.items()
    }


def definitions(
    report: dict[str, Any], seen: list[Seen], served: dict[str, TextRequest]
) -> list[dict[str, Any]]:
    """Return what one word may mean: aiperf's value and that of another meaning, same run."""
    gaps, requests = pooled_itl(seen), [served[each.id] for each in seen]
    first = median(s.first_event_seconds - s.arrival_seconds for s in seen)
    tail = median(s.last_event_seconds - s.finished_seconds for s in seen)
    window = max(s.finished_seconds for s in seen) - min(s.arrival_seconds for s in seen)
    itl, ttft = report["inter_token_latency"], report["time_to_first_token"]
    return [
        meaning("ITL avg, ms", "mean of each request, one vote a request: our TPOT", itl["avg"],
                other="of all gaps, in one pool: its inter-chunk latency", value=1e3 * fmean(gaps)),
        meaning("ITL p99, ms", "of the requests' means", itl["p99"],
                other="of all gaps", value=1e3 * percentile(gaps, 99)),
        meaning("gaps", "between chunks with text", len(gaps),
                other="between tokens at the server", value=len(pooled_itl(requests))),
        meaning("TTFT p50, ms", "to the first chunk with text", ttft["p50"],
                other="to the first event of any kind (role chunk)", value=1e3 * first),
        meaning("after the last text, ms", "not counted in any latency", 0.0,
                other="median until [DONE]", value=1e3 * tail),
        meaning("window of the rates, s", "its own start to its own end", window_seconds(report),
                other="first request to last text, which it prints as the duration", value=window),
        meaning("TPOT avg, ms", "client's clock", 1e3 * fmean(tpot_by_counts(seen)),
                other="server's clock", value=1e3 * fmean(all_tpot(requests))),
    ]  # fmt: skip


def counting(report: dict[str, Any], requests: list[TextRequest]) -> dict[str, Any]:
    """Return the tokens that aiperf counts by default beside those that were made."""
    made = sum(request.generated for request in requests)
    return meaning("output tokens of a run", "the text tokenized again, by default",
                   report["total_osl"]["avg"], other="tokens made", value=made)  # fmt: skip


def meaning(what: str, aiperf_means: str, aiperf: float, *, other: str, value: float) -> Any:
    """Return one row of the table of meanings."""
    return {"what": what, "aiperf_means": aiperf_means, "aiperf": aiperf,
            "other_meaning": other, "other": value}  # fmt: skip


def streamed(seen: Seen, made: TextRequest, *, start: float) -> dict[str, Any]:
    """Return the times of one request on both sides, in ms since the first was sent."""

    def ms(seconds: Iterable[float]) -> list[float]:
        return [round(1e3 * (each - start), 3) for each in seconds]

    arrived = [made.arrival_seconds, made.scheduled_seconds or 0.0]
    return {
        "prompt_tokens": seen.prompt_tokens,
        "generated": seen.generated,
        "sent_ms": ms([seen.arrival_seconds])[0],
        "arrived_ms": ms(arrived)[0],
        "scheduled_ms": ms(arrived)[1],
        "read_ms": ms(seen.token_seconds),
        "made_ms": ms(made.token_seconds),
        "done_ms": ms([seen.last_event_seconds])[0],
    }


if __name__ == "__main__":
    main()
