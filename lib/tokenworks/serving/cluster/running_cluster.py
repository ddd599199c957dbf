"""The replicas of a cluster, and requests on their way to them: sent, loaded, returned, scaled."""

from __future__ import annotations

from collections import Counter

from tokenworks.serving.cluster.events import Event, EventHeap, Kind
from tokenworks.serving.cluster.failures import Failure
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool, RunningPool, Transit
from tokenworks.serving.cluster.replica import RunningReplica
from tokenworks.serving.cluster.request_state import hang_up, start_over
from tokenworks.serving.request import Request


class RunningCluster:
    """Pools at work at a moment, `now`; what is to happen later goes into the events."""

    def __init__(self, cluster: ReplicaPool | Disaggregated, events: EventHeap, now: float) -> None:
        self.events, self.now = events, now
        self.replicas: list[RunningReplica] = []
        self.retries: Counter[Request] = Counter()
        self.transits: dict[Request, Transit] = {}
        self.due: dict[int, RunningReplica] = {}  # those that may begin a step at this moment
        self.past: list[RunningPool] = []  # pools that others took the place of
        self.pools = self.pools_of(cluster)

    def pools_of(self, cluster: ReplicaPool | Disaggregated) -> list[RunningPool]:
        """Return pools whose replicas are ready."""
        if isinstance(cluster, ReplicaPool):
            pools = [RunningPool("all", cluster)]
        else:
            prefill = RunningPool("prefill", cluster.prefill, cluster.wire)
            pools = [prefill, RunningPool("decode", cluster.decode)]
        for pool in pools:
            for _ in range(pool.pool.replicas):
                self.add(pool).state = "ready"
            pool.sort()
        return pools

    @property
    def inside(self) -> int:
        """Requests that are anywhere in it."""
        return sum(pool.inside for pool in self.pools)

    def start(self) -> None:
        """Let those whose turn it is plan their next steps; each does so by itself alone."""
        due, self.due = self.due, {}
        for replica in due.values():
            if replica.start(self.now):
                self._plan_end(replica)
            elif replica.waits and (at := replica.scheduler.wake_seconds()) is not None:
                self.events.push(at, Kind.WAKE, number=replica.number, payload=replica)

    def wake(self, event: Event) -> None:
        """Let a replica see whether its next batch may start."""
        self.due[event.number] = event.payload

    def _plan_end(self, replica: RunningReplica) -> None:
        end, payload = replica.end_seconds, (replica, replica.turn)
        assert end is not None  # it has just planned
        self.events.push(end, Kind.STEP_END, number=replica.number, payload=payload)

    def dispatch(
        self,
        request: Request,
        pool: RunningPool | None = None,
        *,
        source: RunningReplica | None = None,
    ) -> None:
        """Send a request to a replica of a pool, the first one if None; it may wait for one.

        `source` is the replica that hands it over, and then sends its cache.
        """
        pool = pool or self.pools[0]
        if not pool.ready:
            pool.room.append((request, source))
            return
        target = pool.router.route(request, pool.ready)
        target.assigned[request] = None
        if source is not None and source.port is not None:
            size = request.computed * source.config.kv_bytes_per_token
            end = source.port.send(float(size), self.now)
            self._send(request, Transit(target, source, ()), end)
        elif not (target.offload and self._load(request, target)):
            self._deliver(request, target)

    def _load(self, request: Request, target: RunningReplica) -> bool:
        """Let the tiers send what they have of a prompt; False when it is nothing."""
        keys, found = target.cached_keys(request)
        assert target.offload is not None
        loaded = keys[found : found + len(target.offload.stored(keys[found:]))]
        if loaded:
            end = target.offload.load(loaded, self.now)
            self._send(request, Transit(target, None, tuple(loaded)), end)
        return bool(loaded)

    def _send(self, request: Request, transit: Transit, end: float) -> None:
        self.transits[request] = transit
        number, payload = transit.target.number, (request, transit)
        self.events.push(end, Kind.TRANSFER_END, number=number, payload=payload)

    def transfer_end(self, event: Event) -> None:
        """Let a request in whose cache is there now."""
        request, transit = event.payload
        if self.transits.get(request) is not transit:
            return  # one end of it failed
        del self.transits[request]
        if transit.source:
            self._release(request, transit.source)
        else:
            transit.target.place(transit.target.cached_keys(request)[0], transit.loaded)
        self._deliver(request, transit.target)

    def _release(self, request: Request, source: RunningReplica) -> None:
        source.release(request)
        self.due[source.number] = source
        self.let_go(source)

    def _deliver(self, request: Request, target: RunningReplica) -> None:
        if target.deliver(request, self.now):
            self._plan_end(target)
        self.due[target.number] = target
        self.let_go(target)  # a full queue may have turned its last request away

    def cancel(self, event: Event) -> None:
        """Let a request go whose client hung up, wherever it is; one that is done stays so."""
        request: Request = event.payload
        if request.done:
            return
        transit = self.transits.pop(request, None)
        if transit or not self._at_a_replica(request):
            sources = [transit.source] if transit else self._leave_rooms(request)
            for source in filter(None, sources):
                self._release(request, source)
            hang_up(request, self.now)
        if transit:
            transit.target.assigned.pop(request)
            self.let_go(transit.target)

    def _at_a_replica(self, request: Request) -> bool:
        """Let the replica that has a request cancel it; False where none has."""
        replica = next((each for each in self.replicas if request in each.assigned), None)
        if replica is None:
            return False
        if replica.cancel(request, self.now):
            self._plan_end(replica)
        self.due[replica.number] = replica
        self.let_go(replica)
        return True

    def _leave_rooms(self, request: Request) -> list[RunningReplica | None]:
        """Take a request out of those that wait for a replica; return who keeps its cache."""
        gone = (pool.leave(lambda one, _: one is request) for pool in self.pools)
        return [source for each in gone for _, source in each]

    def failure(self, event: Event) -> list[Request]:
        """Let a replica fail, send elsewhere what it had or was sending; return whole answers."""
        failure: Failure = event.payload
        up = failure.replica < len(self.replicas)
        replica = self.replicas[failure.replica] if up else None
        if replica is None or replica.state not in ("starting", "ready", "draining"):
            return []
        whole = [request for request in replica.assigned if request.done]
        returned = replica.fail(self.now)
        self.due.pop(replica.number, None)
        pool = self._pool_of(replica)
        pool.router.forget(replica.number)
        pool.sort()
        if failure.recovery_seconds is not None:
            self._plan_ready(replica, self.now + failure.recovery_seconds)
        for request in returned:
            transit = self.transits.pop(request, None)
            if transit and transit.source:
                self._release(request, transit.source)
        for request in returned + self._lost(replica):
            self.retries[request] += 1
            self.dispatch(request)
        return whole

    def _lost(self, source: RunningReplica) -> list[Request]:
        """Return requests whose cache was still to be sent from a replica: to be read again."""
        lost = [r for r, transit in self.transits.items() if transit.source is source]
        for request in lost:
            self.transits.pop(request).target.assigned.pop(request)
        for pool in self.pools:
            lost += [request for request, _ in pool.leave(lambda _, whence: whence is source)]
        for request in lost:
            start_over(request)
        return lost

    def _pool_of(self, replica: RunningReplica) -> RunningPool:
        return next(pool for pool in self.pools + self.past if replica in pool.replicas)

    def add(self, pool: RunningPool) -> RunningReplica:
        """Return another replica of a pool, which is starting."""
        made = pool.add(len(self.replicas))
        made.since = self.now
        self.replicas.append(made)
        return made

    def _plan_ready(self, replica: RunningReplica, seconds: float) -> None:
        replica.state, payload = "starting", (replica, replica.epoch)
        self.events.push(seconds, Kind.READY, number=replica.number, payload=payload)

    def ready(self, event: Event) -> None:
        """Let a replica take part, and send it whoever waits."""
        replica, epoch = event.payload
        if replica.epoch != epoch or replica.state != "starting":
            return  # it failed, or was let go, before
        replica.state = "ready"
        if replica.since is None:  # back from a failure
            replica.since = self.now
        self.admit(self._pool_of(replica))

    def admit(self, pool: RunningPool) -> None:
        """See who is ready, and send them whoever waits."""
        pool.sort()
        room, pool.room = pool.room, []
        for request, source in room:
            self.dispatch(request, pool, source=source)

    def scale(self, pool: RunningPool) -> bool:
        """Let an autoscaler add replicas, or let the least loaded go once they are empty.

        Return whether it changed anything.
        """
        assert pool.scaling is not None
        there = pool.coming()
        inside = len(pool.room) + sum(each.load for each in there)  # those that go need no other
        change = pool.scaling.change(inside, len(there), now=self.now)
        for _ in range(change):
            made = self.add(pool)
            self._plan_ready(made, self.now + pool.scaling.rule.cold_start_seconds)
        self.drain(pool, there, -change)
        return change != 0

    def drain(self, pool: RunningPool, there: list[RunningReplica], count: int) -> None:
        """Let the least loaded of these replicas go once they are empty; below 1: none."""
        for replica in sorted(there, key=lambda each: (each.load, -each.number))[: max(0, count)]:
            replica.state = "draining"
            pool.router.forget(replica.number)
            self.let_go(replica)
        pool.sort()

    def let_go(self, replica: RunningReplica) -> None:
        """Stop a replica that was to go, once it has nothing to do."""
        if replica.state == "draining" and replica.empty:
            replica.stop("stopped", self.now)
