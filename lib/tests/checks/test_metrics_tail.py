import numpy as np
import pytest

from tokenworks.checks.metrics_tail import PERCENTILE, PLANNED, QUESTIONS
from tokenworks.checks.question import fresh_cases
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import drive
from tokenworks.serving.metrics import e2el_seconds
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler


def test_the_chapters_questions_about_the_tail():
    assert [question.id for question in QUESTIONS] == ["06.3", "06.7"]


def test_percentiles_are_numpys():
    for values, q in (*PERCENTILE.cases, *fresh_cases(PERCENTILE, "numpy", count=60)):
        assert PERCENTILE.oracle(values, q) == pytest.approx(float(np.percentile(values, q)))


def test_planned_latencies_by_hand():
    assert PLANNED.oracle(1.0, [2.5, 0.5, 0.5]) == [2.5, 2.0, 1.5]
    assert PLANNED.oracle(1.0, [0.25, 0.5]) == [0.25, 0.5]


def test_a_server_with_one_place_gives_the_same_latencies():
    for interval, service in (*PLANNED.cases, *fresh_cases(PLANNED, "queue", count=20)):
        arrivals = [
            Request(prompt_tokens=1, max_tokens=1, id=str(i), arrival_seconds=i * interval)
            for i in range(len(service))
        ]
        seconds = iter(service)
        scheduler = Scheduler(Policy(max_batch=1), BlockPool(2, 1))
        run = drive(scheduler, arrivals, lambda turn, left=seconds: ([turn.now + next(left)], {}))
        assert [e2el_seconds(r) for r in run.requests] == pytest.approx(
            PLANNED.oracle(interval, service)
        )


def test_every_hidden_log_hides_a_wait():
    for interval, service in fresh_cases(PLANNED, "stall", count=30):
        assert PLANNED.oracle(interval, service) != service
