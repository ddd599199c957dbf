from itertools import pairwise

import pytest

from serving.drawn import one_step
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import drive
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler


def ask(arrival=0.0, prompt=3, most=2):
    return Request(prompt_tokens=prompt, max_tokens=most, arrival_seconds=arrival)


def scheduler(**policy):
    return Scheduler(Policy(**{"max_batch": 2, **policy}), BlockPool(64, 4))


def a_second(turn):
    return [turn.now + 1], {}


def test_nothing_to_do_is_an_empty_run():
    run = drive(scheduler(), [], a_second)
    assert (run.requests, run.steps, run.seconds, run.busy_seconds) == ([], 0, 0.0, 0.0)


def test_time_without_work_is_skipped_but_counted():
    run = drive(scheduler(), [ask(10.0), ask(50.0)], a_second)
    assert [segment.start_seconds for segment in run.segments] == [10.0, 11.0, 50.0, 51.0]
    assert (run.steps, run.seconds, run.busy_seconds) == (4, 42.0, 4.0)


def test_a_request_joins_at_the_first_step_that_starts_after_it_came():
    run = drive(scheduler(), [ask(0.0, most=4), ask(1.5), ask(1.0)], a_second)
    assert [request.scheduled_seconds for request in run.requests] == [0.0, 1.0, 3.0]


def test_the_last_partial_batch_of_a_static_server_runs_when_nobody_comes_any_more():
    run = drive(scheduler(batching="static"), [ask(), ask(), ask(9.0)], a_second)
    assert [request.finished_seconds for request in run.requests] == [2.0, 2.0, 11.0]


def test_a_dynamic_server_wakes_when_its_window_closes():
    run = drive(scheduler(batching="dynamic", window_seconds=0.5), [ask(3.0)], a_second)
    assert run.requests[0].scheduled_seconds == 3.5


def test_until_is_the_next_arrival_that_could_join():
    seen = []

    def execute(turn):
        seen.append((turn.now, turn.steps, turn.until))
        return a_second(turn)

    drive(scheduler(), [ask(0.0, most=3), ask(1.5, most=2), ask(1.7, most=1)], execute)
    assert seen[:2] == [(0.0, 1, 1.5), (1.0, 2, 1.5)]
    assert seen[2][2] == float("inf")  # both slots are taken


def test_several_steps_in_one_turn_count_as_steps():
    def execute(turn):
        return [turn.now + i + 1 for i in range(turn.steps)], {}

    run = drive(scheduler(), [ask(most=5)], execute)
    assert len(run.segments) == 2
    assert run.steps == 5
    assert run.requests[0].token_seconds == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_who_is_turned_away_is_told_and_named():
    run = drive(scheduler(max_batch=1, max_waiting=1), [ask(), ask(), ask()], a_second)
    assert [request.stop_reason for request in run.requests] == ["length", "rejected", "rejected"]
    assert run.rejected == run.requests[1:]
    assert run.rejected[0].status == "finished"


def test_a_closed_loop_sends_its_next_request_when_it_has_its_answer():
    sent = []

    def follow_up(request):
        if len(sent) < 2:
            sent.append(ask(request.finished_seconds + 0.25))
            yield sent[-1]

    run = drive(scheduler(), [ask()], a_second, follow_up=follow_up)
    assert [request.arrival_seconds for request in run.requests] == [0.0, 2.25, 4.5]
    assert all(request.done for request in run.requests)


@pytest.mark.parametrize("reason", ["eos", "stop"])
def test_what_the_executor_stopped_ends_there(reason):
    def execute(turn):
        return [turn.now + 1], {work.request: reason for work in turn.batch.work}

    run = drive(scheduler(), [ask(most=9)], execute)
    assert (run.steps, run.requests[0].stop_reason) == (1, reason)


def test_a_request_that_can_never_fit_stops_the_run_with_its_name():
    with pytest.raises(ValueError, match="the cache holds 256"):
        drive(scheduler(), [ask(prompt=999)], one_step)


def test_simultaneous_requests_are_not_served_by_length():
    rows = [ask(prompt=n, most=1) for n in range(1, 41)]
    run = drive(scheduler(max_batch=1), rows, a_second)
    served = [request.prompt_tokens for request in run.requests]
    assert sorted(served) == list(range(1, 41))
    rises = sum(a < b for a, b in pairwise(served))
    assert 10 < rises < 30


def test_forks_come_behind_their_parents_whatever_the_lot():
    for prompt in range(1, 9):
        parent = ask(prompt=prompt)
        forks = [
            Request(prompt_tokens=prompt, max_tokens=most, fork_of=parent) for most in range(1, 4)
        ]
        run = drive(scheduler(), [*forks, parent], a_second)
        assert run.requests[0] is parent
        assert len(run.requests) == 4
