"""SIM-15: prompts and answers on the same replicas, whole or in chunks, or each on their own.

Every run is the cluster simulator's, by the expected time of each step;
`benchmarks/record_serving_pools.py` recorded them. All three ways get the same requests on as many
chips: two replicas that do both, or one that reads prompts and one that writes answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from tokenworks.cost.memory import kv_bytes, kv_bytes_per_token
from tokenworks.cost.mixed_step import Load, step_clock
from tokenworks.number import Number
from tokenworks.percentiles import percentile
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.cluster.cluster_run import ClusterRun
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.ports import link_wire
from tokenworks.serving.cluster.replica import RunningReplica
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.lengths import Lengths, fixed
from tokenworks.serving.metrics import itl_seconds, pooled_itl, ttft_seconds
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.widgets.deployments import DEPLOYMENTS, LABELS, clock_of, error_of
from tokenworks.widgets.kit import short_seconds, significant
from tokenworks.widgets.stage import Stage, html_table

DEPLOYMENT, LINK = "70b-h100", "infiniband-ndr"
OUTPUT_TOKENS, COUNT, SEED, WATCHED = 150, 300, 3, 40
CHUNK_TOKENS, MAX_BATCH, BLOCKS, BLOCK_TOKENS = 512, 64, 20_000, 16
SHOWN_MS = 4000  # from the arrival of the request that is watched
GRID: dict[str, tuple[Any, ...]] = {
    "way": ("whole", "chunks", "apart"),
    "rate_per_s": (1, 2, 3, 5, 6, 8, 10),
    "prompt_tokens": (500, 1000, 2000, 4000),
}
WAYS = {
    "whole": "together, prompts read whole",
    "chunks": f"together, prompts in chunks of {CHUNK_TOKENS}",
    "apart": "apart, one reads and one writes",
}
IDLE, DECODING, READING = range(3)  # what a replica does
MEASURES = ("first", "first_p99", "gap", "gap_p99")
COLUMNS = ("first", "first_p99", "gap_p99", "floor_gap_p99")  # that the table shows


@cache
def tabulated() -> dict[str, Any]:
    """Return what was recorded."""
    text = files("tokenworks.data").joinpath("serving_pools.json").read_text(encoding="utf-8")
    return json.loads(text)


def cluster_of(way: str, clock: Callable[[Load], float]) -> ReplicaPool | Disaggregated:
    """Return two replicas of the deployment, put together in one of the three ways."""

    def pool(replicas: int, budget: int | None = None) -> ReplicaPool:
        on = DEPLOYMENTS[DEPLOYMENT]
        config = ReplicaConfig(
            step_seconds=clock,
            policy=Policy(max_batch=MAX_BATCH, max_batch_tokens=budget),
            blocks=BLOCKS,
            block_size=BLOCK_TOKENS,
            kv_bytes_per_token=kv_bytes_per_token(on.model, on.bytes_per_value),
        )
        return ReplicaPool(config=config, replicas=replicas)

    if way == "apart":
        return Disaggregated(prefill=pool(1), decode=pool(1), wire=link_wire(LINK))
    return pool(2, CHUNK_TOKENS if way == "chunks" else None)


def simulated(
    way: str,
    rate_per_s: Number,
    prompt_tokens: int,
    *,
    clock: Callable[[Load], float] | None = None,
) -> ClusterRun:
    """Run the requests of one setting by the expected clock, or by another."""
    lengths = Lengths(fixed(prompt_tokens), fixed(OUTPUT_TOKENS))
    requests = poisson(rate_per_s, COUNT, lengths=lengths, seed=SEED)
    return simulate_cluster(requests, cluster_of(way, clock or clock_of(DEPLOYMENT)))


def transfer_seconds(prompt_tokens: int) -> float:
    """Return the least time of a prompt's cache on its way from one pool to the other, alone."""
    on = DEPLOYMENTS[DEPLOYMENT]
    cache = kv_bytes(on.model, prompt_tokens, bytes_per_value=on.bytes_per_value)
    return significant(link_wire(LINK).seconds(cache), 6)


def measured(run: ClusterRun) -> dict[str, float]:
    """Return time to first token and gaps between tokens, of half and of 99 in 100, in seconds."""
    firsts = [ttft_seconds(request) for request in run.requests]
    gaps = pooled_itl(run.requests)
    values = (
        percentile(firsts, 50),
        percentile(firsts, 99),
        percentile(gaps, 50),
        percentile(gaps, 99),
    )
    return {name: significant(one, 6) for name, one in zip(MEASURES, values, strict=True)}


def setting(rate_per_s: Number, prompt_tokens: int) -> dict[str, Any]:
    """Record one setting: of each way what was measured, and what happens to one request."""
    floor = step_clock(DEPLOYMENTS[DEPLOYMENT])
    found = {}
    for way in GRID["way"]:
        run = simulated(way, rate_per_s, prompt_tokens)
        least = measured(simulated(way, rate_per_s, prompt_tokens, clock=floor))
        watched = run.requests[WATCHED]
        found[way] = (
            measured(run)
            | {"floor_gap_p99": least["gap_p99"], "longest": longest_gap(watched)}
            | {"busy": [significant(share, 4) for share in run.utilisation.values()]}
            | {"lanes": [lane(each, watched.arrival_seconds) for each in run.replicas]}
            | {"tokens": token_places(watched)}
        )
    return found


def longest_gap(request: Request) -> float:
    """Return the longest gap between two tokens of a request."""
    return significant(max(itl_seconds(request)), 6)


def token_places(request: Request) -> list[int]:
    """Return the time to the first token of a request, then from each to the next, in ms."""
    moments = [millis(at - request.arrival_seconds) for at in request.token_seconds]
    return [moments[0], *(later - before for before, later in pairwise(moments))]


def lane(replica: RunningReplica, start_seconds: float) -> list[list[int]]:
    """Return what a replica does from a moment on, as [what, until which ms], in order."""
    found: list[list[int]] = []

    def add(what: int, end: int) -> None:
        before = found[-1][1] if found else 0
        if end <= before:
            return
        if found and found[-1][0] == what:
            found[-1][1] = end
        else:
            found.append([what, end])

    for segment in replica.log.segments:
        start, end = (
            min(SHOWN_MS, millis(at - start_seconds))
            for at in (segment.start_seconds, segment.end_seconds)
        )
        add(IDLE, start)
        add(READING if segment.load.prompts else DECODING, end)
    add(IDLE, SHOWN_MS)
    return found


def millis(seconds: Number) -> int:
    """Return a time in whole milliseconds."""
    return round(1e3 * seconds)


def shown_at(**state: Any) -> dict[str, dict[str, Any]]:
    """Return what was recorded of each way at these controls."""
    rate, prompt = (GRID[name].index(state[name]) for name in ("rate_per_s", "prompt_tokens"))
    return tabulated()["runs"][rate][prompt]


class ServingPools(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return what was measured of the three ways."""
        state = self.state
        caption = (
            f"Two replicas, each {LABELS[DEPLOYMENT]}, bf16: {COUNT} requests at "
            f"{state['rate_per_s']} a second, prompts of {state['prompt_tokens']} tokens, answers "
            f"of {OUTPUT_TOKENS}. Of expected times a token, {error_of(DEPLOYMENT)}"
        )
        head = (
            "Prompts and answers",
            "First token, half within, expected",
            "First token, P99, expected",
            "Gap, P99, expected",
            "Gap, P99, at least",
        )
        found = shown_at(**state)
        return html_table(caption, head, [_line(way, found[way]) for way in GRID["way"]])


def _line(way: str, found: dict[str, Any]) -> Sequence[str]:
    return WAYS[way], *(short_seconds(found[name]) for name in COLUMNS)


def serving_pools(
    way: str = "whole", *, rate_per_s: int = 5, prompt_tokens: int = 2000
) -> ServingPools:
    """Return SIM-15, three ways to serve prompts and answers; values are those of the grid."""
    return ServingPools(
        data=tabulated(),
        state={"way": way, "rate_per_s": rate_per_s, "prompt_tokens": prompt_tokens},
    )
