"""A cluster over time: arrivals, steps, transfers, failures and scaling, one event at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from operator import attrgetter

from tokenworks.number import Number, bounded
from tokenworks.serving.cluster.cluster_run import ClusterRun
from tokenworks.serving.cluster.events import Event, EventHeap, Kind
from tokenworks.serving.cluster.failures import Failure
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool, RunningPool
from tokenworks.serving.cluster.replica import RunningReplica
from tokenworks.serving.cluster.request_state import hand_over
from tokenworks.serving.cluster.running_cluster import RunningCluster
from tokenworks.serving.driver import FollowUp
from tokenworks.serving.request import Request


def simulate_cluster(
    arrivals: Iterable[Request],
    cluster: ReplicaPool | Disaggregated,
    *,
    failures: Sequence[Failure] = (),
    hang_ups: Mapping[Request, Number] | None = None,
    follow_up: FollowUp | None = None,
) -> ClusterRun:
    """Run requests through a cluster; one replica alone is `simulate`, to the last bit.

    Arrivals, `follow_up` and what is filled in are those of `simulate`. Same arguments, same run.
    `hang_ups` are the seconds at which clients give up, by request: it leaves at once, or with the
    end of the step that runs. They are of `arrivals`: what a follow-up brings cannot be named
    before. A fork, a failure of a replica that cannot be, a hang-up before the arrival and what a
    scheduler refuses raise ValueError.
    """
    ordered = sorted(arrivals, key=attrgetter("arrival_seconds"))
    running = RunningSimulation(ordered, cluster, follow_up)
    running.plan_failures(failures)
    running.plan_hang_ups(hang_ups or {}, ordered)
    return running.run()


class RunningSimulation:
    """A cluster at work; it can be stopped at any moment and go on, with the same end."""

    def __init__(
        self,
        arrivals: list[Request],
        cluster: ReplicaPool | Disaggregated,
        follow_up: FollowUp | None,
    ) -> None:
        self.follow_up, self.requests = follow_up, list[Request]()
        self.start = arrivals[0].arrival_seconds if arrivals else 0.0
        self.events, self.numbers, self.expected = EventHeap(), count(), len(arrivals)
        self.cluster = RunningCluster(cluster, self.events, self.start)
        self.coming = iter(list(zip(arrivals, self.numbers, strict=False)))
        self.next_arrival()
        self.handlers = {
            Kind.STEP_END: self.step_end,
            Kind.FAILURE: self.failure,
            Kind.READY: self.cluster.ready,
            Kind.TRANSFER_END: self.cluster.transfer_end,
            Kind.ARRIVAL: self.arrival,
            Kind.CANCEL: self.cluster.cancel,
            Kind.SCALE: self.scale,
            Kind.WAKE: self.cluster.wake,
        }
        self.looking = 0  # looks of autoscalers among the events
        for pool in self.cluster.pools:
            self.next_look(pool)

    @property
    def going_on(self) -> bool:
        """Whether somebody is inside or will come."""
        return len(self.requests) < self.expected or self.cluster.inside > 0

    def plan_failures(self, failures: Sequence[Failure]) -> None:
        """Put in the failures; of a replica that cannot be they raise ValueError."""
        last = len(self.cluster.replicas) - 1
        grows = any(pool.scaling for pool in self.cluster.pools)
        for failure in failures:
            if failure.replica > last and not grows:
                raise ValueError(f"{failure} names none of the replicas, which are 0 to {last}")
            at, number = failure.seconds, failure.replica
            self.events.push(at, Kind.FAILURE, number=number, payload=failure)

    def plan_hang_ups(self, hang_ups: Mapping[Request, Number], arrivals: list[Request]) -> None:
        """Put in when clients give up; one that nobody sent, or is to come, raises ValueError."""
        numbers = {request: number for number, request in enumerate(arrivals)}
        for request, seconds in hang_ups.items():
            if request not in numbers:
                raise ValueError(f"{request.id!r} hangs up and is none of the arrivals")
            at = float(bounded(seconds, f"the hang-up of {request.id!r}"))
            if at < request.arrival_seconds:
                arrives = request.arrival_seconds
                raise ValueError(f"{request.id!r} hangs up at {at:g} s and arrives at {arrives:g}")
            self.events.push(at, Kind.CANCEL, number=numbers[request], payload=request)

    def run(self) -> ClusterRun:
        """Handle events until none is left; replicas begin steps when a moment is over."""
        self.run_until(math.inf)
        while self.close():
            self.run_until(math.inf)
        # where caches can be sent to nobody, who waits for their blocks is unserved, too
        stuck = any(source for pool in self.cluster.pools for _, source in pool.room)
        for replica in self.cluster.replicas if not stuck else ():
            if waiting := replica.scheduler.waiting:
                raise RuntimeError(
                    f"{waiting} wait at replica {replica.number} for blocks that others keep"
                )
        return self.told()

    def run_until(self, seconds: float) -> None:
        """Handle all events before a moment; what happens in it is still to come."""
        events, cluster = self.events, self.cluster
        while True:
            while (at := events.next_seconds) is not None and at <= cluster.now:
                event = events.pop()
                self.handlers[event.kind](event)
            if cluster.due:
                cluster.start()
            elif at is None or at >= seconds:
                return
            else:
                cluster.now = at

    def close(self) -> bool:
        """Let batches start that wait for nobody; return whether there were any."""
        waiting = [r for r in self.cluster.replicas if r.waits and not r.scheduler.closed]
        for replica in waiting:
            replica.scheduler.close()
            self.cluster.due[replica.number] = replica
        return bool(waiting)

    def told(self) -> ClusterRun:
        """Return what happened, all accounts closed."""
        replicas = self.cluster.replicas
        ends = [r.log.segments[-1].end_seconds for r in replicas if r.log.segments]
        end = max(ends, default=self.start)
        for replica in replicas:
            replica.stop(replica.state, max(end, replica.since or 0.0))
            replica.tally()
        pools = self.cluster.past + self.cluster.pools
        return ClusterRun(self.requests, pools, self.cluster.retries, self.start, end)

    def next_arrival(self) -> None:
        """Put in the next of the arrivals that are known from the start."""
        for request, number in self.coming:
            at = request.arrival_seconds
            self.events.push(at, Kind.ARRIVAL, number=number, payload=request)
            break

    def arrival(self, event: Event) -> None:
        """Let a request come."""
        request = event.payload
        if request.fork_of is not None:
            raise ValueError(f"request {request.id!r} is a fork, which must stay with its parent")
        self.requests.append(request)
        self.next_arrival()
        self.cluster.dispatch(request)

    def step_end(self, event: Event) -> None:
        """Let answers leave, caches be written to the tiers, and prefilled requests go on."""
        replica, turn = event.payload
        if replica.turn != turn:
            return  # planned anew since, or failed
        done, going = replica.finish()
        self.cluster.due[replica.number] = replica
        for request in done + going:
            self.write(request, replica)
        for request in going:
            hand_over(request)
            self.cluster.dispatch(request, self.cluster.pools[-1], source=replica)
        self.cluster.let_go(replica)
        self.answered(done)

    def answered(self, done: Sequence[Request]) -> None:
        """Let clients who have their answers send what follows."""
        for request in done:
            for another in self.follow_up(request) if self.follow_up else ():
                self.expected += 1
                number, at = next(self.numbers), another.arrival_seconds
                self.events.push(at, Kind.ARRIVAL, number=number, payload=another)

    def write(self, request: Request, replica: RunningReplica) -> None:
        """Write the full blocks of a request that leaves a replica to its tiers."""
        if replica.offload:
            blocks = request.computed // replica.block_size
            replica.offload.put(request.block_keys(replica.block_size, blocks))

    def failure(self, event: Event) -> None:
        """Let a replica fail, unless all is over."""
        if self.going_on:
            self.answered(self.cluster.failure(event))

    def scale(self, event: Event) -> None:
        """Let an autoscaler look, as long as there is anything to look at."""
        (pool, scaling), cluster = event.payload, self.cluster
        self.looking -= 1
        if not self.going_on or pool not in cluster.pools or pool.scaling is not scaling:
            return
        changed = cluster.scale(pool)
        # where nothing but looks is to come and nothing has changed, nobody can help who is inside
        if changed or cluster.due or len(self.events) > self.looking:
            self.next_look(pool)

    def next_look(self, pool: RunningPool) -> None:
        """Put in when a pool's autoscaler looks next."""
        if pool.scaling:
            at = self.cluster.now + pool.scaling.rule.interval_seconds
            number = self.cluster.pools.index(pool)
            self.events.push(at, Kind.SCALE, number=number, payload=(pool, pool.scaling))
            self.looking += 1
