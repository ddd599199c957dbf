"""The dashboard: rates, times, shares and money of the last ten seconds, and what to expect."""

from __future__ import annotations

from typing import Any

from tokenworks.cockpit.copies import Copy, copy_for, rent_for
from tokenworks.cockpit.settings import Settings
from tokenworks.cockpit.window import Window
from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.cost.mixed_step import decode_load
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.simulation import RunningSimulation


class Watched(RunningSimulation):
    """A run without arrivals that are known before, and what its dashboard shows."""

    def __init__(
        self, settings: Settings, cluster: ReplicaPool | Disaggregated, window: Window
    ) -> None:
        super().__init__([], cluster, None)
        self.settings, self.window = settings, window
        self.arrived = self.done = 0

    @property
    def copy(self) -> Copy:
        """The copy that its replicas are now."""
        return copy_for(self.settings)

    @property
    def queued(self) -> int:
        """Requests that have come and stand in no batch."""
        return self.arrived - self.done - self.in_batches

    @property
    def in_batches(self) -> int:
        """Requests that stand in a batch."""
        return sum(len(each.scheduler.running) for each in self.cluster.replicas)

    def board_at(self, at: float) -> dict[str, Any]:
        """Return the dashboard of a moment: seconds, shares of 1, dollars; None: nothing is known.

        Times to first token have what an engine adds before a request's first step. `floor_itl` and
        `expected_itl` are those of a step in which all who run now decode, at their mean context.
        """
        told = self.window.told()
        up = [each for each in self.cluster.replicas if each.state in ("ready", "draining")]
        blocks = sum(each.blocks for each in up)
        used = sum(each.blocks - each.scheduler.pool.free_blocks for each in up)
        tokens_per_s = told["output_tokens_per_s"]
        return {
            "at": at,
            **told,
            "queue": self.queued,
            "oldest_wait": self._oldest_wait(at),
            "kv_share": used / blocks if blocks else None,
            "hit_share": self._hit_share(),
            "usd_per_million": self._usd(told["chips"], tokens_per_s) if tokens_per_s else None,
            **self._steps(),
        }

    def _oldest_wait(self, at: float) -> float | None:
        """Return for how long who waits longest for a first token has waited."""
        rooms = (request for pool in self.cluster.pools for request, _ in pool.room)
        here = (request for each in self.cluster.replicas for request in each.assigned)
        came = [r.arrival_seconds for r in (*rooms, *here) if not r.token_seconds]
        return at - min(came) if came else None

    def _hit_share(self) -> float | None:
        """Return the share of tokens to be read that were found in a cache, from the start on."""
        replicas = self.cluster.replicas
        queries = sum(each.queries + each.scheduler.sharing.queries for each in replicas)
        hits = sum(each.hits + each.scheduler.sharing.hits for each in replicas)
        return hits / queries if queries else None

    def _usd(self, chips: float, tokens_per_s: float) -> float:
        """Return dollars for a million tokens at the rent of the chips that were up."""
        rent = rent_for(self.settings)
        rented = chips * rent.chips / self.settings.chips  # servers are rented whole
        return usd_per_million_tokens(rent.usd_per_chip_hour * rented, 1, tokens_per_s)

    def _steps(self) -> dict[str, float | None]:
        """Return the time a token of a step with all who run now, floor and expected."""
        replicas = [each for each in self.cluster.replicas if not each.only_prefill]
        writing = [each for each in replicas if each.scheduler.running]
        if not writing:
            return {"floor_itl": None, "expected_itl": None}
        tokens = [r.known_tokens for each in writing for r in each.scheduler.running]
        batch, context = round(len(tokens) / len(writing)), round(sum(tokens) / len(tokens))
        floor, expected = self.copy.itl_seconds(decode_load(batch, context))
        return {"floor_itl": floor, "expected_itl": expected}
