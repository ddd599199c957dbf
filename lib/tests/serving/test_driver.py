import pytest

from serving.drawn import one_step
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import drive, serve, step
from tokenworks.serving.outcome import ONE_EACH, Made, Outcome
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler


def ask(arrival=0.0, prompt=3, most=2):
    return Request(prompt_tokens=prompt, max_tokens=most, arrival_seconds=arrival)


def scheduler(**policy):
    return Scheduler(Policy(**{"max_batch": 2, **policy}), BlockPool(64, 4))


def a_second(turn):
    return [turn.now + 1], ONE_EACH


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
        return [turn.now + i + 1 for i in range(turn.steps)], ONE_EACH

    run = drive(scheduler(), [ask(most=5)], execute)
    assert len(run.segments) == 2
    assert run.steps == 5
    assert run.requests[0].token_seconds == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_who_is_turned_away_is_told_and_named():
    run = drive(scheduler(max_batch=1, max_waiting=1), [ask(), ask(), ask()], a_second)
    assert [request.stop_reason for request in run.requests] == ["length", "rejected", "rejected"]
    assert run.rejected == run.requests[1:]
    assert run.rejected[0].status == "finished"


def test_who_waits_for_blocks_that_nobody_frees_is_not_waited_for():
    pool = BlockPool(4, 16)
    pool.allocate(4)
    with pytest.raises(RuntimeError, match="1 wait for blocks that others keep for ever"):
        drive(Scheduler(Policy(max_batch=1), pool), [ask()], a_second)


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
        return [turn.now + 1], Outcome({work.request: reason for work in turn.batch.work})

    run = drive(scheduler(), [ask(most=9)], execute)
    assert (run.steps, run.requests[0].stop_reason) == (1, reason)


def test_a_request_that_can_never_fit_stops_the_run_with_its_name():
    with pytest.raises(ValueError, match="the cache holds 256"):
        drive(scheduler(), [ask(prompt=999)], one_step)


def test_requests_of_one_moment_are_served_in_the_order_of_the_list():
    rows = [ask(prompt=prompt, most=1) for prompt in (5, 1, 9, 2, 7)]
    for order in (rows, rows[::-1]):
        fresh = [ask(prompt=row.prompt_tokens, most=1) for row in order]
        run = drive(scheduler(max_batch=1), [*fresh, ask(0.5)], a_second)
        assert run.requests[:5] == fresh
        assert [request.scheduled_seconds for request in fresh] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_fork_that_is_listed_before_its_parent_is_refused():
    parent = ask()
    fork = Request(prompt_tokens=3, max_tokens=2, fork_of=parent)
    with pytest.raises(ValueError, match="must be added before its fork"):
        drive(scheduler(), [fork, parent], a_second)


def test_one_turn_schedules_runs_and_postprocesses():
    made, first, second = scheduler(max_batch=1), ask(most=2), ask(most=1)
    assert step(made, 3.0, a_second) is None
    made.add(first)
    made.add(second)
    done = step(made, 3.0, a_second)
    assert [work.request for work in done.batch.work] == [first]
    assert (done.times, done.finished) == ([4.0], [])
    done = step(made, 4.0, a_second)
    assert (first.token_seconds, done.finished) == ([4.0, 5.0], [first])
    assert second.status == "waiting"


def test_a_step_says_who_got_how_many_tokens():
    made, first, second = scheduler(max_batch=2), ask(most=9), ask(most=9)
    made.add(first)
    made.add(second)
    guess = Outcome(drafted={first: 2, second: 1})
    assert step(made, 0.0, lambda turn: ([1.0], guess)).emitted == [(first, 1), (second, 1)]
    brought = Outcome(made={first: Made(3, 2), second: Made(0, 0)})
    assert step(made, 1.0, lambda turn: ([2.0], brought)).emitted == [(first, 3)]
    assert step(made, 2.0, lambda turn: ([3.0, 4.0], ONE_EACH)).emitted == [(first, 2), (second, 2)]


def test_a_real_step_lasts_from_the_end_of_the_one_before_it():
    times = iter([10.0, 11.0, 13.0, 50.0, 50.5])  # start, end, end; start again, end
    rows = [ask(3.0), ask(100.0, most=1)]
    run = serve(scheduler(), rows, lambda batch: ONE_EACH, clock=lambda: next(times))
    assert rows[0].token_seconds == [4.0, 6.0]
    assert rows[1].token_seconds == [100.5]
    assert run.busy_seconds == 3.5


def test_a_real_run_takes_follow_ups_and_what_the_model_stopped():
    def follow_up(request):
        if not request.id:
            yield Request(id="again", prompt_tokens=1, max_tokens=1, arrival_seconds=50.0)

    rows, ticks = [ask(most=9)], iter(range(99))
    run = serve(
        scheduler(),
        rows,
        lambda batch: Outcome({work.request: "eos" for work in batch.work}),
        clock=lambda: float(next(ticks)),
        follow_up=follow_up,
    )
    assert [request.stop_reason for request in run.requests] == ["eos", "eos"]
    assert (rows[0].generated, run.requests[1].id) == (1, "again")
