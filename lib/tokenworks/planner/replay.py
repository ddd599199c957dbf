"""A way to deploy, run in the simulator: whether so many requests of a hundred keep their times.

Arrivals are Poisson. The first requests find an empty house and the last an emptying one, so that
both are left out: as many as come while the longest answer is written, and half as many again
first. Of many copies a part is run, with its share of the arrivals: what each part would see if
requests were dealt to the parts at random. A router over all of them does better.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import NamedTuple

from tokenworks.number import Number, whole
from tokenworks.percentiles import percentile, rank_interval, samples_to_exceed
from tokenworks.planner.candidate import Candidate
from tokenworks.planner.demand import Demand, time_text
from tokenworks.planner.saturation import config_of
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.metrics import all_tpot, pooled_itl, ttft_seconds
from tokenworks.units import show

SEEDS = 3  # replays of a plan, each with a seed of its own
SEEDS_IF_CLOSE = 8  # where first tokens come late: a queue that grows once stays for many requests
CLOSE = 0.7  # of the bound of first tokens, from where that is so
COUNTED = 400  # requests of each that are looked at
MOST_UNASKED = 2000  # of each that a high percentile is given without being told
SURE = 0.975  # that the largest of all requests is beyond the percentile
IN_FLIGHT = 64  # answers at work in the part that is run, about; at least one copy
MOST_COUNTED, WAITS = 1200, 5  # of them, to see so many times the time to first token
MOST_RUN = 4  # copies of one pool that are run at most


class Tail(NamedTuple):
    """A percentile of all counted requests, how sure it is, the mean, and the bound."""

    seconds: float
    standard_error: float  # from the percentiles of the seeds
    upper_seconds: float  # above the true percentile by 97.5 %, if requests were independent
    worst_seconds: float  # of the seeds
    mean_seconds: float
    bound_seconds: float

    @property
    def met(self) -> bool:
        """Whether the bound is kept by every seed, and by what chance may have hidden."""
        return max(self.upper_seconds, self.worst_seconds) <= self.bound_seconds


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What the simulator says of a way to deploy."""

    seeds: tuple[int, ...]
    requests: int  # counted, of all seeds together
    run_replicas: int  # copies that were run, of `replicas`
    replicas: int
    ttft: Tail
    tpot: Tail  # of the mean gaps of answers
    attainment: float  # the share of requests that keep both bounds
    gap_attainment: float  # the share of single gaps within TPOT's bound, which is for their mean
    preemptions: int

    @property
    def close(self) -> bool:
        """Whether first tokens come so late that other seeds may break the bound."""
        return self.ttft.worst_seconds > CLOSE * self.ttft.bound_seconds

    @property
    def met(self) -> bool:
        """Whether both percentiles keep their bounds."""
        return self.ttft.met and self.tpot.met

    @property
    def gaps_text(self) -> str:
        """How many single gaps keep TPOT's bound."""
        share = show(self.gap_attainment, "%", decimals=1)
        bound = time_text(self.tpot.bound_seconds)
        return f"{share} within {bound}; TPOT is the mean gap of an answer"


class Seen(NamedTuple):
    """What one run shows of its counted requests."""

    ttft: list[float]
    tpot: list[float]
    kept: int  # requests that keep both bounds
    gaps: int  # single ones, between two tokens
    short_gaps: int  # of them, those within the bound of TPOT
    preemptions: int

    def within(self, demand: Demand) -> bool:
        """Return whether both percentiles keep their bounds in this run."""
        bounds = ((self.ttft, demand.ttft_seconds), (self.tpot, demand.tpot_seconds))
        return all(not t or percentile(t, demand.percentile) <= bound for t, bound in bounds)


def enough_counted(counted: int, demand: Demand) -> int:
    """Return the requests of each seed, more where the percentile would lie beyond them.

    Fewer than 100, and fewer than a percentile needs beyond 2,000, raise ValueError.
    Source: derived: `samples_to_exceed`, shared by the seeds.
    """
    counted = whole(counted, "counted (--requests)", least=100)
    needed = -(-samples_to_exceed(demand.percentile, confidence=SURE) // SEEDS)
    if needed > max(counted, MOST_UNASKED):
        raise ValueError(
            f"{demand.name} needs {needed:,} requests of each seed, so that some are beyond it: "
            f"ask for them (--requests {needed}, counted=), or for a lower percentile"
        )
    return max(counted, needed)


def seen(candidate: Candidate, seed: int, *, counted: int = COUNTED, slower: float = 1.0) -> Seen:
    """Run a candidate once, `counted` requests at least; `slower` makes every step longer.

    More are counted where they come so fast that a queue would not show in the time.
    """
    demand, groups = candidate.demand, groups_run(candidate)
    rate = demand.requests_per_s * groups / candidate.groups
    counted = max(counted, min(MOST_COUNTED, math.ceil(WAITS * demand.ttft_seconds * rate)))
    flight = groups * candidate.running * (candidate.ratio.decode if candidate.ratio else 1)
    flight *= demand.spread  # so many come while the longest answer is written
    before, after = math.ceil(1.5 * flight) + 20, math.ceil(flight)
    arrivals = poisson(rate, before + counted + after, lengths=demand.lengths, seed=seed)
    run = simulate_cluster(arrivals, _cluster(candidate, groups, slower))
    looked_at = list(run.requests[before : before + counted])
    first = candidate.replica.first_seconds
    slo = replace(demand.slo, ttft_seconds=max(1e-9, demand.ttft_seconds - first))
    gaps = pooled_itl(looked_at)
    return Seen(
        ttft=[first + ttft_seconds(request) for request in looked_at],
        tpot=all_tpot(looked_at),
        kept=sum(map(slo.met, looked_at)),
        gaps=len(gaps),
        short_gaps=sum(gap <= demand.tpot_seconds for gap in gaps),
        preemptions=sum(request.preemptions for request in looked_at),
    )


def replay_of(candidate: Candidate, runs: Mapping[int, Seen]) -> Replay:
    """Return what runs of a candidate say together, by their seeds; none raise ValueError."""
    if not runs:
        raise ValueError("a replay needs at least one seed")
    demand, each = candidate.demand, list(runs.values())
    requests, gaps = sum(len(run.ttft) for run in each), sum(run.gaps for run in each)
    return Replay(
        seeds=tuple(runs),
        requests=requests,
        run_replicas=groups_run(candidate) * (sum(candidate.ratio) if candidate.ratio else 1),
        replicas=candidate.replicas,
        ttft=_tail([run.ttft for run in each], demand.ttft_seconds, demand),
        tpot=_tail([run.tpot for run in each], demand.tpot_seconds, demand),
        attainment=sum(run.kept for run in each) / requests,
        gap_attainment=sum(run.short_gaps for run in each) / gaps if gaps else 1.0,
        preemptions=sum(run.preemptions for run in each),
    )


def _tail(runs: list[list[float]], bound: Number, demand: Demand) -> Tail:
    """Return a percentile of all runs together; of answers without a second token nothing is."""
    together = sorted(time for run in runs for time in run)
    if not together:
        return Tail(0.0, 0.0, 0.0, 0.0, 0.0, float(bound))
    each = [percentile(run, demand.percentile) for run in runs]
    between = rank_interval(len(together), demand.percentile)
    upper = together[between[1] - 1] if between else together[-1]
    return Tail(
        seconds=percentile(together, demand.percentile),
        standard_error=stdev(each) / math.sqrt(len(each)) if len(each) > 1 else 0.0,
        upper_seconds=upper,
        worst_seconds=max(each),
        mean_seconds=fmean(together),
        bound_seconds=float(bound),
    )


def groups_run(candidate: Candidate) -> int:
    """Return how many copies, or groups of two pools, are run.

    All are dealt into as few parts as keep each small, of sizes that differ by one at most; the
    smallest is run.
    """
    if candidate.ratio:
        return 1
    most = max(1, min(MOST_RUN, candidate.groups, int(IN_FLIGHT // candidate.running)))
    return candidate.groups // -(-candidate.groups // most)


def _cluster(candidate: Candidate, groups: int, slower: float) -> ReplicaPool | Disaggregated:
    config = config_of(candidate.sizing, candidate.batch, slower=slower)
    if candidate.ratio is None:
        return ReplicaPool(config=config, replicas=groups)
    return Disaggregated(
        prefill=ReplicaPool(config=config, replicas=groups * candidate.ratio.prefill),
        decode=ReplicaPool(config=config, replicas=groups * candidate.ratio.decode),
        wire=candidate.replica.wire,
    )
