"""What must hold of every trace, policy and pool: drawn ones, stepped one by one."""

import dataclasses
from collections import Counter
from operator import attrgetter

import pytest
from cost.drawn import BEARTYPE
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.drawn import copies, fresh, one_step, requests, schedulers
from tokenworks.serving.driver import drive

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
MANY = settings(max_examples=80)
RANDOMS = st.randoms(use_true_random=False)
arrival = attrgetter("arrival_seconds")


def watched(scheduler, rows, look):
    """Drive the scheduler and show every turn to `look` before it runs."""

    def execute(turn):
        look(turn)
        return one_step(turn)

    return drive(scheduler, rows, execute)


@MANY
@given(schedulers(), requests())
def test_no_token_is_lost_or_made_twice(scheduler, rows):
    run = drive(scheduler, rows, one_step)
    for request in run.requests:
        assert request.status == "finished"
        assert request.generated == request.limit == len(request.token_seconds)
        assert request.token_seconds == sorted(set(request.token_seconds))
        assert request.arrival_seconds <= request.scheduled_seconds < request.token_seconds[0]
        assert request.token_seconds[-1] <= request.finished_seconds
    assert Counter(run.requests) == Counter(rows)


@MANY
@given(schedulers(), requests())
def test_every_position_is_computed_in_order_and_none_twice_without_a_preemption(scheduler, rows):
    cached = dict.fromkeys(rows, 0)

    def look(turn):
        for swap in turn.batch.swapped_out:
            cached[swap.request] = -cached[swap.request]  # on the host
        for swap in turn.batch.swapped_in:
            cached[swap.request] = -cached[swap.request]
        for work in turn.batch.work:
            if work.start == 0 and work.request.preemptions:
                cached[work.request] = 0
            assert work.start == cached[work.request] >= 0
            assert work.tokens >= 1
            assert work.emits == (work.start + work.tokens == work.request.known_tokens)
            cached[work.request] += work.tokens

    watched(scheduler, rows, look)


@MANY
@given(schedulers(), requests())
def test_no_block_leaks_and_none_has_two_owners(scheduler, rows):
    pool, host = scheduler.pool, scheduler.memory.host_pool

    def look(turn):
        held = [block for request in scheduler.running for block in request.blocks]
        assert len(held) == len(set(held)) == pool.blocks - pool.free_blocks
        for work in turn.batch.work:
            end = work.start + work.tokens
            assert len(work.request.blocks) >= pool.blocks_for(end)

    watched(scheduler, rows, look)
    assert pool.free_blocks == pool.blocks
    assert host is None or host.free_blocks == host.blocks
    assert not any(request.blocks or request.host_blocks for request in rows)


@MANY
@given(schedulers(joins=True), requests())
def test_no_slot_idles_while_work_that_fits_waits(scheduler, rows):
    policy = scheduler.policy

    def look(turn):
        assert len(turn.batch.work) <= policy.max_batch
        spent = turn.batch.useful_tokens
        assert policy.max_batch_tokens is None or spent <= policy.max_batch_tokens
        head = scheduler.queue.head()
        if head is None or len(scheduler.running) == policy.max_batch:
            return
        tokens = head.prompt_tokens + (head.max_tokens if policy.reserve else head.generated)
        lacking = scheduler.pool.blocks_for(tokens) > scheduler.pool.free_blocks
        assert lacking or spent == policy.max_batch_tokens

    watched(scheduler, rows, look)


@MANY
@given(schedulers(joins=True), requests())
def test_every_running_request_that_decodes_gets_its_token_in_every_step(scheduler, rows):
    def look(turn):
        worked = {work.request for work in turn.batch.work}
        assert all(r in worked for r in scheduler.running if r.missing_tokens == 1)

    watched(scheduler, rows, look)


@MANY
@given(schedulers(order="fcfs"), requests(simultaneous=True), RANDOMS)
def test_first_come_first_served_and_the_order_of_the_list_among_ties(scheduler, rows, random):
    random.shuffle(rows)
    run = drive(scheduler, rows, one_step)
    assert run.requests == sorted(rows, key=arrival)  # keeps the order of equals
    started = [request.scheduled_seconds for request in run.requests]
    assert started == sorted(started)


@MANY
@given(schedulers(order="fcfs", joins=True), requests())
def test_who_is_preempted_came_after_all_who_keep_running(scheduler, rows):
    before = dict.fromkeys(rows, 0)

    def look(turn):
        last = max((w.request.arrival_seconds for w in turn.batch.work), default=0)
        for request in rows:
            if request.preemptions > before[request]:
                assert request.status != "running"
                assert request.arrival_seconds >= last
            before[request] = request.preemptions

    watched(scheduler, rows, look)


@MANY
@given(schedulers(joins=False), requests())
def test_a_batch_of_whole_requests_is_closed_until_its_longest_ends(scheduler, rows):
    members = {}

    def look(turn):
        now_running = set(scheduler.running)
        if any(work.start == 0 for work in turn.batch.work):
            assert all(work.start == 0 for work in turn.batch.work)
            members["batch"] = now_running
        assert now_running == members["batch"]
        assert turn.batch.slots == len(now_running)

    run = watched(scheduler, rows, look)
    ends = {}
    for request in run.requests:
        ends.setdefault(request.scheduled_seconds, set()).add(request.finished_seconds)
    assert all(len(end) == 1 for end in ends.values())


@MANY
@given(schedulers(), requests(simultaneous=True), RANDOMS)
def test_same_input_same_trace_and_a_list_decides_among_ties_alone(scheduler, rows, random):
    mixed = copies(rows)
    random.shuffle(mixed)
    ties = {
        at: iter([row for row in copies(rows) if arrival(row) == at]) for at in map(arrival, rows)
    }
    mixed = [next(ties[arrival(row)]) for row in mixed]  # equals stand as they stood
    one, other = (drive(fresh(scheduler), each, one_step) for each in (rows, mixed))
    assert one.segments == other.segments
    assert [outcome(r) for r in one.requests] == [outcome(r) for r in other.requests]


@MANY
@given(schedulers(), requests(simultaneous=True), RANDOMS)
def test_permuting_ties_that_ask_the_same_permutes_who_is_served(scheduler, rows, random):
    alike = [dataclasses.replace(rows[0], id=row.id, arrival_seconds=arrival(row)) for row in rows]
    mixed = copies(alike)
    random.shuffle(mixed)
    one, other = (drive(fresh(scheduler), each, one_step) for each in (alike, mixed))
    assert one.segments == other.segments
    assert [outcome(r)[1:] for r in one.requests] == [outcome(r)[1:] for r in other.requests]
    assert [r.id for r in other.requests] == [r.id for r in sorted(mixed, key=arrival)]


def outcome(request):
    asked = (request.prompt_tokens, request.max_tokens, request.output_tokens, request.priority)
    return (request.id, arrival(request), *asked, request.preemptions, request.token_seconds)


@MANY
@given(schedulers(), requests(), st.data())
def test_cancelling_frees_everything_and_harms_nobody_else(scheduler, rows, data):
    left = set(rows)

    def execute(turn):
        for request in sorted(left, key=lambda r: r.id):
            if request.arrival_seconds <= turn.now and data.draw(st.integers(0, 7)) == 0:
                left.discard(request)
                was_finished = request.status == "finished"
                scheduler.cancel(request, turn.now)
                assert request.status == "finished"
                assert not request.blocks
                assert not request.host_blocks
                assert was_finished or request.stop_reason == "cancelled"
        return one_step(turn)

    drive(scheduler, rows, execute)
    assert scheduler.pool.free_blocks == scheduler.pool.blocks
    assert all(r.generated == r.limit for r in rows if r.stop_reason != "cancelled")
    assert all(r.status == "finished" for r in rows)
