"""Prefill and decode apart, by hand: what is sent, when, and what waits for it."""

from itertools import pairwise

import pytest

from serving.cluster.drawn import again, ask, config
from tokenworks.serving.cluster.failures import Failure
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.ports import wire
from tokenworks.serving.cluster.simulation import simulate_cluster


def disaggregated(*, latency=0.25, rate=16, prefill=1, decode=1, **policy):
    made = config(**({"step": lambda load: 1.0} | policy))
    return Disaggregated(
        prefill=ReplicaPool(config=made, replicas=prefill),
        decode=ReplicaPool(config=made, replicas=decode),
        wire=wire(rate, latency_seconds=latency),
    )


def test_a_transfer_takes_latency_and_bytes_over_the_rate():
    run = simulate_cluster([ask(8, 4)], disaggregated())
    (request,) = run.requests
    # a step to read, 8 bytes at 16 a second and 0.25 s, three steps to answer
    assert request.token_seconds == [1.0, 2.75, 3.75, 4.75]
    assert run.transfer_bytes == 8
    prefill, decode = run.replicas
    assert (prefill.log.steps, decode.log.steps) == (1, 3)
    assert (request.stop_reason, request.finished_seconds) == ("length", 4.75)


def test_transfers_of_one_replica_wait_for_each_other_and_prompts_do_not():
    rows = [ask(range(start, start + 8), 2) for start in (0, 100, 200)]
    run = simulate_cluster(rows, disaggregated(max_batch=4, decode=3))
    assert [r.token_seconds[0] for r in run.requests] == [1.0] * 3
    sent = [1.0 + (number + 1) * 8 / 16 + 0.25 for number in range(3)]
    assert [r.token_seconds[1] for r in run.requests] == [at + 1.0 for at in sent]
    assert run.transfer_bytes == 24


def test_an_answer_of_one_token_is_not_sent():
    run = simulate_cluster([ask(8, 1)], disaggregated())
    assert run.transfer_bytes == 0
    assert run.requests[0].finished_seconds == 1.0


def test_a_prompt_that_is_read_does_not_hold_up_who_answers():
    rows = [ask(range(100), 30), ask(range(1000, 1200), 2, at=15.0)]

    def step(load):
        return 10.0 if load.prompts else 1.0

    def gaps(pools):
        run = simulate_cluster(again(rows), pools)
        return max(b - a for a, b in pairwise(run.requests[0].token_seconds[1:]))

    made = {"step": step, "blocks": 200}
    assert gaps(ReplicaPool(config=config(**made), replicas=1)) == 10.0
    assert gaps(disaggregated(**made)) == 1.0


def test_blocks_are_kept_until_their_contents_have_arrived():
    # Room for one prompt: the second is read when the first has left.
    rows = [ask(range(start, start + 16), 2) for start in (0, 100)]
    run = simulate_cluster(rows, disaggregated(blocks=5, rate=4, share_prefixes=False))
    first, second = run.requests
    assert first.token_seconds == [1.0, 1.0 + 16 / 4 + 0.25 + 1.0]
    assert second.scheduled_seconds == 1.0 + 16 / 4 + 0.25


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_transfer_with_a_failed_end_is_begun_again(failing):
    pools = disaggregated(prefill=2, decode=2)
    run = simulate_cluster([ask(8, 3)], pools, failures=[Failure(replica=failing, seconds=1.5)])
    (request,) = run.requests
    if failing == 1:  # it had nothing
        assert request.token_seconds == [1.0, 2.75, 3.75]
        return
    read_again = 1.5 + 1.0  # with the first token, which is out; the second comes of it
    sent = read_again + 9 / 16 + 0.25
    assert request.token_seconds == [1.0, read_again, sent + 1.0]
    assert run.retries == {request: 1}
