"""Guessing ahead in the cockpit: an EAGLE draft beside each copy, and how often it is right."""

from __future__ import annotations

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.eagle_kernels import eagle_step
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.speculation_memory import eagle_parameter_count
from tokenworks.number import rounded_up
from tokenworks.planner.replicas import BLOCK, ENGINE, Replica
from tokenworks.serving.drafted_clock import Drafts

GUESSES = 3  # a step, one after the other
# That a guess stands if those before it do. With it this model expects 1.99 times the speed for one
# user of Llama-3 70B on 4 H100 and 1.25 for 128 users of 8B on one; measured with 3 guesses of
# EAGLE in vLLM were 1.96 and 1.21 (`data/speculation_runs.csv`). Texts differ: yours may be 0.4 or
# 0.8.
CHANCE = 0.6
DRAFT_BYTES = 2  # of a weight of the draft, which stays in 16 bits


def drafts_of(replica: Replica, *, constants: Constants, contexts: int) -> Drafts:
    """Return the guesses of a copy on GPUs, contexts rounded up to whole `contexts` tokens.

    Source: derived: `eagle_step` of the copy's plan, so many times.
    """
    plan = served_plan(
        replica.model,
        replica.chip,
        replica.chips,
        engine=ENGINE,
        precision=replica.weights,
        cache=replica.cache,
    )
    known: dict[tuple[int, int], float] = {}

    def seconds(sequences: int, context: int) -> float:
        key = sequences, max(1, rounded_up(context / contexts)) * contexts
        if key not in known:
            known[key] = GUESSES * eagle_step(plan, *key, constants=constants).expected_seconds
        return known[key]

    return Drafts(tokens=GUESSES, chance=CHANCE, seconds=seconds)


def blocks_beside(replica: Replica) -> int:
    """Return how many blocks are left beside the draft: its weights, and its layer of the cache.

    Source: derived: `eagle_parameter_count`, and one layer more of keys and values.
    """
    layers = replica.model.n_layers
    weights = DRAFT_BYTES * eagle_parameter_count(replica.model) / replica.chips
    each = replica.sequence_bytes(BLOCK) * (layers + 1) / layers
    return max(0, int((replica.pool_bytes - weights) // each))
