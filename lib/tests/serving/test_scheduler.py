"""The scheduler on traces small enough to follow by hand."""

import pytest

from serving.plain import ask, scheduler, step
from tokenworks.serving.outcome import Outcome
from tokenworks.serving.scheduler import QueueFull


def test_the_prompt_yields_the_first_token():
    request = ask(prompt=3, most=1)
    ran, left = step(scheduler(request), now=5.0)
    assert ran == [(0, 3, True)]
    assert left == [request]
    assert (request.scheduled_seconds, request.token_seconds) == (5.0, [6.0])
    assert (request.stop_reason, request.finished_seconds) == ("length", 6.0)


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


def test_the_engine_may_stop_a_request_early():
    request = ask(most=50)
    made = scheduler(request)
    batch = made.schedule(0.0)
    assert made.postprocess(batch, [1.0], Outcome({request: "stop"})) == [request]
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
