"""What happened in a cluster: to every request, at every replica, over every wire."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tokenworks.serving.cluster.pools import RunningPool
from tokenworks.serving.cluster.replica import RunningReplica
from tokenworks.serving.cluster.tiers import Store
from tokenworks.serving.request import Request


@dataclass(frozen=True)
class ClusterRun:
    """Requests in order of arrival, the pools with their replicas, and who was sent again.

    The functions of `serving.metrics` take its requests.
    """

    requests: Sequence[Request]
    pools: Sequence[RunningPool]
    retries: Counter[Request]  # how often a replica failed under a request
    start_seconds: float
    end_seconds: float

    @property
    def replicas(self) -> list[RunningReplica]:
        """All replicas that there were, by number."""
        found = (each for pool in self.pools for each in pool.replicas)
        return sorted(found, key=lambda each: each.number)

    @property
    def seconds(self) -> float:
        """From the first arrival to the end of the last step."""
        return self.end_seconds - self.start_seconds

    @property
    def finished(self) -> list[Request]:
        """Requests with their whole answer."""
        ended = ("rejected", "cancelled")
        return [r for r in self.requests if r.done and r.stop_reason not in ended]

    @property
    def cancelled(self) -> list[Request]:
        """Requests whose client hung up before the answer was whole."""
        return [r for r in self.requests if r.stop_reason == "cancelled"]

    @property
    def rejected(self) -> list[Request]:
        """Requests that a full queue turned away."""
        return [r for r in self.requests if r.stop_reason == "rejected"]

    @property
    def unserved(self) -> list[Request]:
        """Requests for which no replica was left."""
        return [r for r in self.requests if not r.done]

    @property
    def replica_seconds(self) -> float:
        """Time that all replicas were up or starting, added: what is paid for."""
        return math.fsum(each.up_seconds for each in self.replicas)

    @property
    def utilisation(self) -> dict[int, float]:
        """The share of its time in which a replica ran a step, by number."""
        return {
            each.number: each.log.busy_seconds / each.up_seconds if each.up_seconds else 0.0
            for each in self.replicas
        }

    @property
    def hit_share(self) -> float:
        """The share of tokens to be read that were found in a cache, loaded ones included."""
        queries = sum(each.queries for each in self.replicas)
        return sum(each.hits for each in self.replicas) / queries if queries else 0.0

    @property
    def spilled(self) -> int:
        """Requests that went elsewhere because their first choice was saturated."""
        return sum(pool.router.spilled for pool in self.pools)

    @property
    def transfer_bytes(self) -> float:
        """Bytes that went from prefill to decode."""
        return math.fsum(pool.transfer_bytes for pool in self.pools)

    @property
    def loaded_bytes(self) -> dict[str, float]:
        """Bytes that came back from each tier, by its name."""
        return self._tier_bytes("loaded_blocks")

    @property
    def written_bytes(self) -> dict[str, float]:
        """Bytes that were written to each tier, by its name."""
        return self._tier_bytes("written_blocks")

    def _tier_bytes(self, count: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for store in self._stores():
            size = getattr(store, count) * store.block_bytes
            found[store.tier.name] = found.get(store.tier.name, 0.0) + size
        return found

    def _stores(self) -> list[Store]:
        """Return every store once, shared ones too."""
        each = [s for r in self.replicas if r.offload for s in r.offload.stores]
        return list({id(store): store for store in each}.values())
