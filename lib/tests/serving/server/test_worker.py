"""The worker on an event loop of the test's own, with engines that do what they are told."""

import threading
import time

import loops
import pytest
from scripted import Scripted, echoes, repeats, says
from workers import read, run

from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.prometheus import Metrics
from tokenworks.serving.server.worker import Worker


def test_before_it_is_warm_it_takes_nothing(ask):
    async def early():
        worker = Worker(Scripted(echoes), max_waiting=4, metrics=Metrics("scripted"))
        worker.start()
        with pytest.raises(ApiError, match="warming up") as caught:
            worker.submit(ask(), arrival_seconds=0.0)
        worker.stop()
        return caught.value.status

    assert loops.run(early()) == 503


def test_prompts_and_answers_have_their_own_choices(ask):
    async def scenario(worker, ended):
        stream = worker.submit(ask(prompt=["ab", "xyz"], n=2, max_tokens=4), arrival_seconds=1.0)
        return await read(stream), ended

    texts, ended = run(Scripted(echoes), scenario)
    assert texts == {0: "abab", 1: "abab", 2: "xyzx", 3: "xyzx"}
    assert {request.stop_reason for request in ended} == {"length"}
    assert {request.arrival_seconds for request in ended} == {1.0}


def test_each_answer_has_its_own_seed_whatever_runs_beside_it(ask):
    async def scenario(worker, ended):
        stream = worker.submit(ask(seed=5, n=3), arrival_seconds=0.0)
        return [request.sampling.seed for request in stream.requests]

    assert run(Scripted(echoes), scenario) == [5, 6, 7]


def test_a_chat_without_a_limit_may_fill_the_context(ask):
    async def scenario(worker, ended):
        stream = worker.submit(ask(chat=True), arrival_seconds=0.0)
        await read(stream)
        return stream.prompt_tokens, ended[0]

    prompt, request = run(Scripted(repeats()), scenario)
    assert (request.stop_reason, request.known_tokens) == ("length", 200)
    assert request.prompt_tokens == prompt


def test_a_stop_string_ends_the_request_at_its_token(ask):
    async def scenario(worker, ended):
        stream = worker.submit(ask(max_tokens=50, stop="wor"), arrival_seconds=0.0)
        return await read(stream), ended[0]

    texts, request = run(Scripted(says("hello world")), scenario)
    assert texts == {0: "hello "}
    assert (request.stop_reason, request.generated) == ("stop", len("hello wor"))


def test_beyond_the_line_is_refused_and_nobody_else_is_harmed(ask):
    engine = Scripted(echoes, gate=threading.Semaphore(0), max_batch=1)

    async def scenario(worker, ended):
        taken = [worker.submit(ask(), arrival_seconds=0.0) for _ in range(3)]
        with pytest.raises(ApiError, match="3 requests run or wait") as caught:
            worker.submit(ask(), arrival_seconds=0.0)
        engine.gate.release(1000)
        texts = [await read(stream) for stream in taken]
        text = worker.metrics.text().decode()
        assert 'reason="max_num_queued_reqs"} 1.0' in text
        again = await read(worker.submit(ask(), arrival_seconds=0.0))
        return caught.value.status, texts, again

    status, texts, again = run(engine, scenario, max_waiting=2)
    assert status == 503
    assert texts == [{0: "hi" * 8}] * 3
    assert again == {0: "hi" * 8}


def test_a_cancelled_request_leaves_its_blocks_before_the_next_step(ask):
    engine = Scripted(echoes, gate=threading.Semaphore(0))

    async def scenario(worker, ended):
        gone = worker.submit(ask(max_tokens=90), arrival_seconds=0.0)
        stays = worker.submit(ask(max_tokens=3), arrival_seconds=0.0)
        engine.gate.release(1)
        await anext(gone)
        worker.cancel(gone)
        engine.gate.release(1000)
        texts = await read(stays)
        return ended, texts, gone

    ended, texts, gone = run(engine, scenario)
    assert [(r.stop_reason, r.generated <= 2) for r in ended[:1]] == [("cancelled", True)]
    assert ended[0] is gone.requests[0]
    assert texts == {0: "hih"}
    assert engine.scheduler.pool.free_blocks == engine.scheduler.pool.blocks


def test_cancelling_what_waits_and_what_has_ended(ask):
    engine = Scripted(echoes, gate=threading.Semaphore(0), max_batch=1)

    async def scenario(worker, ended):
        first = worker.submit(ask(max_tokens=1), arrival_seconds=0.0)
        waiting = worker.submit(ask(max_tokens=1), arrival_seconds=0.0)
        worker.cancel(waiting)
        engine.gate.release(1000)
        await read(first)
        worker.cancel(first)
        await read(worker.submit(ask(max_tokens=1), arrival_seconds=0.0))
        return [request.stop_reason for request in ended]

    assert sorted(run(engine, scenario)) == ["cancelled", "length", "length"]


def test_cancelling_the_last_of_a_dynamic_batch_hands_over_the_others(ask):
    engine = Scripted(
        echoes, gate=threading.Semaphore(0), max_batch=2, batching="dynamic", window_seconds=60.0
    )

    now = time.perf_counter  # so that a batch starts when it is full

    async def scenario(worker, ended):
        short = worker.submit(ask(max_tokens=1), arrival_seconds=now())
        long = worker.submit(ask(max_tokens=90), arrival_seconds=now())
        engine.gate.release(1)
        texts = await read(short)
        worker.cancel(long)
        engine.gate.release(1000)
        pair = [worker.submit(ask(max_tokens=1), arrival_seconds=now()) for _ in range(2)]
        for stream in pair:
            await read(stream)
        return texts, [request.stop_reason for request in ended[:2]], len(ended)

    assert run(engine, scenario) == ({0: "h"}, ["cancelled", "length"], 4)
    assert engine.scheduler.pool.free_blocks == engine.scheduler.pool.blocks


def test_a_dynamic_batch_starts_when_its_window_closes_although_nobody_else_comes(ask):
    engine = Scripted(echoes, max_batch=2, batching="dynamic", window_seconds=0.05)

    async def scenario(worker, ended):
        arrival = time.perf_counter()
        await read(worker.submit(ask(max_tokens=1), arrival_seconds=arrival))
        return [request.scheduled_seconds - arrival >= 0.05 for request in ended]

    assert run(engine, scenario) == [True]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"batching": "static"}, "a static batch may wait for ever"),
        ({"max_waiting": 1}, "leave Policy.max_waiting None"),
    ],
)
def test_an_engine_that_would_wait_or_refuse_by_itself_is_not_taken(options, why):
    with pytest.raises(ValueError, match=why):
        Worker(Scripted(echoes, **options), max_waiting=4, metrics=Metrics("scripted"))


class Broken(Scripted):
    """Breaks at its first step."""

    def run(self, batch):
        raise ArithmeticError("broken")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_engine_dies_everybody_is_told(ask):
    async def scenario(worker, ended):
        stream = worker.submit(ask(), arrival_seconds=0.0)
        with pytest.raises(ApiError, match="the engine has stopped") as caught:
            await read(stream)
        assert not worker.alive
        with pytest.raises(ApiError, match="the engine has stopped"):
            worker.submit(ask(), arrival_seconds=0.0)
        return caught.value.status

    assert run(Broken(echoes), scenario) == 500


def test_preemptions_are_counted(ask):
    engine = Scripted(echoes, gate=threading.Semaphore(0), blocks=6, context_tokens=24)

    async def scenario(worker, ended):
        streams = [worker.submit(ask(max_tokens=16), arrival_seconds=0.0) for _ in range(2)]
        engine.gate.release(1000)
        texts = [await read(stream) for stream in streams]
        return texts, worker.metrics.text().decode()

    texts, shown = run(engine, scenario)
    assert texts == [{0: "hi" * 8}] * 2
    counted = [line for line in shown.splitlines() if line.startswith("vllm:num_preemptions_total")]
    assert float(counted[0].split()[-1]) >= 1
