"""A small cluster in which a learner's policy decides: who gets a request, who is let in, how many.

A step takes as long as its tokens at `TOKENS_PER_S`, and `LEAST_SECONDS` at least.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenworks.checks.plain import UnusableError, describe, plain
from tokenworks.cost.mixed_step import Load
from tokenworks.serving.cluster.autoscaler import Autoscaler
from tokenworks.serving.cluster.cluster_run import ClusterRun
from tokenworks.serving.cluster.pools import ReplicaPool
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.cluster.routers import Router
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import QueueFull, Scheduler

Decide = Callable[..., Any]

TOKENS_PER_S, LEAST_SECONDS = 1_000, 0.05
BLOCK_TOKENS, BLOCKS = 20, 10_000
COMMON_TOKENS = 100  # with which prompts of one text begin
LOOK_SECONDS, SETTLE_SECONDS, SCALED_STEP_SECONDS = 2, 4, 0.1
CHUNK_TOKENS = 100  # of a step behind the door, so that prompts are read one after the other


def step_seconds(load: Load) -> float:
    """Return the time of a step: its tokens, or what the weights take."""
    return max(LEAST_SECONDS, load.new_tokens / TOKENS_PER_S)


def from_choices(value: Any, choices: Sequence[int], said: str) -> int:
    """Return a decision; UnusableError where it is none of the choices."""
    value = plain(value)
    if isinstance(value, int | float) and value in choices:
        return int(value)
    raise UnusableError(f"{describe(value)}, where {said} is asked for")


def unread_tokens(requests: Sequence[Request]) -> int:
    """Return how many tokens of prompts are to be read, each whole until its first token is out."""
    return sum(r.prompt_tokens for r in requests if not r.generated)


@dataclass(kw_only=True)
class AskedRouter(Router):
    """Asks a policy where each request goes, and notes where it went."""

    decide: Decide
    seats: int
    places: list[int] = field(default_factory=list, init=False)
    due: dict[Request, int] = field(default_factory=dict, init=False)  # tokens to be read

    def route(self, request: Request, targets: Sequence[Any]) -> Any:
        """Return the replica that the policy names."""
        sent = [list(target.assigned) for target in targets]
        unread = [sum(self.due[r] for r in each if not r.generated) for each in sent]
        found = [target.cached_blocks(request) * BLOCK_TOKENS for target in targets]
        named = self.decide(unread, found, [len(each) for each in sent], self.seats)
        said = f"a replica's place, 0 to {len(targets) - 1},"
        place = from_choices(named, range(len(targets)), said)
        self.due[request] = request.prompt_tokens - found[place]
        self.places.append(place)
        return targets[place]


@dataclass(frozen=True, kw_only=True)
class AskedDoor(ReplicaConfig):
    """A replica that asks a policy about each request before it enters the queue."""

    decide: Decide
    seen: dict[Request, bool] = field(default_factory=dict)

    def scheduler(self) -> Scheduler:
        """Return a scheduler with a door."""
        return _AtTheDoor(self)


class _AtTheDoor(Scheduler):
    """A scheduler that turns away whom the policy does not let in."""

    def __init__(self, config: AskedDoor) -> None:
        plain_scheduler = ReplicaConfig.scheduler(config)
        super().__init__(plain_scheduler.policy, plain_scheduler.pool)
        self.config, self.inside = config, list[Request]()

    @property
    def takes_arrivals(self) -> bool:
        return True  # whoever comes may be turned away

    def add(self, request: Request) -> None:
        self.inside = [each for each in self.inside if not each.done]
        ahead = unread_tokens(self.inside)
        asked = (ahead, request.prompt_tokens, request.priority == 0)
        said = "True or False"
        let_in = bool(from_choices(self.config.decide(*asked), (0, 1), said))
        self.config.seen[request] = let_in
        if not let_in:
            raise QueueFull("the policy says no")
        super().add(request)
        self.inside.append(request)


@dataclass(frozen=True, kw_only=True)
class AskedAutoscaler(Autoscaler):
    """Asks a policy how many replicas there should be, and notes what it said."""

    decide: Decide
    looks: list[int] = field(default_factory=list)  # requests inside
    wishes: list[int] = field(default_factory=list)

    def wanted(self, inside: int) -> int:
        """Return what the policy says."""
        before = self.looks[-1] if self.looks else 0
        named = self.decide(inside, before, self.target, self.least, self.most)
        said = f"a number of replicas, {self.least} to {self.most},"
        self.looks.append(inside)
        self.wishes.append(from_choices(named, range(self.least, self.most + 1), said))
        return self.wishes[-1]


def routed(policy: Decide, requests: Any, replicas: int, seats: int) -> list[list[int]]:
    """Run requests of [second, text, prompt tokens, answer tokens] under a router.

    Return where each went, and its time to first token in ms.
    """
    router = AskedRouter(decide=policy, seats=seats)
    kept = Policy(max_batch=seats, share_prefixes=True)
    config = ReplicaConfig(
        step_seconds=step_seconds, policy=kept, blocks=BLOCKS, block_size=BLOCK_TOKENS
    )
    pool = ReplicaPool(config=config, replicas=replicas, router=lambda: router)
    run = simulate_cluster([_prompt(i, *row) for i, row in enumerate(requests)], pool)
    return [router.places, [first_ms(request) for request in run.requests]]


def let_in(
    policy: Decide, requests: Any, tokens_per_s: int, limit_seconds: float
) -> list[list[int]]:
    """Run requests of [second, prompt tokens, answer tokens, paid] at a door.

    Return who was let in, and their time to first token in ms, 0 for all others.
    """

    def decide(ahead: int, prompt: int, paid: bool) -> Any:
        return policy(ahead, prompt, paid, tokens_per_s, limit_seconds)

    kept = Policy(max_batch=16, max_batch_tokens=CHUNK_TOKENS)
    door = AskedDoor(
        step_seconds=lambda load: max(LEAST_SECONDS, load.new_tokens / tokens_per_s),
        policy=kept,
        blocks=BLOCKS,
        block_size=BLOCK_TOKENS,
        decide=decide,
    )
    made = [
        Request(arrival_seconds=at, prompt_tokens=prompt, max_tokens=answer, priority=1 - paid)
        for at, prompt, answer, paid in requests
    ]
    run = simulate_cluster(made, ReplicaPool(config=door))
    decisions = [int(door.seen[request]) for request in run.requests]
    return [decisions, [first_ms(r) if r.token_seconds else 0 for r in run.requests]]


def scaled(
    policy: Decide, per_second: Sequence[int], target: int, least: int, most: int
) -> list[list[int]]:
    """Run so many requests in each second under an autoscaler.

    Return what it wanted at each look, and the seconds that were paid for, of all replicas.
    """
    scaler = AskedAutoscaler(
        decide=policy,
        target=target,
        cold_start_seconds=LOOK_SECONDS,
        least=least,
        most=most,
        interval_seconds=LOOK_SECONDS,
        settle_seconds=SETTLE_SECONDS,
    )
    kept = ReplicaConfig(
        step_seconds=lambda load: SCALED_STEP_SECONDS,
        policy=Policy(max_batch=8),
        blocks=BLOCKS,
        block_size=BLOCK_TOKENS,
    )
    made = [
        Request(arrival_seconds=second + i / count, prompt_tokens=50, max_tokens=20)
        for second, count in enumerate(per_second)
        for i in range(count)
    ]
    run = simulate_cluster(made, ReplicaPool(config=kept, replicas=least, autoscaler=scaler))
    return [scaler.wishes, [paid_seconds(run)]]


def paid_seconds(run: ClusterRun) -> int:
    """Return the seconds of all replicas of a run, rounded up."""
    return math.ceil(run.replica_seconds)


def first_ms(request: Request) -> int:
    """Return a request's time to first token in ms."""
    return round(1000 * (request.token_seconds[0] - request.arrival_seconds))


def decisions_apart(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Return how many decisions of two runs differ; one that is missing differs, too."""
    ours, theirs = expected[0], got[0]
    differing = sum(a != b for a, b in zip(ours, theirs, strict=False))
    return float(differing + abs(len(ours) - len(theirs)))


def _prompt(number: int, at: float, text: int, prompt: int, answer: int) -> Request:
    """Return a request whose prompt begins as all of its text do, and goes on as no other."""
    common = min(prompt, COMMON_TOKENS)
    ids = [*range(text * 10**6, text * 10**6 + common)]
    ids += range(10**9 + number * 10**6, 10**9 + number * 10**6 + prompt - common)
    return Request(
        arrival_seconds=at, prompt_tokens=prompt, prompt_ids=ids, max_tokens=answer, id=str(number)
    )
