from itertools import islice

import pytest

from checks.batching.scheduled import static, timetable
from tokenworks.checks.batching.queue import batch_starts, steps_of_both
from tokenworks.checks.hidden import drawn_cases
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import drive
from tokenworks.serving.outcome import ONE_EACH
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler


def test_batches_start_when_the_librarys_scheduler_starts_them():
    for arrivals, slots, ms in (
        *batch_starts.cases,
        *islice(drawn_cases(batch_starts, "same"), 60),
    ):
        policy = Policy(max_batch=slots, batching="dynamic", window_seconds=ms / 1000)
        line = [Request(prompt_tokens=1, max_tokens=1, arrival_seconds=at) for at in arrivals]
        pool = BlockPool(2 * slots, 1)
        run = drive(Scheduler(policy, pool), line, lambda turn: ([turn.now], ONE_EACH))
        wanted = [segment.start_seconds for segment in run.segments]
        assert batch_starts(arrivals, slots, ms) == pytest.approx(wanted)


def test_no_request_comes_at_the_very_moment_at_which_a_window_could_close():
    for arrivals, _, ms in (*batch_starts.cases, *islice(drawn_cases(batch_starts, "ties"), 1500)):
        times = {round(1000 * at) for at in arrivals}
        assert not times & {at + ms for at in times}
        assert arrivals == sorted(set(arrivals))


def test_nobody_waits_longer_than_the_window():
    for arrivals, slots, window_ms in islice(drawn_cases(batch_starts, "wait"), 30):
        starts = batch_starts(arrivals, slots, window_ms)
        waits = [min(start for start in starts if start >= at) - at for at in arrivals]
        assert max(waits) <= window_ms / 1000 + 1e-9


def test_steps_are_those_of_the_librarys_scheduler():
    for outputs, slots in (*steps_of_both.cases, *islice(drawn_cases(steps_of_both, "same"), 20)):
        ends = [r.finished_seconds for r in static([1] * len(outputs), outputs, slots).requests]
        rows = [[0, 1, output] for output in outputs]
        steps = timetable(rows, slots, sum(outputs) + len(outputs))
        assert steps_of_both(outputs, slots) == [round(max(ends)), len(steps)]


def test_continuous_is_never_slower_nor_below_its_floor():
    for outputs, slots in islice(drawn_cases(steps_of_both, "floor"), 40):
        static_steps, continuous = steps_of_both(outputs, slots)
        assert max(max(outputs), sum(outputs) / slots) <= continuous <= static_steps
