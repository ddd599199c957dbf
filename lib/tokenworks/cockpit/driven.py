"""The simulated cluster at the wheel: requests without end, changes and failures on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tokenworks.cockpit.board import Watched
from tokenworks.cockpit.copies import COLD_START_SECONDS, copy_for, pools_for
from tokenworks.cockpit.mixes import Stream
from tokenworks.cockpit.script import Change, Script
from tokenworks.cockpit.settings import BATCHES, COPY, Settings
from tokenworks.cockpit.window import TICK, WINDOW, Window
from tokenworks.number import Number
from tokenworks.serving.cluster.changes import replace_pools, replace_rules, resize
from tokenworks.serving.cluster.events import Event, Kind
from tokenworks.serving.cluster.failures import Failure
from tokenworks.serving.cluster.pools import ReplicaPool
from tokenworks.serving.cluster.replica import RunningReplica
from tokenworks.serving.metrics import Slo
from tokenworks.serving.request import Request

SLO = Slo(ttft_seconds=0.5, tpot_seconds=0.05)


class Cockpit(Watched):
    """A run of a script; `run_to` goes on to a moment, and changes may be added beyond it.

    With `keep` all requests and steps stay, to be looked at; without, those of the last seconds.
    """

    open = False  # whether requests come

    def __init__(self, script: Script, *, slo: Slo = SLO, keep: bool = False) -> None:
        start = script.start
        window = Window(slo, copy_for(start).replica.first_seconds)
        super().__init__(start, pools_for(start), window)
        self.handlers[Kind.CHANGE] = self.change
        self.script, self.keep = script, keep
        self.at = 0.0  # up to which all is handled
        self.stream = Stream(script.seed, self.settings.rate)
        self.open = True
        self.told_seconds = 0.0
        self.board: dict[str, Any] | None = None  # of the last half second that is over
        self.planned: dict[int, Change] = {}
        self.entered, self.finished = Counter[int](), Counter[int]()  # requests, by replica
        self.paid: dict[int, float] = {}  # seconds that are counted, by replica
        self.plan_changes(script)
        self.next_arrival()

    @property
    def going_on(self) -> bool:
        """Whether somebody is inside or will come."""
        return self.open or self.cluster.inside > 0

    def plan_changes(self, script: Script) -> None:
        """Take over what a script has from this moment on, and forget what was to come."""
        self.script, self.planned = script, {}
        for number, change in enumerate(script.later()):
            if change.seconds >= self.at:
                self.planned[number] = change
                self.events.push(change.seconds, Kind.CHANGE, number=number, payload=change)

    def run_to(self, seconds: Number) -> None:
        """Handle all that happens before a moment, half second by half second."""
        while (tick := round(self.told_seconds + TICK, 6)) <= seconds:
            self._run(tick)
            self._close(tick)
        self._run(float(seconds))

    def _run(self, seconds: float) -> None:
        if seconds > self.at:
            self.run_until(seconds)
            self.at = seconds

    def _close(self, tick: float) -> None:
        """Count up to a half second, and look back."""
        window, window_start = self.window, tick - WINDOW
        self._pay(tick)
        for replica in self.cluster.replicas:
            window.count(replica, tick)
            if not self.keep:
                forget_before(replica.log.segments, window_start)
                self.entered[replica.number] += len(replica.log.requests)
                replica.log.requests.clear()
        if not self.keep:
            self.requests.clear()
        window.close()
        self.told_seconds, self.board = tick, self.board_at(tick)

    def _pay(self, now: float) -> None:
        """Count what replicas are paid for up to now, those that have stopped since, too.

        All that were up since the last time have as many chips as the settings say.
        """
        tick, chips = self.window.now, self.settings.chips_per_replica
        for replica in self.cluster.replicas:
            paid = replica.up_seconds + (0.0 if replica.since is None else now - replica.since)
            up = paid - self.paid.get(replica.number, 0.0)
            self.paid[replica.number] = paid
            tick.up_seconds += up
            tick.chip_seconds += up * chips

    def sent(self, replica: RunningReplica) -> int:
        """Return how many requests a replica has let in so far."""
        return self.entered[replica.number] + len(replica.log.requests)

    def next_arrival(self) -> None:
        """Put in when the next request comes."""
        if self.open:
            self.events.push(
                self.stream.at, Kind.ARRIVAL, number=self.stream.number, payload=self.stream.at
            )

    def arrival(self, event: Event) -> None:
        """Let a request come, unless the rate has changed since."""
        if event.payload != self.stream.at or not self.open:
            return
        request = self.stream.take(self.settings)
        self.arrived += 1
        self.requests.append(request)
        self.next_arrival()
        self.cluster.dispatch(request)

    def step_end(self, event: Event) -> None:
        """Count a plan that ends, and let its answers leave."""
        replica, turn = event.payload
        if replica.turn != turn:
            return
        self.window.end(replica, event.seconds)
        before = self.done
        super().step_end(event)
        self.finished[replica.number] += self.done - before

    def answered(self, done: Sequence[Request]) -> None:
        """Count whole answers."""
        self.done += len(done)
        for request in done:
            self.window.answered(request)

    def change(self, event: Event) -> None:
        """Do what the script says, unless another script has come since."""
        change: Change = event.payload
        if self.planned.get(event.number) is not change:
            return
        if change.set is None:
            self.fail(change)
        else:
            self.set(self.settings.but(**change.set))

    def fail(self, change: Change) -> None:
        """Let a replica fail, and come back empty after a cold start."""
        now, number = self.cluster.now, change.fail or 0
        there = self.cluster.replicas
        if number < len(there):
            self.window.end(there[number], now)
        failure = Failure(replica=number, seconds=now, recovery_seconds=COLD_START_SECONDS)
        self.failure(Event(now, Kind.FAILURE, number, 0, failure))

    def set(self, new: Settings) -> None:
        """Bring the cluster to other settings; who is inside goes on."""
        self._pay(self.cluster.now)
        old, self.settings = self.settings, new
        if new.rate != old.rate:
            self.stream.change_rate(new.rate, self.cluster.now)
            self.next_arrival()
        names = {name for name, value in new.to_dict().items() if value != getattr(old, name)}
        two = new.prefill == "disaggregated"
        if names & {*COPY, *BATCHES} or (two and names & {"chips", "mix", "shared_prefix"}):
            self._replace(new)
        elif names & {"chips", "router", "autoscaling"}:
            self._adapt(new)

    def _replace(self, new: Settings) -> None:
        for replica in self.cluster.replicas:
            self.window.end(replica, self.cluster.now)
        self.window.first_seconds = self.copy.replica.first_seconds
        self.answered(replace_pools(self.cluster, pools_for(new)))
        for pool in self.cluster.pools:
            self.next_look(pool)

    def _adapt(self, new: Settings) -> None:
        made = pools_for(new)
        for pool in self.cluster.pools:
            rules = made if isinstance(made, ReplicaPool) else getattr(made, pool.name)
            replace_rules(pool, rules)
            self.next_look(pool)
            if not new.autoscaling:
                resize(self.cluster, pool, rules.replicas)


def forget_before(segments: list[Any], seconds: Number) -> None:
    """Drop the steps that were over before a moment."""
    kept = next((i for i, each in enumerate(segments) if each.end_seconds >= seconds), None)
    del segments[: len(segments) if kept is None else kept]
