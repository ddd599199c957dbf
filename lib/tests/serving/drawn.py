"""Traces, policies and schedulers that the tests of this folder draw, and a clock for them.

Hypothesis draws a seed and `random` the rest: its own draws differ little from one example to the
next, and what is to be met here (chunks, full pools, preemptions) needs many that differ.
"""

from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.outcome import ONE_EACH
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler

BLOCK_SIZE = 4
MOST_TOKENS = 40  # of one request, prompt and answer
ORDERS = ("fcfs", "priority", "fair")
SEEDS = st.integers(0, 2**32)


def requests(*, most=12, simultaneous=False):
    """Draw requests that overlap; some stop by themselves, some at their limit."""
    return SEEDS.map(lambda seed: _requests(Random(seed), most, simultaneous))


def _requests(random, most, simultaneous):
    rows = []
    for i in range(random.randint(1, most)):
        prompt = random.randint(1, 16)
        rows.append(
            Request(
                id=f"r{i}",
                prompt_tokens=prompt,
                max_tokens=random.randint(1, MOST_TOKENS - prompt),
                output_tokens=random.choice([None, random.randint(1, MOST_TOKENS)]),
                arrival_seconds=random.randint(0, 2 if simultaneous else 24) / 8,
                priority=random.randint(0, 2),
                client=random.choice("abc"),
            )
        )
    return rows


def schedulers(*, joins=None, order=None):
    """Draw a scheduler; its pool holds the longest request, often not much more."""
    return SEEDS.map(lambda seed: _scheduler(Random(seed), joins, order))


def sharers():
    """Draw such a scheduler whose requests share prefixes, or at least forks their prompt."""
    made = schedulers(joins=True)
    return st.builds(lambda one, shares: fresh(one, share_prefixes=shares), made, st.booleans())


def fresh(scheduler, **changes):
    """Return a scheduler like this one that has seen nobody."""
    pool, host = scheduler.pool, scheduler.memory.host_pool
    return Scheduler(
        replace(scheduler.policy, **changes),
        BlockPool(pool.blocks, pool.block_size),
        host and BlockPool(host.blocks, host.block_size),
    )


def _scheduler(random, joins, order):
    least = MOST_TOKENS // BLOCK_SIZE
    pool = BlockPool(random.choice([least, least + 2, least + 5, 60]), BLOCK_SIZE)
    host = random.choice([None, BlockPool(random.randint(1, 20), BLOCK_SIZE)])
    joins = random.random() < 2 / 3 if joins is None else joins
    return Scheduler(_policy(random, joins, order), pool, host)


def _policy(random, joins, order):
    common = {"max_batch": random.randint(1, 6), "order": order or random.choice(ORDERS)}
    if joins:
        least = common["max_batch"]
        return Policy(
            **common,
            max_batch_tokens=random.choice([None, least, random.randint(least, least + 16)]),
            preemption=random.choice(["recompute", "swap"]),
            reserve=random.random() < 1 / 5,
        )
    if random.random() < 1 / 2:
        return Policy(**common, batching="static")
    return Policy(**common, batching="dynamic", window_seconds=random.randint(0, 8) / 4)


def copies(rows):
    """Return requests that ask the same and have done nothing yet."""
    names = ("id", "prompt_tokens", "max_tokens", "output_tokens", "arrival_seconds")
    names += ("priority", "client")
    return [Request(**{name: getattr(row, name) for name in names}) for row in rows]


def step_seconds(load):
    """Return a time that differs for different loads, exact in binary."""
    return (1 + load.new_tokens / 16 + load.context_tokens / 1024) / 8


def one_step(turn):
    """Run a turn's batch once, by the clock above."""
    return [turn.now + step_seconds(turn.batch.load)], ONE_EACH
