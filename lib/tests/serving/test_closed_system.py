"""Clients that wait, against a server whose every step takes a second."""

import pytest

from tokenworks.serving.arrivals import poisson
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.closed_system import closed_loop
from tokenworks.serving.lengths import Lengths, fixed, uniform
from tokenworks.serving.metrics import e2el_seconds, mean_in_system
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate

SHORT = Lengths(fixed(4), fixed(3))


def run(users, count, **known):
    first, again = closed_loop(users, count, lengths=SHORT, seed=1, **known)
    scheduler = Scheduler(Policy(max_batch=2), BlockPool(100, 16))
    return simulate(scheduler, first, lambda load: 1.0, follow_up=again).requests


def test_a_lone_client_asks_when_it_has_its_answer():
    requests = run(1, 3)
    assert [r.arrival_seconds for r in requests] == [0, 3, 6]
    assert [r.finished_seconds for r in requests] == [3, 6, 9]


def test_a_client_thinks_first():
    assert [r.arrival_seconds for r in run(1, 3, think_seconds=5)] == [0, 8, 16]


@pytest.mark.parametrize("users", [1, 2, 5])
def test_never_more_inside_than_clients_and_nobody_is_lost(users):
    requests = run(users, 12)
    assert len(requests) == 12
    assert len({r.id for r in requests}) == 12
    for moment in {r.arrival_seconds for r in requests}:
        inside = [r for r in requests if r.arrival_seconds <= moment < r.finished_seconds]
        assert len(inside) <= users
    last_start = max(r.arrival_seconds for r in requests)
    if last_start:
        assert mean_in_system(requests, start=0, end=last_start) == pytest.approx(users)


def test_more_clients_than_slots_wait():
    assert e2el_seconds(run(4, 12)[-1]) > e2el_seconds(run(2, 12)[-1])


def test_one_seed_means_the_lengths_of_the_open_loop():
    lengths = Lengths(uniform(1, 50), uniform(1, 50))
    first, _ = closed_loop(5, 5, lengths=lengths, seed=3)
    drawn = poisson(1, 5, lengths=lengths, seed=3)
    assert [(r.prompt_tokens, r.max_tokens) for r in first] == [
        (r.prompt_tokens, r.max_tokens) for r in drawn
    ]


def test_impossible_loops_are_refused():
    with pytest.raises(ValueError, match="got 0"):
        closed_loop(0, 5, lengths=SHORT, seed=1)
    with pytest.raises(ValueError, match="got 6"):
        closed_loop(6, 5, lengths=SHORT, seed=1)
    for think in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="think_seconds must be a finite number from 0"):
            closed_loop(1, 5, lengths=SHORT, seed=1, think_seconds=think)
