"""The continuous scheduler, whose answer keeps rules."""

from __future__ import annotations

from random import Random

from tokenworks.checks.batching.timetable import first_fault
from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import lanes
from tokenworks.checks.plain import Case, misplaced


def _trace(rng: Random) -> Case:
    slots, requests, at = rng.randrange(2, 6), list[list[int]](), 0
    busy = rng.random() < 0.7
    for _ in range(rng.randrange(8, 17)):
        at += rng.choice([0, 0, 0, 1, 2] if busy else [0, 1, 3, 9])
        tail = rng.random() < 0.2
        output = rng.randrange(8, 15) if tail else rng.choice([1, 1, 2, 3, 4, 6])
        requests.append([at, rng.choice([1, 2, 4, 8, 20]), output])
    largest = max(prompt + output for _, prompt, output in requests)
    return (requests, slots, rng.choice([largest, largest + 12, 2 * largest, 40 * slots]))


ADMIT = "running.append(waiting.pop(0))"
STEP = "steps.append(list(running))"
LEAVE = "running = [i for i in running if left[i]]"
ASK = (
    "Ask before every step, not before every batch: a free slot takes the first in line in the "
    "very next step, if its memory is free too."
)
TURN = (
    "Who arrived first starts first. If the first in line does not fit, nobody behind it starts: "
    "it could starve."
)


@exercise(
    5,
    examples=(Example(([[0, 1, 2], [0, 1, 1], [0, 1, 1]], 2, 9), "[[0, 1], [0, 2]]"),),
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
    draw=_trace,
    mistakes=(
        Mistake(
            "a slot idles while a request waits",
            (
                "        while waiting and",
                "        empty = not running\n        while empty and waiting and",
            ),
            ASK,
        ),
        Mistake(  # who leaves still blocks its slot for a step
            "a slot idles while a request waits",
            (
                (f"        {LEAVE}\n", ""),
                (STEP, f"{LEAVE}\n        {STEP}"),
                ("return steps", "return steps[:-1]"),
            ),
            ASK,
        ),
        Mistake(
            "a request is not finished",
            ("while waiting or running", "while waiting"),
            "Go on until nobody waits and nobody runs. A request leaves with its last token only.",
        ),
        Mistake(
            "a token too many",
            ("[output for", "[output + 1 for"),
            "The step that reads the prompt writes the first token; with the last one it leaves.",
        ),
        Mistake(
            "a running request pauses",
            (LEAVE, "waiting, running = [*waiting, *(i for i in running if left[i])], []"),
            "A running request gets a token in every step until it has all: its memory is held.",
        ),
        Mistake(
            "more memory than there is",
            (
                ("requests[i][1] + requests[i][2]", "requests[i][1]"),
                ("prompt + output > room", "prompt > room"),
            ),
            "Add up prompt and output tokens of all that run before you let one more in.",
        ),
        Mistake(
            "more requests than slots",
            (" and len(running) < slots", ""),
            "Before each step at most `slots` requests may run: compare before you add one.",
        ),
        Mistake(  # looks behind the first where that does not fit
            "a later request overtakes",
            (
                ("while waiting and len(running) < slots", "for one in list(waiting)"),
                ("requests[waiting[0]]", "requests[one]"),
                ("if arrival >", "if len(running) == slots or arrival >"),
                ("break", "continue"),
                (ADMIT, "running.append(waiting.pop(waiting.index(one)))"),
            ),
            TURN,
        ),
        Mistake(  # the newest first
            "a later request overtakes",
            (
                (
                    "arrival, prompt, output = requests[waiting[0]]",
                    "one = max(i for i in waiting if i == waiting[0] or "
                    "requests[i][0] <= len(steps))\n"
                    "            arrival, prompt, output = requests[one]",
                ),
                (ADMIT, "running.append(waiting.pop(waiting.index(one)))"),
            ),
            TURN,
        ),
        Mistake(
            "served before it arrives",
            ("arrival > len(steps) or ", ""),
            "The number of the step is the clock: a request is there from its arrival step on.",
        ),
        Mistake(
            "it goes on after the end",
            ("return steps", "return [*steps, []]"),
            "Stop when nobody waits and nobody runs; before that, a step may be empty.",
        ),
        Mistake(
            "a request twice in a step",
            (STEP, "steps.append(running * 2)"),
            "In one step a request gets one token.",
        ),
        Mistake(
            "a request that does not exist",
            (STEP, "steps.append([i + 1 for i in running])"),
            "A step lists indices into `requests`, counted from 0.",
        ),
    ),
    unit="misplaced tokens",
    distance=misplaced,
    tolerance=0.0,
    answer_unit="",
    fault=first_fault,
    picture=lambda case, expected, got: lanes(list(map(str, range(len(case[0])))), expected, got),
)
def continuous(requests, slots, room):
    """Write the continuous scheduler.

    Each of the `requests` is `[arrival step, prompt tokens, output tokens]`; the list is in order
    of arrival. Return a timetable: a list with one entry for each step, from step 0 on. An entry is
    the list of the indices of the requests that get a token in this step, in any order. There are
    `slots` places in a step and memory for `room` tokens. From its first token to its last, a
    request holds memory for its whole prompt and its whole answer. Each request fits alone.

    Many timetables are possible, and the check has no list to compare with. It walks through yours
    and looks for the first step that breaks a rule:

    - a request gets one token in each step from its first to its last, and just as many as it wants
    - it does not start before its arrival step, nor before one that arrived earlier; of those that
      arrive in the same step, any may be first
    - no step has more requests than slots, or needs more memory than there is
    - no slot stays empty while the first in line fits into memory
    - a step in which nobody has a token to get is empty, and the list ends with the last token

    Example: `[0, 1, 2]`, `[0, 1, 1]` and `[0, 1, 1]` in 2 slots with room for 9 tokens. The third
    request takes the place of the second: `[[0, 1], [0, 2]]`.
    """
    steps, running = [], []
    waiting = list(range(len(requests)))
    left = [output for _, _, output in requests]
    while waiting or running:
        while waiting and len(running) < slots:
            arrival, prompt, output = requests[waiting[0]]
            held = sum(requests[i][1] + requests[i][2] for i in running)
            if arrival > len(steps) or held + prompt + output > room:
                break
            running.append(waiting.pop(0))
        steps.append(list(running))
        for i in running:
            left[i] -= 1
        running = [i for i in running if left[i]]
    return steps
