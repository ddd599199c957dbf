"""Question of chapter 07 whose answer keeps rules: write the continuous scheduler."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from tokenworks.checks.batching_timetable import first_fault, misplaced, timetable
from tokenworks.checks.picture import lanes
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.serving.policy import Policy

Timetable = list[list[int]]


def _continuous(requests: Sequence[Any], slots: int, room: int) -> Timetable:
    return timetable(requests, Policy(max_batch=slots, reserve=True), room=room)


def _whole(request: Sequence[int]) -> int:
    return request[1] + request[2]


def loop(
    case: Case,
    *,
    size: Callable[[Sequence[int]], int] = _whole,
    pick: Callable[[list[int]], int] = lambda line: line[0],
    joins: Callable[[list[int]], bool] = lambda running: True,
    extra: int = 0,
    foresees: bool = False,
    skips: bool = False,
    drops: bool = False,
) -> Timetable:
    """Run the loop of continuous batching with a switch for each known mistake."""
    requests, slots, room = case
    left = [output + extra for _, _, output in requests]
    waiting, steps, running = list(range(len(requests))), [], []
    while waiting or (running and not drops):
        here = [i for i in waiting if foresees or requests[i][0] <= len(steps)]
        open_door = joins(running)
        while here and open_door and len(running) < slots:
            i = pick(here)
            here.remove(i)
            if sum(size(requests[j]) for j in (*running, i)) <= room:
                waiting.remove(i)
                running.append(i)
            elif not skips:
                break
        steps.append(list(running))
        for i in running:
            left[i] -= 1
        running = [i for i in running if left[i] > 0]
    return steps


def _turns(requests: Sequence[Any], slots: int, room: int) -> Timetable:
    """Let all who have arrived and fit take turns in the slots."""
    left, steps = [output for _, _, output in requests], []
    line = list(range(len(requests)))
    while line:
        batch: list[int] = []
        for i in line:
            here = requests[i][0] <= len(steps) and len(batch) < slots
            if here and sum(_whole(requests[j]) for j in (*batch, i)) <= room:
                batch.append(i)
        for i in batch:
            left[i] -= 1
        line = [i for i in (*(i for i in line if i not in batch), *batch) if left[i]]
        steps.append(batch)
    return steps


def _late(requests: Sequence[Any], slots: int, room: int) -> Timetable:
    """Fill a slot one step after its request has left."""
    left, waiting = [output for _, _, output in requests], list(range(len(requests)))
    steps: Timetable = []
    running: list[int] = []
    while waiting or running:
        used = list(running)  # those who leave in this step still block their slots
        running = [i for i in running if left[i]]
        while waiting and len(used) < slots and requests[waiting[0]][0] <= len(steps):
            if sum(_whole(requests[j]) for j in (*used, waiting[0])) > room:
                break
            used.append(waiting[0])
            running.append(waiting.pop(0))
        if running or waiting:
            steps.append(list(running))
        for i in running:
            left[i] -= 1
    return steps


def _case(rng: random.Random) -> Case:
    slots, requests, at = rng.randrange(2, 6), [], 0
    busy = rng.random() < 0.7
    for _ in range(rng.randrange(8, 25)):
        at += rng.choice([0, 0, 0, 1, 2] if busy else [0, 1, 3, 9])
        tail = rng.random() < 0.2
        output = rng.randrange(8, 20) if tail else rng.choice([1, 1, 2, 3, 4, 6])
        requests.append([at, rng.choice([1, 2, 4, 8, 20]), output])
    largest = max(map(_whole, requests))
    return (requests, slots, rng.choice([largest, largest + 12, 2 * largest, 40 * slots]))


_ASK = (
    "Ask before every step, not before every batch: a free slot takes the first in line in the "
    "very next step, if its memory is free too."
)
_TURN = (
    "Who arrived first starts first. If the first in line does not fit, nobody behind it starts: "
    "it could starve."
)
CONTINUOUS = Question(
    id="07.5",
    title="Write the continuous scheduler",
    size_hint="about 15 lines",
    oracle=_continuous,
    cases=(
        ([[0, 3, 2], [0, 2, 5], [0, 4, 1], [0, 1, 3]], 2, 100),
        ([[0, 2, 3], [1, 2, 1], [7, 3, 2], [7, 1, 2], [8, 1, 1]], 2, 50),
        ([[0, 5, 4], [0, 2, 6], [1, 9, 3], [2, 1, 1], [3, 1, 2]], 3, 20),
        ([[0, 1, 1], [0, 1, 1], [0, 1, 1], [0, 1, 9], [1, 1, 1], [2, 8, 1], [2, 1, 2]], 2, 12),
        ([[2, 6, 6], [2, 1, 2], [2, 6, 2], [3, 1, 1], [3, 1, 7], [9, 4, 3]], 4, 15),
        (
            [[i // 3, 2 + i % 4, 1 + (7 * i) % 5 + 12 * (i % 6 == 1)] for i in range(18)],
            *(4, 48),
        ),
    ),
    fresh_case=_case,
    misconceptions=(
        Misconception(
            "a slot idles while a request waits",
            lambda *case: loop(case, joins=lambda running: not running),
            _ASK,
        ),
        Misconception(
            "a slot idles while a request waits",
            _late,
            _ASK,
        ),
        Misconception(
            "a request is not finished",
            lambda *case: loop(case, drops=True),
            "Go on until nobody waits and nobody runs. A request leaves with its last token only.",
        ),
        Misconception(
            "a token too many",
            lambda *case: loop(case, extra=1),
            "The step that reads the prompt writes the first token; with the last one it leaves.",
        ),
        Misconception(
            "a running request pauses",
            _turns,
            "A running request gets a token in every step until it has all: its memory is held.",
        ),
        Misconception(
            "more memory than there is",
            lambda *case: loop(case, size=lambda request: request[1]),
            "Add up prompt and output tokens of all that run before you let one more in.",
        ),
        Misconception(
            "more requests than slots",
            lambda requests, slots, room: loop((requests, len(requests), room)),
            "Before each step at most `slots` requests may run: compare before you add one.",
        ),
        Misconception(
            "a later request overtakes",
            lambda *case: loop(case, skips=True),
            _TURN,
        ),
        Misconception(
            "a later request overtakes",
            lambda *case: loop(case, pick=lambda line: line[-1]),
            _TURN,
        ),
        Misconception(
            "served before it arrives",
            lambda *case: loop(case, foresees=True),
            "The number of the step is the clock: a request is there from its arrival step on.",
        ),
        Misconception(
            "it goes on after the end",
            lambda *case: [*_continuous(*case), []],
            "Stop when nobody waits and nobody runs; before that, a step may be empty.",
        ),
        Misconception(
            "a request twice in a step",
            lambda *case: [[i for i in step for _ in (0, 1)] for step in _continuous(*case)],
            "In one step a request gets one token.",
        ),
        Misconception(
            "a request that does not exist",
            lambda *case: [[i + 1 for i in step] for step in _continuous(*case)],
            "A step lists indices into `requests`, counted from 0.",
        ),
    ),
    distance=misplaced,
    unit="misplaced tokens",
    tolerance=0.0,
    answer_unit="",
    fault=first_fault,
    picture=lambda case, expected, got: lanes(list(map(str, range(len(case[0])))), expected, got),
)

QUESTIONS = (CONTINUOUS,)
