"""The scheduler on traces small enough to follow by hand."""

import pytest

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import QueueFull, Scheduler


def ask(prompt=3, most=2, arrival=0.0, **more):
    return Request(prompt_tokens=prompt, max_tokens=most, arrival_seconds=arrival, **more)


def scheduler(*requests, blocks=64, size=4, host=None, **policy):
    made = Scheduler(Policy(**{"max_batch": 2, **policy}), BlockPool(blocks, size), host)
    for request in requests:
        made.add(request)
    return made


def step(made, now=0.0):
    """Run one step and return what it computed: (start, tokens, emits) by request."""
    batch = made.schedule(now)
    ran = [(work.start, work.tokens, work.emits) for work in batch.work]
    return ran, made.postprocess(batch, [now + 1])


def test_the_prompt_yields_the_first_token():
    request = ask(prompt=3, most=1)
    ran, left = step(scheduler(request), now=5.0)
    assert ran == [(0, 3, True)]
    assert left == [request]
    assert (request.scheduled_seconds, request.token_seconds) == (5.0, [6.0])
    assert (request.stop_reason, request.finished_seconds) == ("length", 6.0)


def test_a_freed_slot_is_taken_in_the_very_next_step():
    short, long, third = ask(most=1), ask(most=3), ask(most=1)
    made = scheduler(short, long, third)
    assert step(made)[1] == [short]
    assert step(made)[0] == [(3, 1, True), (0, 3, True)]
    assert step(made)[1] == [long]
    assert made.schedule(9.0) is None


def test_a_static_batch_waits_until_it_is_full_and_ends_with_its_longest():
    short, long, third = ask(most=1), ask(most=2), ask()
    made = scheduler(short, batching="static")
    assert made.schedule(100.0) is None
    made.add(long)
    made.add(third)
    assert step(made) == ([(0, 3, True), (0, 3, True)], [])
    assert short.done
    assert short.status == "running"
    assert step(made, now=1.0) == ([(3, 1, True)], [short, long])
    assert short.token_seconds == [1.0]
    assert short.finished_seconds == 2.0
    assert made.schedule(3.0) is None  # the third waits for a partner
    made.close()
    assert step(made)[0] == [(0, 3, True)]


def test_a_dynamic_window_opens_with_the_first_request_and_closes_on_time():
    made = scheduler(ask(arrival=7.0), batching="dynamic", window_seconds=0.5)
    assert made.wake_seconds() == 7.5
    assert made.schedule(7.4) is None
    assert made.schedule(7.5) is not None
    assert made.wake_seconds() is None  # a batch runs


def test_a_full_dynamic_batch_does_not_wait_for_its_window():
    made = scheduler(ask(), ask(), batching="dynamic", window_seconds=9.0)
    assert made.schedule(0.0) is not None


def test_a_token_budget_cuts_the_prompt_and_leaves_the_decodes_alone():
    made = scheduler(ask(prompt=1, most=9), ask(prompt=7, most=9), max_batch_tokens=4)
    assert step(made)[0] == [(0, 1, True), (0, 3, False)]
    assert step(made)[0] == [(1, 1, True), (3, 3, False)]
    assert step(made)[0] == [(2, 1, True), (6, 1, True)]


def test_without_a_budget_a_prompt_is_read_whole_beside_the_decodes():
    made = scheduler(ask(prompt=1, most=9), ask(prompt=700, most=9), blocks=400)
    assert step(made)[0] == [(0, 1, True), (0, 700, True)]


def test_the_last_in_line_makes_room_and_reads_its_text_again():
    first, second = ask(prompt=4, most=4), ask(prompt=4, most=4)
    made = scheduler(first, second, blocks=2)
    assert step(made)[0] == [(0, 4, True), (0, 4, True)]
    assert step(made)[0] == [(4, 1, True)]
    assert (second.status, second.preemptions, second.generated) == ("waiting", 1, 1)
    while second.status == "waiting":
        ran, _ = step(made)
    assert ran == [(0, 5, True)]
    assert second.generated == 2


def test_a_swapped_request_goes_on_where_it_was():
    first, second = ask(prompt=4, most=4), ask(prompt=4, most=4)
    made = scheduler(first, second, blocks=2, host=BlockPool(4, 4), preemption="swap")
    step(made)
    batch = made.schedule(1.0)
    assert [swap.request for swap in batch.swapped_out] == [second]
    assert second.status == "swapped"
    made.postprocess(batch, [2.0])
    while second.status == "swapped":
        batch = made.schedule(3.0)
        made.postprocess(batch, [4.0])
    assert [swap.request for swap in batch.swapped_in] == [second]
    assert [(work.start, work.tokens) for work in batch.work] == [(4, 1)]


def test_with_a_full_host_a_swap_becomes_a_recompute():
    first, second = ask(prompt=4, most=4), ask(prompt=8, most=4)
    made = scheduler(first, second, blocks=3, host=BlockPool(1, 4), preemption="swap")
    step(made)
    assert made.schedule(1.0).swapped_out == ()
    assert (second.status, second.computed) == ("waiting", 0)


def test_reserved_requests_are_admitted_fewer_and_never_preempted():
    first, second = ask(prompt=4, most=4), ask(prompt=4, most=4)
    made = scheduler(first, second, blocks=3, reserve=True)
    for _ in range(4):
        assert len(step(made)[0]) == 1
    assert first.status == "finished"
    assert step(made)[0] == [(0, 4, True)]


def test_a_small_request_does_not_overtake_the_head_that_does_not_fit():
    made = scheduler(ask(prompt=8, most=4), ask(prompt=8, most=1), ask(prompt=1), blocks=3)
    assert step(made)[0] == [(0, 8, True)]
    assert made.waiting == 2


def test_the_urgent_go_first_and_the_last_of_them_make_room():
    calm, urgent = ask(prompt=4, most=4, priority=1), ask(prompt=4, most=4, arrival=1.0)
    made = scheduler(calm, urgent, blocks=2, order="priority")
    step(made)
    step(made)
    assert (calm.status, urgent.status) == ("waiting", "running")


@pytest.mark.parametrize("batching", ["static", "continuous"])
def test_cancelling_frees_the_blocks_at_once(batching):
    first, second, third = ask(), ask(), ask()
    made = scheduler(first, second, third, batching=batching)
    step(made)
    for request in (first, third):
        assert made.cancel(request, 4.0) == []
        assert (request.status, request.finished_seconds) == ("finished", 4.0)
    assert made.pool.blocks - made.pool.free_blocks == len(second.blocks)
    assert made.waiting == 0
    assert made.cancel(first, 5.0) == []
    assert step(made)[1] == [second]


def test_cancelling_who_was_turned_away_changes_nothing():
    waiting, refused = ask(), ask()
    made = scheduler(waiting, max_waiting=1)
    with pytest.raises(QueueFull):
        made.add(refused)
    assert made.cancel(refused, 1.0) == []
    assert (made.waiting, refused.status) == (1, "waiting")
    made.schedule(1.0)
    assert (made.waiting, waiting.status) == (0, "running")


def test_cancelling_the_last_unfinished_one_ends_a_static_batch():
    short, long = ask(most=1), ask(most=9)
    made = scheduler(short, long, batching="static")
    step(made)
    assert made.cancel(long, 4.0) == [short]
    assert short.finished_seconds == 4.0
    assert made.schedule(5.0) is None


def test_the_engine_may_stop_a_request_early():
    request = ask(most=50)
    made = scheduler(request)
    batch = made.schedule(0.0)
    assert made.postprocess(batch, [1.0], {request: "stop"}) == [request]
    assert request.stop_reason == "stop"


def test_what_can_never_fit_is_refused_at_the_door():
    with pytest.raises(ValueError, match="may grow to 17 tokens, the cache holds 16"):
        scheduler(ask(prompt=10, most=7), blocks=4)
    scheduler(ask(prompt=10, most=6), blocks=4)


def test_a_request_is_added_once():
    request = ask()
    made = scheduler(request)
    step(made)
    with pytest.raises(ValueError, match="was added before"):
        made.add(request)


def test_a_full_line_turns_away():
    made = scheduler(ask(), ask(), max_waiting=2)
    with pytest.raises(QueueFull, match="2 requests wait already"):
        made.add(ask())


@pytest.mark.parametrize(
    ("policy", "blocks", "steps"),
    [({}, 64, 4), ({"reserve": True}, 64, 4), ({"batching": "static"}, 64, 4), ({}, 3, 1)],
)
def test_steady_steps_end_with_the_first_answer_or_with_the_memory(policy, blocks, steps):
    made = scheduler(ask(prompt=3, most=5), ask(prompt=3, most=9), blocks=blocks, **policy)
    prompts = made.schedule(0.0)
    assert made.steady_steps(prompts) == 1
    made.postprocess(prompts, [1.0])
    decodes = made.schedule(1.0)
    assert made.steady_steps(decodes) == steps
    made.postprocess(decodes, [2.0 + i for i in range(steps)])
    first, second = (work.request for work in decodes.work)
    assert first.generated == second.generated == 1 + steps
    assert first.done == (steps == 4)
    assert second.computed == 3 + steps <= len(second.blocks) * 4


def test_an_arrival_matters_only_where_a_slot_is_free():
    made = scheduler(ask(most=9), max_batch=2)
    step(made)
    assert made.takes_arrivals
    made.add(ask())
    step(made)
    assert not made.takes_arrivals
    whole = scheduler(ask(), ask(), batching="static")
    assert whole.takes_arrivals
    step(whole)
    assert not whole.takes_arrivals
    limited = scheduler(ask(), ask(), max_waiting=9)
    step(limited)
    assert limited.takes_arrivals  # it may be turned away
