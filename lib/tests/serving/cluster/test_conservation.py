"""Each law is broken once by hand, and named; a run that breaks none is told to be in order."""

import re

import pytest

from serving.cluster.drawn import ask, config
from tokenworks.serving.cluster.conservation import broken_laws
from tokenworks.serving.cluster.pools import ReplicaPool
from tokenworks.serving.cluster.request_state import start_over
from tokenworks.serving.cluster.simulation import simulate_cluster


def ran():
    rows = [ask(range(10 * i, 10 * i + 8), 3, id=f"r{i}") for i in range(3)]
    pool = ReplicaPool(config=config(step=lambda load: 1.0, max_batch=2, host_blocks=4), replicas=1)
    return simulate_cluster(rows, pool), rows


def two_at_once(run):
    run.replicas[0].log.segments.append(run.replicas[0].log.segments[0])
    for request in run.requests[:2]:
        request.generated += 1  # else the tokens are one too many, too


def lost(run):
    start_over(run.requests[2])  # as if an event forgot it: it waits, and nobody has it


def twice(run):
    lost(run)
    run.pools[0].room += 2 * [(run.requests[2], None)]


BROKEN = {
    "'r2' is not done and in 0 places": lost,
    "'r2' is not done and in 2 places": twice,
    "'r1' is gone and has a place": lambda run: run.pools[0].room.append((run.requests[1], None)),
    "sent, 2 are in the run": lambda run: run.requests.pop(),
    "steps made 9 tokens, requests have 8": lambda run: setattr(run.requests[0], "generated", 2),
    "has 3 tokens at 2 moments of 3": lambda run: run.requests[0].token_seconds.pop(),
    "two tokens of one moment": lambda run: run.requests[0].token_seconds.reverse(),
    "is gone and keeps blocks": lambda run: run.requests[0].blocks.append(1),
    "ran before it came": lambda run: setattr(run.requests[0], "arrival_seconds", 0.5),
    "ended before its last token": lambda run: setattr(run.requests[0], "finished_seconds", 9.0),
    "has somebody at the end": lambda run: run.replicas[0].assigned.update({run.requests[0]: None}),
    "leaks 1 blocks$": lambda run: run.replicas[0].scheduler.pool.allocate(1),
    "leaks 2 blocks of the host": lambda run: run.replicas[0].scheduler.memory.host_pool.allocate(
        2
    ),
    "ran two steps at once": two_at_once,
}


def test_a_run_in_order_breaks_none():
    assert broken_laws(*ran()) == []


@pytest.mark.parametrize("told", BROKEN)
def test_a_broken_law_is_told(told):
    run, rows = ran()
    BROKEN[told](run)
    found = broken_laws(run, rows)
    assert any(re.search(told, each) for each in found), found
