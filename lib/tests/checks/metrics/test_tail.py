from itertools import islice

import numpy as np
import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.metrics.tail import percentile, planned_latencies
from tokenworks.serving import percentile as expected
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import drive
from tokenworks.serving.metrics import e2el_seconds
from tokenworks.serving.outcome import ONE_EACH
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler


def test_percentiles_are_the_librarys_and_numpys():
    for values, q in (*percentile.cases, *islice(drawn_cases(percentile, "numpy"), 60)):
        assert percentile(values, q) == pytest.approx(expected(values, q))
        assert percentile(values, q) == pytest.approx(float(np.percentile(values, q)))


def test_a_server_with_one_place_gives_the_planned_latencies():
    drawn = islice(drawn_cases(planned_latencies, "queue"), 20)
    for interval, service in (*planned_latencies.cases, *drawn):
        arrivals = [
            Request(prompt_tokens=1, max_tokens=1, id=str(i), arrival_seconds=i * interval)
            for i in range(len(service))
        ]
        seconds = iter(service)
        scheduler = Scheduler(Policy(max_batch=1), BlockPool(2, 1))
        run = drive(
            scheduler, arrivals, lambda turn, left=seconds: ([turn.now + next(left)], ONE_EACH)
        )
        wanted = [e2el_seconds(request) for request in run.requests]
        assert planned_latencies(interval, service) == pytest.approx(wanted)


def test_every_hidden_log_hides_a_wait():
    for interval, service in islice(drawn_cases(planned_latencies, "stall"), 30):
        assert planned_latencies(interval, service) != service
