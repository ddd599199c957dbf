"""The copy of a model that some settings ask for: the planner's, with its clock and its pools."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from tokenworks.cockpit.guesses import blocks_beside, drafts_of
from tokenworks.cockpit.mixes import MEAN_TOKENS, longest_tokens, shares_of
from tokenworks.cockpit.settings import Settings
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.mixed_step import Load, decode_load
from tokenworks.cost.speculation import tokens_per_pass
from tokenworks.planner.read_prompts import prompt_seconds
from tokenworks.planner.rents import Rent, prices_for, rent
from tokenworks.planner.replicas import BLOCK, Replica, replicas_of
from tokenworks.planner.tabulated_clock import Clock, tabulated
from tokenworks.serving.cluster.autoscaler import Autoscaler
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.drafted_clock import Drafts
from tokenworks.serving.policy import Policy
from tokenworks.specs import chip, model_spec
from tokenworks.units import show_as

CONTEXTS = 64  # tokens up to which a clock rounds contexts
CHUNK = 512  # tokens of a step with chunked prefill, decodes included (arXiv 2403.02310, 5.1)
WINDOW_SECONDS = 0.1  # after which a dynamic batch starts that is not full: assumed
SPILL = 1.5  # times a full batch at a replica, from where the next request goes elsewhere: assumed
COLD_START_SECONDS = 60.0  # from order to ready: assumed; measure yours
LOOK_SECONDS, SETTLE_SECONDS = 5.0, 60.0  # of the autoscaler: assumed, for runs of minutes
TARGET = 0.7  # of a full batch, the requests inside of a replica that it aims at: assumed


@dataclass(frozen=True, eq=False)
class Copy:
    """A replica of the planner, its tabulated clock, and what it costs to rent."""

    replica: Replica
    clock: Clock
    blocks: int
    drafts: Drafts | None = None

    def config(self, policy: Policy) -> ReplicaConfig:
        """Return it as the simulator has it, under a policy."""
        return ReplicaConfig(
            step_seconds=self.clock,
            policy=policy,
            blocks=self.blocks,
            block_size=BLOCK,
            kv_bytes_per_token=self.replica.token_bytes(BLOCK),
            drafts=self.drafts,
        )

    def itl_seconds(self, load: Load) -> tuple[float, float]:
        """Return the floor and the expected time a token of a step that only decodes.

        With guesses: of a round, over the tokens that it is expected to yield; the floor has none
        of the time to make them.
        """
        if self.drafts is None:
            return self.replica.floor(load), self.clock(load)
        sequences, context = load.sequences, load.context_tokens // load.sequences
        made = tokens_per_pass(self.drafts.chance, self.drafts.tokens)
        rows = sequences * (self.drafts.tokens + 1)
        checked = load._replace(
            new_tokens=rows, logit_rows=rows, pairs=load.pairs * (self.drafts.tokens + 1)
        )
        drafting = self.drafts.seconds(sequences, context)
        return self.replica.floor(checked) / made, (self.clock(checked) + drafting) / made


def copy_for(settings: Settings) -> Copy:
    """Return the copy that settings ask for; one that does not fit raises ValueError."""
    made = _copy(Made(*(getattr(settings, name) for name in Made._fields)))
    need = -(-longest_tokens(settings) // BLOCK)
    if made.blocks < need:
        raise ValueError(_too_large(settings, made.replica))
    return made


class Made(NamedTuple):
    """What a copy is made of: settings by their names."""

    model: str
    chip: str
    chips_per_replica: int
    weights: str
    cache: str
    speculation: bool


@lru_cache(maxsize=64)
def _copy(of: Made) -> Copy:
    spec, kind, chips = model_spec(of.model), chip(of.chip), of.chips_per_replica
    found, refused = replicas_of(
        spec, kind, constants=constants(), weights=(of.weights,), caches=(of.cache,)
    )
    fitting = [each for each in found if each.chips == chips]
    if not fitting:
        sizes = sorted({each.chips for each in found if each.chips <= 8})
        if not sizes:
            raise ValueError(f"{spec.label} on {kind.label}: {refused[-1].reason}")
        known = " or ".join(map(str, sizes))
        raise ValueError(f"{kind.label} holds a copy on {known} chips, not on {chips}")
    replica = fitting[0]
    blocks = max(0, int(replica.pool_bytes // replica.sequence_bytes(BLOCK)))
    clock = tabulated(replica.expected, tokens=CONTEXTS)
    if not of.speculation:
        return Copy(replica, clock, blocks)
    drafts = drafts_of(replica, constants=constants(), contexts=CONTEXTS)
    return Copy(replica, clock, blocks_beside(replica), drafts)


@lru_cache(maxsize=1)
def constants() -> Constants:
    """Return the fitted constants of kernels."""
    return Constants.fitted()


def _too_large(settings: Settings, replica: Replica) -> str:
    held = show_as(replica.weight_bytes, "bytes")
    has = show_as(replica.chip.planned_bytes, "bytes")
    return (
        f"{replica.model.label} in {settings.weights} on {settings.chips_per_replica} × "
        f"{replica.chip.label} leaves no room for the cache of a request ({held} of weights on "
        f"each chip of {has}): take more chips for each replica, or narrower weights"
    )


def policy_for(settings: Settings) -> Policy:
    """Return how a replica of these settings batches."""
    budget = None
    if settings.batching == "continuous":
        whole = copy_for(settings).replica.step_tokens
        budget = CHUNK if settings.prefill == "chunked" else whole
    return Policy(
        max_batch=settings.max_batch,
        batching=settings.batching,
        window_seconds=WINDOW_SECONDS if settings.batching == "dynamic" else 0.0,
        max_batch_tokens=budget,
        reserve=not settings.paging,
        share_prefixes=settings.prefix_caching,
    )


def pools_for(settings: Settings) -> ReplicaPool | Disaggregated:
    """Return the cluster that settings ask for; one that cannot be raises ValueError."""
    made = copy_for(settings)
    config = made.config(policy_for(settings))
    if settings.prefill != "disaggregated":
        count = 1 if settings.autoscaling else settings.replicas
        return _pool(settings, config, count)
    reading = prefill_replicas(settings)
    return Disaggregated(
        prefill=_pool(settings, config, reading),
        decode=_pool(settings.but(router="least-request"), config, settings.replicas - reading),
        wire=made.replica.wire,
    )


def _pool(settings: Settings, config: ReplicaConfig, count: int) -> ReplicaPool:
    scaler = None
    if settings.autoscaling:
        scaler = Autoscaler(
            target=max(1.0, TARGET * settings.max_batch),
            cold_start_seconds=COLD_START_SECONDS,
            most=settings.replicas,
            interval_seconds=LOOK_SECONDS,
            settle_seconds=SETTLE_SECONDS,
        )
    return ReplicaPool(
        config=config,
        replicas=count,
        router=settings.router,
        saturation=int(SPILL * settings.max_batch),
        autoscaler=scaler,
    )


def prefill_replicas(settings: Settings) -> int:
    """Return how many of the replicas read prompts: their share of the work, at least one.

    Source: derived: the time of the mean prompt over it and the mean answer's share of full steps.
    """
    made, batch = copy_for(settings), settings.max_batch
    reading = writing = 0.0
    for kind, part in shares_of(settings).items():
        own, answer = MEAN_TOKENS[kind]
        prompt = settings.shared_prefix + own
        read = own if settings.prefix_caching else prompt
        step = made.clock(decode_load(batch, prompt + answer // 2))
        writing += part * answer * step / batch
        reading += part * prompt_seconds(made.clock, read, step_tokens=made.replica.step_tokens)
    share = reading / (reading + writing)
    return max(1, min(settings.replicas - 1, round(share * settings.replicas)))


def rent_for(settings: Settings) -> Rent:
    """Return what its chips cost, at the cheapest dated offer on demand of a cloud."""
    return rent(prices_for(chip(settings.chip)), settings.chips)
