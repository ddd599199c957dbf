"""Questions of chapter 07 about when a batch starts, and how many steps a queue takes."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from tokenworks.checks.batching_static import ROOM
from tokenworks.checks.batching_timetable import scheduled
from tokenworks.checks.metrics_request import list_apart
from tokenworks.checks.picture import named_bars, numbered
from tokenworks.checks.plain import Number
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import drive
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler

Times = Sequence[float]


def _starts(arrivals: Times, slots: int, window_ms: Number) -> list[float]:
    """Return when the library's scheduler starts its batches, on a server that takes no time."""
    policy = Policy(max_batch=slots, batching="dynamic", window_seconds=window_ms / 1000)
    line = [Request(prompt_tokens=1, max_tokens=1, arrival_seconds=at) for at in arrivals]
    run = drive(Scheduler(policy, BlockPool(ROOM, 1)), line, lambda turn: ([turn.now], {}))
    return [segment.start_seconds for segment in run.segments]


def _grouped(
    arrivals: Times,
    slots: Number,
    window_ms: Number,
    *,
    closes: Callable[[list[float], float], float] = lambda line, window: line[0] + window,
) -> list[float]:
    """Run the loop of dynamic batching; `closes` says when the window of a line ends."""
    starts: list[float] = []
    line: list[float] = []
    for at in [*arrivals, math.inf]:
        if line and at > closes(line, window_ms / 1000):
            starts.append(closes(line, window_ms / 1000))
            line = []
        line.append(at)
        if len(line) >= slots:
            starts.append(at)
            line = []
    return starts


def _reopened(arrivals: Times, slots: int, window_ms: Number) -> list[float]:
    """Open each window when the one before it closes, whether or not anybody waits."""
    window, deadline, starts = window_ms / 1000, window_ms / 1000, []
    line = 0
    for at in [*arrivals, math.inf]:
        while deadline < at and (line or at < math.inf):
            if line:
                starts.append(deadline)
            line, deadline = 0, deadline + window
        line += 1
        if line == slots:
            starts.append(at)
            line, deadline = 0, at + window
    return starts


def _only_full(arrivals: Times, slots: int, window_ms: Number) -> list[float]:
    rest = len(arrivals) % slots
    return [*arrivals[slots - 1 :: slots], *(arrivals[-1:] if rest else [])]


def _window_case(rng: random.Random) -> Case:
    slots, window = rng.randrange(2, 5), rng.choice([100, 250, 400])
    at, arrivals = rng.randrange(20, 90) / 100 + 0.001, []
    for _ in range(rng.randrange(6, 13)):
        arrivals.append(round(at, 3))
        at += rng.choice([0.01, 0.03, 0.06, 0.12, 0.34, 0.77]) + rng.randrange(1, 9) / 1000
    return (arrivals, slots, window)


_OPENS = "A window opens when the first request comes into an empty line, not before."
WINDOW = Question(
    id="07.3",
    title="When a dynamic batch starts",
    size_hint="about 10 lines",
    oracle=_starts,
    cases=(
        ([0.3, 0.32, 0.35, 0.9], 3, 100),
        ([0.12, 0.5, 0.56, 0.58, 1.7], 2, 200),
        ([0.05, 0.11, 0.18, 0.26, 0.33, 0.41], 8, 250),
        ([1.0, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06], 3, 500),
        ([0.25, 1.5, 2.75], 4, 100),
    ),
    fresh_case=_window_case,
    misconceptions=(
        Misconception(
            "milliseconds taken for seconds",
            lambda arrivals, slots, ms: _grouped(arrivals, slots, 1000 * ms),
            "Arrivals are in seconds, the window is in milliseconds: divide it by 1000.",
        ),
        Misconception("the window opens before anybody waits", _reopened, _OPENS),
        Misconception(
            "every arrival opens the window again",
            lambda *case: _grouped(*case, closes=lambda line, window: line[-1] + window),
            "The first of the line has waited longest: later ones do not move the end.",
        ),
        Misconception(
            "a full batch waits for the window",
            lambda arrivals, slots, ms: _grouped(arrivals, math.inf, ms),
            "A batch starts when it is full or when its window closes, whichever is first.",
        ),
        Misconception(
            "only a full batch starts",
            _only_full,
            "A batch starts when it is full or when its window closes, whichever is first.",
        ),
        Misconception(
            "only a full batch starts",
            lambda arrivals, slots, ms: list(arrivals[slots - 1 :: slots]),
            "A batch starts when it is full or when its window closes, whichever is first.",
        ),
        Misconception(
            "when the window opens",
            lambda *case: _grouped(*case, closes=lambda line, window: line[0]),
            "At that time the batch begins to gather. It starts when the window closes.",
        ),
        Misconception(
            "the batch starts with its last arrival",
            lambda arrivals, slots, ms: [
                max(at for at in arrivals if at <= start) for start in _starts(arrivals, slots, ms)
            ],
            "Nobody knows that an arrival is the last: a batch that is not full waits for its "
            "window.",
        ),
    ),
    distance=list_apart,
    unit="seconds",
    picture=numbered("no."),
)


def _both(outputs: Sequence[int], slots: int) -> list[int]:
    rows = [(0, 1, output) for output in outputs]
    policies = (Policy(max_batch=slots, batching="static"), Policy(max_batch=slots, reserve=True))
    lines = [scheduled(rows, policy, room=ROOM) for policy in policies]
    return [int(max(r.finished_seconds or 0 for r in line)) for line in lines]


def _with_static(outputs: Sequence[int], slots: int, steps: Number) -> list[Number]:
    return [_both(outputs, slots)[0], steps]


def _longest_first(outputs: Sequence[int], slots: int) -> list[int]:
    return _both(sorted(outputs, reverse=True), slots)


def _steps_case(rng: random.Random) -> Case:
    slots = rng.randrange(2, 6)
    size = rng.randrange(2 * slots, 5 * slots)
    return ([rng.choice([1, 2, 3, 5, 9, 24, 60]) for _ in range(size)], slots)


STEPS = Question(
    id="07.4",
    title="Steps: static against continuous",
    size_hint="about 6 lines",
    oracle=_both,
    cases=(
        ([9, 1, 2, 2, 1, 9], 2),
        ([4, 4, 4, 4], 2),
        ([1, 30, 2, 3, 1, 2, 25, 1, 4, 2], 3),
        ([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], 4),
        ([7, 2, 3], 1),
        ([2, 2, 2, 12], 3),
    ),
    fresh_case=_steps_case,
    misconceptions=(
        Misconception(
            "slots that are never idle",
            lambda outputs, slots: _with_static(outputs, slots, math.ceil(sum(outputs) / slots)),
            "This is a floor. A long answer that starts last keeps one slot busy alone.",
        ),
        Misconception(
            "the longest answer alone",
            lambda outputs, slots: _with_static(outputs, slots, max(outputs)),
            "There are fewer slots than requests: some start when another has ended.",
        ),
        Misconception(
            "the longest first",
            _longest_first,
            "First come, first served: keep the order of the list.",
        ),
        Misconception(
            "every batch as long as the longest of all",
            lambda outputs, slots: [
                math.ceil(len(outputs) / slots) * max(outputs),
                _both(outputs, slots)[1],
            ],
            "A static batch waits for its own longest answer.",
        ),
        Misconception(
            "the last batch left out",
            lambda outputs, slots: [
                _both(outputs[: len(outputs) // slots * slots] or [0], slots)[0]
                if len(outputs) >= slots
                else 0,
                _both(outputs, slots)[1],
            ],
            "A last batch that is not full has to run too.",
        ),
        Misconception(
            "the two swapped",
            lambda outputs, slots: _both(outputs, slots)[::-1],
            "First static, then continuous.",
        ),
        Misconception(
            "each slot with a list of its own",
            lambda outputs, slots: _with_static(
                outputs, slots, max(sum(outputs[at::slots]) for at in range(slots))
            ),
            "The next in line takes whichever slot is free first.",
        ),
    ),
    distance=list_apart,
    unit="steps",
    tolerance=0.0,
    picture=named_bars(("static", "continuous"), "steps"),
)

QUESTIONS = (WINDOW, STEPS)
