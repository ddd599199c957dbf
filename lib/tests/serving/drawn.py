"""Traces, policies and clocks that Hypothesis draws, for the tests of this folder."""

from hypothesis import strategies as st

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler

BLOCK_SIZE = 4
MOST_TOKENS = 40  # of one request, prompt and answer


@st.composite
def requests(draw, *, most=9, simultaneous=False):
    """Draw requests in order of arrival; some stop by themselves, some at their limit."""
    rows = []
    for i in range(draw(st.integers(1, most))):
        prompt = draw(st.integers(1, MOST_TOKENS // 2))
        rows.append(
            Request(
                id=f"r{i}",
                prompt_tokens=prompt,
                max_tokens=draw(st.integers(1, MOST_TOKENS - prompt)),
                output_tokens=draw(st.none() | st.integers(1, MOST_TOKENS)),
                arrival_seconds=draw(st.integers(0, 2 if simultaneous else 30)) / 2,
                priority=draw(st.integers(0, 2)),
            )
        )
    return rows


@st.composite
def policies(draw, *, joins=None, order=None):
    """Draw a policy; `joins` fixes whether requests join a running batch."""
    max_batch = draw(st.integers(1, 5))
    if joins is None:
        joins = draw(st.booleans())
    common = {"max_batch": max_batch, "order": order or draw(st.sampled_from(["fcfs", "priority"]))}
    if joins:
        return Policy(
            **common,
            max_batch_tokens=draw(st.none() | st.integers(max_batch, 3 * max_batch + 20)),
            preemption=draw(st.sampled_from(["recompute", "swap"])),
            reserve=draw(st.booleans()),
        )
    if draw(st.booleans()):
        return Policy(**common, batching="static")
    return Policy(**common, batching="dynamic", window_seconds=draw(st.integers(0, 8)) / 4)


@st.composite
def schedulers(draw, **fixed):
    """Draw a scheduler whose pool holds at least the longest request, often not much more."""
    pool = BlockPool(draw(st.integers(MOST_TOKENS // BLOCK_SIZE, 40)), BLOCK_SIZE)
    host = draw(st.none() | st.builds(BlockPool, st.integers(1, 20), st.just(BLOCK_SIZE)))
    return Scheduler(draw(policies(**fixed)), pool, host)


def copies(rows):
    """Return requests that ask the same and have done nothing yet."""
    names = ("id", "prompt_tokens", "max_tokens", "output_tokens", "arrival_seconds", "priority")
    return [Request(**{name: getattr(row, name) for name in names}) for row in rows]


def step_seconds(load):
    """Return a time that differs for different loads, exact in binary."""
    return (1 + load.new_tokens / 16 + load.context_tokens / 1024) / 8


def one_step(turn):
    """Run a turn's batch once, by the clock above."""
    return [turn.now + step_seconds(turn.batch.load)], {}
