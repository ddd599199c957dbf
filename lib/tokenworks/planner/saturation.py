"""One copy in the simulator: how it is set up, and what it serves where requests never run out."""

from __future__ import annotations

import math

from tokenworks.planner.replicas import BLOCK
from tokenworks.planner.sizing import Sizing
from tokenworks.planner.tabulated_clock import slowed
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.policy import Policy
from tokenworks.serving.simulator import simulate

MOST_BUSY = 0.95  # of that rate a copy gets at most, so that a queue does not grow unseen
TOO_MANY = 1.5  # times the rate that the means suggest: more than any copy serves
MOST_ABOVE = 1.1  # times that rate: what a copy was seen to serve at most
MOST_COUNTED = 300


def config_of(sizing: Sizing, batch: int, *, slower: float = 1.0) -> ReplicaConfig:
    """Return a copy for the simulator: its clock, its batch, and the blocks that its memory has."""
    replica = sizing.replica
    return ReplicaConfig(
        step_seconds=sizing.clock if slower == 1 else slowed(sizing.clock, slower),
        policy=Policy(max_batch=batch, max_batch_tokens=replica.step_tokens),
        blocks=sizing.blocks,
        block_size=BLOCK,
        kv_bytes_per_token=replica.token_bytes(sizing.demand.prompt_tokens),
    )


def saturated_requests_per_s(sizing: Sizing, batch: int) -> float:
    """Return the requests that a copy which does both serves where more come than it can serve.

    Counted are those that end after its batch has filled with answers of every age, and before
    nobody comes any more. Of many lengths tokens are counted: which requests end is chance.
    """
    config, counted = config_of(sizing, batch), min(MOST_COUNTED, 50 + 2 * batch)
    rate, flight = TOO_MANY * sizing.requests_per_s(batch), batch * sizing.demand.spread
    before, after = math.ceil(2 * flight), math.ceil(flight)
    arrivals = poisson(rate, before + counted + after, lengths=sizing.demand.lengths, seed=0)
    run = simulate(config.scheduler(), arrivals, config.step_seconds)
    ends = sorted(request.finished_seconds or 0.0 for request in run.requests)
    start, end = ends[before - 1], ends[before + counted - 1]
    if end <= start:
        return rate
    if sizing.demand.samples is None:
        return counted / (end - start)
    written = sum(start < at <= end for each in run.requests for at in each.token_seconds)
    return written / sizing.demand.mean_answer / (end - start)
