"""One copy in the simulator: how it is set up, and what it serves where requests never run out."""

from __future__ import annotations

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

    Counted are those that end after its batch has filled, and before nobody comes any more.
    """
    config, counted = config_of(sizing, batch), min(MOST_COUNTED, 50 + 2 * batch)
    rate, before = TOO_MANY * sizing.requests_per_s(batch), 2 * batch
    arrivals = poisson(rate, before + counted + batch, lengths=sizing.demand.lengths, seed=0)
    run = simulate(config.scheduler(), arrivals, config.step_seconds)
    ends = sorted(request.finished_seconds or 0.0 for request in run.requests)
    spent = ends[before + counted - 1] - ends[before - 1]
    return counted / spent if spent > 0 else rate
