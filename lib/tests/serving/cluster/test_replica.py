"""One replica: plans that are cut, hand-overs, loads and failures, step by step."""

import pytest

from serving.cluster.drawn import ask, config
from tokenworks.serving.cluster.replica import RunningReplica
from tokenworks.serving.cluster.request_state import hand_over
from tokenworks.serving.request import Request


def replica(*, only_prefill=False, **given):
    made = config(**({"step": lambda load: 1.0} | given))
    return RunningReplica(0, "all", made, only_prefill=only_prefill)


def send(to, request, now):
    to.assigned[request] = None
    return to.deliver(request, now)


def test_a_plan_runs_until_somebody_comes_and_the_step_that_runs_is_ended():
    here, first = replica(), ask(4, 10)
    assert send(here, first, 0.0) is False
    assert here.start(0.0) is True
    assert here.end_seconds == 1.0
    assert here.finish() == ([], [])
    here.start(1.0)
    assert here.end_seconds == 10.0  # nine more tokens
    turn = here.turn
    assert send(here, ask(4, 1), 3.5) is True
    assert (here.end_seconds, here.turn) == (4.0, turn + 1)
    assert send(here, ask(4, 1), 4.0) is False  # the same step ends then
    here.finish()
    assert first.token_seconds == [1.0, 2.0, 3.0, 4.0]
    assert here.scheduler.waiting == 2
    assert here.load == 3


def test_who_could_not_join_cuts_nothing():
    here = replica(max_batch=1)
    send(here, ask(4, 10), 0.0)
    here.start(0.0)
    here.finish()
    here.start(1.0)
    assert send(here, ask(4, 1), 3.5) is False
    assert here.end_seconds == 10.0


def test_a_full_queue_turns_away_and_the_load_says_so():
    here = replica(max_batch=1, max_waiting=1)
    send(here, ask(4, 10), 0.0)
    late = ask(4, 1)
    send(here, late, 0.0)
    assert (late.stop_reason, here.load, here.log.rejected) == ("rejected", 1, [late])


def test_prefill_hands_over_after_the_first_token_and_keeps_the_blocks():
    here = replica(only_prefill=True)
    one, two = ask(8, 5), ask(range(50, 58), 1)
    for request in (one, two):
        send(here, request, 0.0)
    here.start(0.0)
    assert here.finish() == ([two], [one])
    assert (one.generated, one.computed, one.blocks) == (1, 8, [])
    pool = here.scheduler.pool
    assert (pool.blocks - pool.free_blocks, here.empty, here.load) == (2, False, 0)
    here.release(one)
    assert (pool.free_blocks, here.empty) == (pool.blocks, True)
    hand_over(one)
    assert (one.status, one.stop_reason, one.missing_tokens) == ("waiting", None, 1)


def test_loaded_blocks_are_found_as_far_as_they_follow_each_other():
    here, request = replica(blocks=5), ask(range(17), 1)
    keys = request.block_keys(4, 4)
    here.place(keys, keys)
    assert here.cached_blocks(request) == 4
    other = replica(blocks=3)
    other.place(keys, keys)
    assert other.cached_blocks(request) == 3  # room for no more
    gap = replica()
    gap.place(keys, [keys[0], keys[2]])
    assert gap.cached_blocks(request) == 1
    send(here, request, 0.0)
    here.start(0.0)
    assert here.finish() == ([request], [])
    assert request.cached_tokens == 16


def test_the_last_token_is_never_taken_from_the_cache():
    here, request = replica(), ask(range(16), 1)
    keys = request.block_keys(4, 4)
    here.place(keys, keys)
    assert here.cached_keys(request) == (keys[:3], 3)


def test_who_reads_its_whole_prompt_finds_nothing():
    class Scored(Request):
        @property
        def reads_whole_prompt(self):
            return True

    here = replica()
    scored = Scored(prompt_tokens=16, prompt_ids=list(range(16)), max_tokens=1)
    keys = scored.block_keys(4, 4)
    here.place(keys, keys)
    assert here.cached_keys(scored) == ([], 0)
    assert here.cached_blocks(ask(range(17), 1)) == 4


def test_a_failure_gives_back_what_was_there_in_order_with_the_tokens_that_are_out():
    here = replica(max_batch=1)
    running, waiting, outside = ask(8, 9), ask(4, 1), ask(4, 1)
    send(here, running, 0.0)
    send(here, waiting, 0.0)
    here.since = 0.0
    here.start(0.0)
    here.finish()
    here.start(1.0)
    send(here, outside, 2.5)
    assert here.fail(3.5) == [running, waiting, outside]
    assert running.token_seconds == [1.0, 2.0, 3.0]
    for request in (running, waiting, outside):
        assert (request.status, request.computed, request.blocks) == ("waiting", 0, [])
    assert (here.state, here.load, here.end_seconds, here.up_seconds) == ("failed", 0, None, 3.5)
    pool = here.scheduler.pool
    assert pool.free_blocks == pool.blocks
    assert here.start(4.0) is False
    assert here.log.steps == 3
    assert here.queries == 8


def test_who_hangs_up_leaves_with_the_step_that_runs():
    here, gone, stays = replica(), ask(4, 10), ask(range(90, 94), 10)
    send(here, gone, 0.0)
    send(here, stays, 0.0)
    here.start(0.0)
    here.finish()
    here.start(1.0)
    assert here.end_seconds == 10.0
    assert here.cancel(gone, 3.5) is True
    assert here.end_seconds == 4.0
    assert here.finish() == ([], [])
    assert (gone.stop_reason, gone.token_seconds, gone.blocks) == ("cancelled", [1, 2, 3, 4], [])
    assert list(here.assigned) == [stays]
    assert here.start(4.0) is True


def test_who_hangs_up_before_a_step_runs_leaves_at_once():
    here, runs, outside = replica(), ask(4, 10), ask(4, 1)
    waiting = ask(4, 3)
    send(here, waiting, 0.0)
    assert here.cancel(waiting, 0.5) is False
    assert (waiting.stop_reason, waiting.finished_seconds, here.empty) == ("cancelled", 0.5, True)
    send(here, runs, 1.0)
    here.start(1.0)
    send(here, outside, 1.5)
    assert here.cancel(outside, 1.75) is False
    assert (outside.status, outside.stop_reason) == ("finished", "cancelled")
    here.finish()
    assert here.log.requests == [waiting, runs]


def test_who_hangs_up_while_its_replica_fails_is_sent_nowhere():
    here, gone, stays = replica(), ask(4, 10), ask(range(90, 94), 10)
    send(here, gone, 0.0)
    send(here, stays, 0.0)
    here.start(0.0)
    here.cancel(gone, 0.25)
    assert here.fail(0.5) == [stays]
    assert (gone.stop_reason, gone.blocks) == ("cancelled", [])


def test_who_hangs_up_during_a_prefill_is_not_handed_over():
    here, gone = replica(only_prefill=True), ask(8, 5)
    send(here, gone, 0.0)
    here.start(0.0)
    here.cancel(gone, 0.5)
    assert here.finish() == ([], [])
    assert (gone.stop_reason, here.empty) == ("cancelled", True)
    pool = here.scheduler.pool
    assert pool.free_blocks == pool.blocks


def test_a_step_that_takes_no_time_is_refused():
    here = replica(step=lambda load: 0.0)
    send(here, ask(), 0.0)
    with pytest.raises(ValueError, match="a step must take some time"):
        here.start(0.0)
