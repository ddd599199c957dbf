from collections import Counter

import pytest

from tokenworks.serving import turns
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.serving.turns import Turns

PROMPT, ANSWER = 10, 20
COST = turns.READ * PROMPT + turns.MADE * ANSWER


def ask(client, arrival=0.0, *, prompt=PROMPT, answer=ANSWER):
    return Request(prompt_tokens=prompt, max_tokens=answer, client=client, arrival_seconds=arrival)


def run(arrivals, order, *, max_batch=2, blocks=500):
    policy = Policy(max_batch=max_batch, max_batch_tokens=32, order=order)
    scheduler = Scheduler(policy, BlockPool(blocks, 4))
    return simulate(scheduler, arrivals, lambda load: 1.0), scheduler


def waited(request):
    return request.scheduled_seconds - request.arrival_seconds


def test_a_client_with_one_question_does_not_wait_behind_fifty():
    def rows():
        return [ask("many") for _ in range(50)] + [ask("one", 5.0)]

    behind, fair = rows(), rows()
    run(behind, "fcfs")
    run(fair, "fair")
    assert waited(behind[-1]) > 400
    assert waited(fair[-1]) <= ANSWER + 2  # the next place that is free is its own


@pytest.mark.parametrize("max_batch", [1, 4])
def test_who_always_waits_gets_an_equal_share_whatever_the_lengths(max_batch):
    """The bound of the paper: two backlogged clients never differ by more than a batch's work."""
    short = [ask("short", prompt=4, answer=6) for _ in range(300)]
    long = [ask("long", prompt=20, answer=40) for _ in range(60)]
    for request in (*short, *long):
        assert request.client
    order = [one for pair in zip(short, long, strict=False) for one in pair]
    run([*order, *short[len(long) :]], "fair", max_batch=max_batch)
    end = min(max(r.finished_seconds for r in short), max(r.finished_seconds for r in long))
    had = Counter()
    for request in (*short, *long):
        made = sum(seconds <= end for seconds in request.token_seconds)
        if made:
            had[request.client] += turns.READ * request.prompt_tokens + turns.MADE * made
    most = turns.READ * 20 + turns.MADE * 40
    assert abs(had["short"] - had["long"]) <= 2 * max_batch * most
    assert min(had.values()) > 1000


def test_equal_clients_take_turns():
    rows = [ask("a"), ask("a"), ask("a"), ask("b"), ask("b")]
    done, _ = run(rows, "fair", max_batch=1)
    started = sorted(done.requests, key=lambda request: request.scheduled_seconds)
    assert [request.client for request in started] == ["a", "b", "a", "b", "a"]


def test_who_was_away_has_saved_nothing_up():
    """Else a client that slept could keep the others out for as long as it slept."""
    rows = [ask("busy", float(i)) for i in range(40)]
    rows += [ask("back", 300.0) for _ in range(20)]
    run(rows, "fair", max_batch=1)
    after = sorted(
        (r for r in rows if r.scheduled_seconds >= 300), key=lambda r: r.scheduled_seconds
    )
    clients = [r.client for r in after][:10]
    assert clients.count("busy") >= 4


def test_counters_by_hand():
    counted = Turns()
    counted.enter("a")
    counted.serve("a", read=10, made=3)
    assert counted.served == {"a": 16}
    counted.enter("b")
    assert counted.served["b"] == 16  # it starts beside who is there
    counted.serve("b", read=0, made=2)
    counted.leave("b")
    counted.enter("b")
    assert counted.served["b"] == 20  # what it has had is not forgiven by coming back
    counted.leave("a")
    counted.leave("b")
    counted.enter("c")
    assert counted.served == {"c": 0}  # nobody is left to whom anything is owed


def test_names_without_end_are_not_kept(monkeypatch):
    monkeypatch.setattr(turns, "KEPT", 5)
    counted = Turns()
    counted.enter("stays")
    for i in range(100):
        counted.enter(f"name-{i}")
        counted.leave(f"name-{i}")
    assert len(counted.served) <= 7


def test_a_cancelled_request_leaves_its_place():
    policy = Policy(max_batch=1, order="fair")
    scheduler = Scheduler(policy, BlockPool(100, 4))
    first, second = ask("a"), ask("b")
    for request in (first, second):
        scheduler.add(request)
    scheduler.cancel(first, 0.0)
    scheduler.cancel(second, 0.0)
    assert scheduler.queue.head() is None
    assert not scheduler.queue.turns._present
    with pytest.raises(IndexError, match="nobody waits"):
        scheduler.queue.pop()
