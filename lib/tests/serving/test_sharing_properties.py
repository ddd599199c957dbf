"""What must hold when blocks are shared: drawn traces whose texts begin alike, and forks."""

from collections import Counter

import pytest
from cost.drawn import BEARTYPE
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.alike import Contents, again, alike
from serving.drawn import fresh, one_step, sharers, step_seconds
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import drive
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
MANY = settings(max_examples=60)


def watched(scheduler, rows, look):
    """Drive the scheduler, show every batch to `look` before it runs; return who computed what."""
    computed = Counter()

    def execute(turn):
        look(turn)
        for work in turn.batch.work:
            computed[work.request] += work.tokens
        return one_step(turn)

    drive(scheduler, rows, execute)
    return computed


def check_books(scheduler):
    """Hold the pool's counts against the block tables of those who run."""
    pool = scheduler.pool
    tables = Counter(block for request in scheduler.running for block in request.blocks)
    assert [pool.refs(block) for block in range(pool.blocks)] == [
        tables[block] for block in range(pool.blocks)
    ]
    assert pool.free_blocks == pool.blocks - len(tables)
    assert all(len(set(r.blocks)) == len(r.blocks) for r in scheduler.running)


@MANY
@given(sharers(), alike())
def test_everyone_reads_its_own_text_and_nobody_writes_where_another_reads(scheduler, rows):
    contents, size = Contents(scheduler), scheduler.pool.block_size

    def look(turn):
        check_books(scheduler)
        for request, start, tokens, _, _ in turn.batch.work:
            written = request.blocks[start // size : (start + tokens - 1) // size + 1]
            assert all(scheduler.pool.writable(block) for block in written)
        contents.run(turn.batch)
        contents.forget_the_empty()

    watched(scheduler, rows, look)
    pool, host = scheduler.pool, scheduler.memory.host_pool
    assert pool.free_blocks == pool.blocks
    assert host is None or host.free_blocks == host.blocks
    assert not any(row.blocks or row.host_blocks for row in rows)


@MANY
@given(sharers(), alike())
def test_every_answer_is_the_one_of_a_cold_cache_and_nothing_is_computed_that_was_found(
    scheduler, rows
):
    emitted = {}

    def watch(sharer, requests):
        places = emitted.setdefault(sharer, Counter())

        def look(turn):
            places.update((w.request.id, w.start + w.tokens) for w in turn.batch.work if w.emits)

        return watched(sharer, requests, look)

    roomy = Scheduler(scheduler.policy, BlockPool(400, 4))
    cold = Scheduler(Policy(max_batch=scheduler.policy.max_batch), BlockPool(400, 4))
    alone = [Request(**{name: getattr(r, name) for name in ASKED}) for r in rows]
    computed = watch(roomy, rows)
    assert sum(watch(cold, alone).values()) == sum(r.known_tokens - 1 for r in rows)
    assert emitted[roomy] == emitted[cold]
    assert all(computed[r] == r.known_tokens - 1 - r.cached_tokens for r in rows)
    assert roomy.sharing.hits == sum(r.cached_tokens for r in rows)
    asking = [r for r in rows if scheduler.policy.share_prefixes or r.fork_of]
    assert roomy.sharing.queries == sum(r.prompt_tokens for r in asking)


ASKED = ["id", "prompt_tokens", "max_tokens", "output_tokens", "arrival_seconds", "priority"]


@MANY
@given(sharers(), alike(kind=Request))
def test_running_on_is_stepping(scheduler, rows):
    one, other = (
        simulate(fresh(scheduler), again(rows), step_seconds, fast=fast) for fast in (True, False)
    )
    assert [fate(r) for r in one.requests] == [fate(r) for r in other.requests]


def fate(request):
    """Return all that happened to a request, but not which blocks it had."""
    names = "id status stop_reason generated preemptions cached_tokens scheduled_seconds"
    return [getattr(request, name) for name in names.split()] + request.token_seconds


@MANY
@given(sharers(), alike(), st.data())
def test_cancelling_harms_neither_forks_nor_those_who_share(scheduler, rows, data):
    contents, left = Contents(scheduler), set(rows)

    def execute(turn):
        contents.run(turn.batch)
        for request in sorted(left, key=lambda r: r.id):
            if request.arrival_seconds <= turn.now and data.draw(st.integers(0, 7)) == 0:
                left.discard(request)
                scheduler.cancel(request, turn.now)
                assert not request.blocks
                assert not request.host_blocks
        check_books(scheduler)
        return one_step(turn)

    drive(scheduler, rows, execute)
    assert scheduler.pool.free_blocks == scheduler.pool.blocks
    assert scheduler.waiting == 0
    assert all(r.generated == r.limit for r in rows if r.stop_reason != "cancelled")
