"""Clusters and loads that the tests of this folder draw, and a clock whose times are exact."""

from random import Random

from serving.drawn import SEEDS, step_seconds
from tokenworks.serving.cluster.autoscaler import Autoscaler
from tokenworks.serving.cluster.failures import Failure
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.ports import wire
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.cluster.routers import ROUTERS
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.cluster.tiers import Tier
from tokenworks.serving.drafted_clock import Drafts
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request

BLOCK_SIZE = 4
MOST = 40  # tokens of a request, prompt and answer


def config(
    *,
    blocks=60,
    step=step_seconds,
    kv_bytes_per_token=1,
    host_blocks=0,
    swap=0,
    drafts=False,
    **policy,
):
    """Return a replica whose blocks hold four tokens of a byte each."""
    return ReplicaConfig(
        step_seconds=step,
        policy=Policy(**({"max_batch": 4, "share_prefixes": True} | policy)),
        blocks=blocks,
        block_size=BLOCK_SIZE,
        kv_bytes_per_token=kv_bytes_per_token,
        host_blocks=host_blocks,
        swap_seconds_per_block=swap,
        drafts=Drafts(tokens=2, chance=0.5, seconds=lambda _n, _c: 0.25) if drafts else None,
    )


def ask(prompt=8, most=2, at=0.0, **more):
    """Return a request: a prompt of these tokens, or of so many tokens 0, 1, 2 ..."""
    ids = list(range(prompt)) if isinstance(prompt, int) else list(prompt)
    known = {"prompt_tokens": len(ids), "prompt_ids": ids, "max_tokens": most}
    return Request(arrival_seconds=at, **known, **more)


def loads():
    """Draw requests whose prompts often begin alike, from a few clients."""
    return SEEDS.map(lambda seed: load(seed))


def load(seed):
    random, rows = Random(f"load {seed}"), []
    stems = [[random.randint(0, 2) for _ in range(16)] for _ in range(2)]
    for i in range(random.randint(1, 20)):
        stem = random.choice(stems)[: random.randint(0, 16)]
        prompt = [*stem, *(random.randint(0, 2) for _ in range(random.randint(1, 8)))]
        more = {"id": f"r{i}", "client": random.choice("abc"), "priority": random.randint(0, 2)}
        stops = random.choice([None, random.randint(1, MOST)])
        most = random.randint(1, MOST - len(prompt))
        at = random.randint(0, 24) / 8
        rows.append(ask(prompt, most, at=at, output_tokens=stops, **more))
    return rows


def clusters():
    """Draw clusters of every kind."""
    return SEEDS.map(lambda seed: cluster(seed))


def cluster(seed):
    random = Random(f"cluster {seed}")
    if random.random() < 1 / 2:
        return _pool(random, tiers=True)
    prefill, decode = _pool(random, tiers=True), _pool(random, tiers=False)
    speed, latency = random.choice([4, 64, 1024]), random.randint(0, 2) / 8
    return Disaggregated(prefill=prefill, decode=decode, wire=wire(speed, latency_seconds=latency))


def _pool(random, *, tiers):
    some = random.random() < 1 / 2
    policy = {"max_batch": random.randint(1, 6), "order": random.choice(["fcfs", "priority"])}
    policy["max_batch_tokens"] = random.choice([None, 6, 16])
    policy["preemption"] = random.choice(["recompute", "swap"])
    policy["max_waiting"] = random.choice([None, None, None, 2])
    blocks = random.choice([10, 12, 15, 60])
    made = config(blocks=blocks, host_blocks=random.choice([0, 8]), swap=1 / 8, **policy)
    return ReplicaPool(
        config=made,
        replicas=random.randint(1, 4),
        router=random.choice(list(ROUTERS)),
        saturation=random.choice([None, 1, 3]),
        tiers=_tiers(random) if tiers and some else (),
        autoscaler=_autoscaler(random) if random.random() < 1 / 2 else None,
    )


def _tiers(random):
    fast = Tier(name="DRAM", capacity_bytes=random.choice([3, 16, 64]), line=wire(64))
    slow = wire(8, latency_seconds=1 / 8)
    return fast, Tier(name="remote", capacity_bytes=40, line=slow, shared=random.random() < 1 / 2)


def _autoscaler(random):
    return Autoscaler(
        target=random.randint(1, 4),
        most=random.randint(1, 6),
        cold_start_seconds=random.randint(0, 16) / 8,
        interval_seconds=random.randint(1, 8) / 8,
        settle_seconds=random.randint(0, 8) / 8,
    )


def planned(pools):
    """Return how many replicas a cluster has at first."""
    parts = [pools] if isinstance(pools, ReplicaPool) else [pools.prefill, pools.decode]
    return sum(part.replicas for part in parts)


def failures(seed, replicas):
    """Return a few failures, some of one moment, some for good."""
    random = Random(f"failures {seed}")
    return [
        Failure(
            replica=random.randrange(replicas),
            seconds=random.randint(0, 40) / 8,
            recovery_seconds=random.choice([None, 0, 1]),
        )
        for _ in range(random.randint(0, 4))
    ]


def hang_ups(seed, rows):
    """Return when some of the clients give up, a few the moment they come."""
    random = Random(f"hang-ups {seed}")
    return {
        row: row.arrival_seconds + random.choice([0, random.randint(1, 40) / 8])
        for row in rows
        if random.random() < 1 / 4
    }


def trace(seed):
    """Return the run of one cluster, load, failures and hang-ups, and the requests it was given."""
    pools, rows = cluster(seed), load(seed)
    failing, leaving = failures(seed, planned(pools)), hang_ups(seed, rows)
    return simulate_cluster(rows, pools, failures=failing, hang_ups=leaving), rows


def again(rows):
    """Return requests that ask the same and have done nothing yet."""
    names = "id prompt_tokens prompt_ids max_tokens output_tokens arrival_seconds priority client"
    return [Request(**{name: getattr(row, name) for name in names.split()}) for row in rows]


def fate(request):
    """Return all that happened to a request, but not which blocks it had."""
    names = "id status stop_reason generated preemptions cached_tokens scheduled_seconds"
    found = [getattr(request, name) for name in (*names.split(), "finished_seconds")]
    return found + request.token_seconds
