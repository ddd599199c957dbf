"""Wrong answers about batching as learners write them, with the mistake that the grader must name.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import math
from collections import deque


def useful(prompts, outputs):
    return [sum(prompts), sum(tokens - 1 for tokens in outputs)]


def everything(prompts, outputs):
    return [max(prompts) * len(prompts), (max(outputs) - 1) * len(outputs)]


def one_request_decides(prompts, outputs):
    prompt, output = max(zip(prompts, outputs, strict=True), key=sum)
    return [sum(prompt - p for p in prompts), sum(output - o for o in outputs)]


def share_wasted(prompts, outputs):
    return [1 - sum(v) / (len(v) * max(v)) for v in (prompts, outputs)]


def whole_batches(outputs, slots):
    done, steps = [], 0
    for number in range(len(outputs) // slots):
        batch = outputs[slots * number : slots * (number + 1)]
        steps += max(batch)
        done.extend([steps] * slots)
    return done


def extra_step(outputs, slots):
    done, steps, waiting = [], 0, deque(outputs)
    while waiting:
        batch = [waiting.popleft() for _ in range(min(slots, len(waiting)))]
        steps += 1 + max(batch)
        done += [steps for _ in batch]
    return done


def early(outputs, slots):
    done, steps = [], 0
    for at in range(0, len(outputs), slots):
        batch = outputs[at : at + slots]
        done += [steps + tokens for tokens in batch]
        steps += max(batch)
    return done


def not_added_up(outputs, slots):
    return [max(outputs[at - at % slots : at - at % slots + slots]) for at in range(len(outputs))]


def refilled(outputs, slots):
    free, done = [0] * slots, []
    for tokens in outputs:
        free.sort()
        free[0] += tokens
        done.append(free[0])
    return done


def _windows(arrivals, slots, window):
    starts, line = [], []
    for at in arrivals:
        if line and at >= line[0] + window:
            starts.append(line[0] + window)
            line = []
        line.append(at)
        if len(line) == slots:
            starts.append(at)
            line = []
    return starts + [line[0] + window for _ in line[:1]]


def sliding(arrivals, slots, ms):
    starts, line = [], []
    for at in arrivals:
        if line and at > line[-1] + ms / 1000:
            starts.append(line[-1] + ms / 1000)
            line = []
        line.append(at)
        if len(line) >= slots:
            starts.append(at)
            line = []
    if line:
        starts.append(line[-1] + ms / 1000)
    return starts


def deadline_from_now(arrivals, slots, ms):
    now, starts, coming = 0.0, [], list(arrivals)
    while coming:
        deadline, batch = now + ms / 1000, []
        while coming and len(batch) < slots and coming[0] < deadline:
            batch.append(coming.pop(0))
        now = batch[-1] if len(batch) == slots else deadline
        if batch:
            starts.append(now)
    return starts


def full_only(arrivals, slots, ms):
    return [arrivals[i] for i in range(len(arrivals)) if (i + 1) % slots == 0]


def slots_ignored(arrivals, slots, ms):
    return _windows(arrivals, 10**9, ms / 1000)


def floor_of_steps(outputs, slots):
    static = sum(max(outputs[at : at + slots]) for at in range(0, len(outputs), slots))
    return [static, -(-sum(outputs) // slots)]


def sorted_first(outputs, slots):
    ordered = sorted(outputs)[::-1]
    free = [0] * slots
    for tokens in ordered:
        free[free.index(min(free))] += tokens
    return [sum(ordered[::slots]), max(free)]


def dealt_round(outputs, slots):
    lanes = [0] * slots
    for i, tokens in enumerate(outputs):
        lanes[i % slots] += tokens
    static = sum(max(outputs[at : at + slots]) for at in range(0, len(outputs), slots))
    return [static, max(lanes)]


def rounds_of_longest(outputs, slots):
    rounds = math.ceil(len(outputs) / slots)
    return [rounds * max(outputs), max(refilled(outputs, slots))]


def prefill_counted(prompts, outputs):
    """Count the first step among the decode steps, and every row of it as idle."""
    return [max(prompts) * len(prompts) - sum(prompts), sum(max(outputs) - o + 1 for o in outputs)]


def powers_of_two(prompts, outputs):
    longest = 2 ** math.ceil(math.log2(max(prompts)))
    return [sum(longest - p for p in prompts), sum(max(outputs) - o for o in outputs)]


def shortest_together(outputs, slots):
    order = sorted(range(len(outputs)), key=outputs.__getitem__)
    done, steps = [0] * len(outputs), 0
    for at in range(0, len(order), slots):
        steps += outputs[order[at : at + slots][-1]]
        for i in order[at : at + slots]:
            done[i] = steps
    return done


def first_decides(outputs, slots):
    done, steps = [], 0
    for at in range(0, len(outputs), slots):
        steps += outputs[at]
        done += [steps] * len(outputs[at : at + slots])
    return done


def window_lives_on(arrivals, slots, ms):
    """Leave the window of a full batch open for those who come next."""
    starts, line, opened = [], 0, None
    for at in arrivals:
        if opened is not None and at > opened + ms / 1000:
            starts += [opened + ms / 1000] if line else []
            line, opened = 0, None
        opened = at if opened is None else opened
        line += 1
        if line == slots:
            starts.append(at)
            line = 0
    return starts + ([opened + ms / 1000] if line else [])


def forgets_the_last(arrivals, slots, ms):
    starts = _windows(arrivals, slots, ms / 1000)
    return [at for at in starts if at <= arrivals[-1]]


def with_a_step_to_join(outputs, slots):
    """Let every request wait a step for its slot."""
    static = sum(max(outputs[at : at + slots]) for at in range(0, len(outputs), slots))
    return [static, max(refilled([tokens + 1 for tokens in outputs], slots)) - 1]


def a_step_for_each_prompt(outputs, slots):
    static = sum(1 + max(outputs[at : at + slots]) for at in range(0, len(outputs), slots))
    return [static, max(refilled(outputs, slots))]


PLANTED = {
    "07.1": [
        ("the useful tokens", useful),
        ("all rows, useful ones too", everything),
        ("the longest request sets both lengths", one_request_decides),
        ("a share for a count", share_wasted),
        (
            "prompts and answers swapped",
            lambda p, o: [len(o) * max(o) - sum(o), len(p) * max(p) - sum(p)],
        ),
        ("", prefill_counted),
        ("", powers_of_two),
    ],
    "07.2": [
        ("the last batch never starts", whole_batches),
        ("the first token is lost", extra_step),
        ("handed over before the batch ends", early),
        ("every batch starts at once", not_added_up),
        ("a slot is filled again at once", refilled),
        ("", shortest_together),
        ("", first_decides),
    ],
    "07.3": [
        ("milliseconds taken for seconds", _windows),
        ("every arrival opens the window again", sliding),
        ("the window opens before anybody waits", deadline_from_now),
        ("only a full batch starts", full_only),
        ("a full batch waits for the window", slots_ignored),
        ("the last batch never starts", forgets_the_last),
        ("", window_lives_on),
    ],
    "07.4": [
        ("slots that are never idle", floor_of_steps),
        ("the longest first", sorted_first),
        ("each slot with a list of its own", dealt_round),
        ("every batch as long as the longest of all", rounds_of_longest),
        ("", with_a_step_to_join),
        ("", a_step_for_each_prompt),
    ],
}
