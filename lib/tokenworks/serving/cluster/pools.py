"""Replicas that do the same work: one pool for all, or one that reads and one that answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tokenworks.cost.alpha_beta import Line
from tokenworks.number import make_whole
from tokenworks.serving.cluster.autoscaler import Autoscaler, Scaling
from tokenworks.serving.cluster.ports import Port
from tokenworks.serving.cluster.replica import RunningReplica
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.cluster.routers import Router, router
from tokenworks.serving.cluster.tiers import Offload, Store, Tier
from tokenworks.serving.request import Request


@dataclass(frozen=True, kw_only=True)
class ReplicaPool:
    """Equal replicas behind one router; by itself a colocated cluster.

    `router` is a name of `ROUTERS`, with `saturation`, or a function that makes one. `tiers` take
    the blocks that the chip's memory forgets. An impossible combination raises ValueError, an
    unknown router KeyError.
    """

    config: ReplicaConfig
    replicas: int = 1
    router: str | Callable[[], Router] = "least-request"
    saturation: int | None = None
    tiers: tuple[Tier, ...] = ()
    autoscaler: Autoscaler | None = None

    def __post_init__(self) -> None:
        make_whole(self, "replicas")
        self.new_router()
        if self.tiers and not self.config.policy.share_prefixes:
            raise ValueError("tiers keep shared prefixes: Policy(share_prefixes=True)")
        if self.tiers and not self.config.kv_bytes_per_token:
            raise ValueError("tiers hold bytes: give the ReplicaConfig kv_bytes_per_token")

    def new_router(self) -> Router:
        """Return its router, which has sent nothing yet."""
        if isinstance(self.router, str):
            return router(self.router, saturation=self.saturation)
        if self.saturation is not None:
            raise ValueError("saturation goes with a router's name: give it to the function's own")
        return self.router()


@dataclass(frozen=True, kw_only=True)
class Disaggregated:
    """A pool that reads prompts, and one that answers; caches go from one to the other by wire.

    The first token comes from the prefill pool, at once; then the whole cache of the prompt is sent
    over a port of the replica that has read it, one transfer after the other, and the blocks are
    kept there until it has arrived. Bytes and computing do not overlap.
    Source: https://arxiv.org/abs/2311.18677 (Splitwise), https://arxiv.org/abs/2401.09670
    (DistServe). No `kv_bytes_per_token` in the prefill pool, tiers in the other, and batches that
    nobody can join or leave raise ValueError.
    """

    prefill: ReplicaPool
    decode: ReplicaPool
    wire: Line

    def __post_init__(self) -> None:
        if not self.prefill.config.kv_bytes_per_token:
            raise ValueError("caches are sent: give prefill's ReplicaConfig kv_bytes_per_token")
        if not (self.prefill.config.policy.joins and self.decode.config.policy.joins):
            raise ValueError("requests leave and join: both pools batch continuously")
        if self.decode.tiers:
            raise ValueError("prompts are read in the prefill pool: the tiers belong there")


class Transit(NamedTuple):
    """A request on its way to a replica with its cache: from another, or from the tiers."""

    target: RunningReplica
    source: RunningReplica | None
    loaded: tuple[bytes, ...]  # keys of blocks that the tiers send


@dataclass(eq=False)
class RunningPool:
    """A pool at work: its replicas, past ones included, and requests that none is ready for."""

    name: str
    pool: ReplicaPool
    wire: Line | None = None  # over which its replicas hand requests over
    replicas: list[RunningReplica] = field(default_factory=list, init=False)
    room: list[tuple[Request, RunningReplica | None]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.router = self.pool.new_router()
        self.scaling = Scaling(self.pool.autoscaler) if self.pool.autoscaler else None
        self.ready: list[RunningReplica] = []
        self.shared = self._stores(shared=True)

    @property
    def transfer_bytes(self) -> float:
        """Bytes that its replicas have handed over."""
        return math.fsum(each.port.moved_bytes for each in self.replicas if each.port)

    @property
    def inside(self) -> int:
        """Requests of the pool: at its replicas, and those that wait for one."""
        return len(self.room) + sum(each.load for each in self.replicas)

    def add(self, number: int) -> RunningReplica:
        """Return another replica, which is starting."""
        made = RunningReplica(
            number,
            self.name,
            self.pool.config,
            only_prefill=self.wire is not None,
            port=Port(self.wire) if self.wire else None,
            offload=self._offload(),
        )
        self.replicas.append(made)
        return made

    def sort(self) -> None:
        """See again which replicas are ready."""
        self.ready = [each for each in self.replicas if each.state == "ready"]

    def leave(
        self, goes: Callable[[Request, RunningReplica | None], bool]
    ) -> list[tuple[Request, RunningReplica | None]]:
        """Take those out of the room of whom something is true; return them."""
        gone = [each for each in self.room if goes(*each)]
        self.room = [each for each in self.room if not goes(*each)]
        return gone

    def coming(self) -> list[RunningReplica]:
        """Return the replicas that are ready or starting."""
        return [each for each in self.replicas if each.state in ("ready", "starting")]

    def _offload(self) -> Offload | None:
        if not self.pool.tiers:
            return None
        own, shared = iter(self._stores(shared=False)), iter(self.shared)
        return Offload([next(shared if tier.shared else own) for tier in self.pool.tiers])

    def _stores(self, *, shared: bool) -> Sequence[Store]:
        config = self.pool.config
        size = config.kv_bytes_per_token * config.block_size
        return [Store(tier, size) for tier in self.pool.tiers if tier.shared == shared]
