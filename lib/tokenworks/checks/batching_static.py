"""Questions of chapter 07 about whole batches: their waste, their loop, and what joining saves."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate
from statistics import mean

from tokenworks.checks.batching_timetable import scheduled
from tokenworks.checks.metrics_request import list_apart
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Number
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.serving.batch import Batch
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler

ROOM = 1 << 20  # tokens of memory: never the limit here
Counts = Sequence[int]


def _steps(prompts: Counts, outputs: Counts) -> list[Batch]:
    """Return the steps of one static batch of the library's scheduler."""
    rows = zip(prompts, outputs, strict=True)
    scheduler = Scheduler(
        Policy(max_batch=len(prompts), batching="static"), BlockPool(ROOM // 16, 16)
    )
    for i, (prompt, output) in enumerate(rows):
        scheduler.add(Request(prompt_tokens=prompt, max_tokens=output, id=str(i)))
    steps: list[Batch] = []
    while batch := scheduler.schedule(float(len(steps))):
        steps.append(batch)
        scheduler.postprocess(batch, [float(len(steps))])
    return steps


def _waste(prompts: Counts, outputs: Counts) -> list[int]:
    wasted = [batch.load.new_tokens - batch.useful_tokens for batch in _steps(prompts, outputs)]
    return [wasted[0], sum(wasted[1:])]


def _behind(longest: Number, lengths: Counts) -> Number:
    return sum(longest - length for length in lengths)


def _of_the_longest(prompts: Counts, outputs: Counts) -> list[Number]:
    """Compare with the request whose prompt and answer are longest together."""
    both = [prompt + output for prompt, output in zip(prompts, outputs, strict=True)]
    at = both.index(max(both))
    return [_behind(prompts[at], prompts), _behind(outputs[at], outputs)]


def _waste_case(rng: random.Random) -> Case:
    size = rng.randrange(2, 9)
    prompts = [rng.randrange(5, 400) for _ in range(size)]
    return (prompts, [rng.randrange(1, 200) for _ in range(size)])


WASTE = Question(
    id="07.1",
    title="The waste of a static batch",
    size_hint="about 3 lines",
    oracle=_waste,
    cases=(
        ([10, 4, 7], [5, 9, 1]),
        ([100, 300, 20, 80], [200, 10, 50, 40]),
        ([64, 64], [1, 30]),
        ([12], [40]),
        ([30, 500, 40, 60, 20], [90, 8, 300, 25, 12]),
    ),
    fresh_case=_waste_case,
    misconceptions=(
        Misconception(
            "prompts and answers swapped",
            lambda prompts, outputs: _waste(prompts, outputs)[::-1],
            "First the padding of the prompts, then the idle rows of the decode steps.",
        ),
        Misconception(
            "the useful tokens",
            lambda prompts, outputs: [sum(prompts), sum(outputs) - len(outputs)],
            "This is what was asked for. The waste is what the batch computes beyond it.",
        ),
        Misconception(
            "all rows, useful ones too",
            lambda prompts, outputs: [
                len(prompts) * max(prompts),
                len(outputs) * (max(outputs) - 1),
            ],
            "This is all that is computed. Take away what was asked for.",
        ),
        Misconception(
            "the longest request sets both lengths",
            _of_the_longest,
            "The longest prompt and the longest answer need not be of one request.",
        ),
        Misconception(
            "the mean for the longest",
            lambda prompts, outputs: [
                len(v) * (max(v) - mean(v)) / len(v) for v in (prompts, outputs)
            ],
            "This is the waste of a mean row: add up all rows.",
        ),
        Misconception(
            "the longest less the shortest",
            lambda prompts, outputs: [max(v) - min(v) for v in (prompts, outputs)],
            "Every row that is shorter than the longest wastes something: add them all up.",
        ),
        Misconception(
            "a share for a count",
            lambda prompts, outputs: [1 - mean(v) / max(v) for v in (prompts, outputs)],
            "Return how many token positions are wasted, not which part of all.",
        ),
    ),
    distance=list_apart,
    unit="tokens",
    picture=named_bars(("padding of the prompts", "idle rows"), "tokens"),
)


def _handed(outputs: Counts, slots: int) -> list[int]:
    rows = [(0, 1, output) for output in outputs]
    line = scheduled(rows, Policy(max_batch=slots, batching="static"), room=ROOM)
    return [int(request.finished_seconds or 0) for request in line]


def _batches(outputs: Counts, slots: int) -> list[Counts]:
    return [outputs[at : at + slots] for at in range(0, len(outputs), slots)]


def _loop(outputs: Counts, slots: int, *, more: int = 0, whole_only: bool = False) -> list[int]:
    """Run the static loop with its usual mistakes: `more` steps a batch, no partial batch."""
    done: list[int] = []
    at = 0
    for batch in _batches(outputs, slots):
        if not whole_only or len(batch) == slots:
            at += more + max(batch)
            done += [at] * len(batch)
    return done


def _own_end(outputs: Counts, slots: int) -> list[int]:
    starts = accumulate((max(batch) for batch in _batches(outputs, slots)), initial=0)
    batches = zip(starts, _batches(outputs, slots), strict=False)
    return [start + tokens for start, batch in batches for tokens in batch]


def _refilled(outputs: Counts, slots: int) -> list[int]:
    """Fill each slot as soon as it is free, as continuous batching does."""
    free, done = [0] * slots, []
    for tokens in outputs:
        at = free.index(min(free))
        free[at] += tokens
        done.append(free[at])
    return done


def _outputs_case(rng: random.Random) -> Case:
    slots = rng.randrange(2, 6)
    outputs = [rng.randrange(1, 30) for _ in range(rng.randrange(2, 4) * slots)]
    return (outputs + [rng.randrange(1, 30) for _ in range(rng.randrange(1, slots))], slots)


_LAST = "A last batch that is not full has to start too: go on while anybody waits."
_FIRST = "Reading the prompts already writes the first tokens: a batch takes as many steps as its "
HANDED = Question(
    id="07.2",
    title="Mend the static loop",
    size_hint="about 6 lines",
    oracle=_handed,
    cases=(
        ([3, 5, 2], 2),
        ([1, 4, 2, 2, 9], 2),
        ([8, 1, 1, 6, 3, 2, 7], 3),
        ([5, 2], 4),
        ([2, 2, 2, 2], 2),
    ),
    fresh_case=_outputs_case,
    misconceptions=(
        Misconception(
            "the last batch never starts",
            lambda outputs, slots: _loop(outputs, slots, whole_only=True),
            _LAST,
        ),
        Misconception(
            "the last batch never starts",
            lambda outputs, slots: _loop(outputs, slots, whole_only=True, more=1),
            _LAST,
        ),
        Misconception(
            "the first token is lost",
            lambda outputs, slots: _loop(outputs, slots, more=1),
            f"{_FIRST}longest answer has tokens.",
        ),
        Misconception(
            "one step too few",
            lambda outputs, slots: _loop(outputs, slots, more=-1),
            f"{_FIRST}longest answer has tokens, the first one included.",
        ),
        Misconception(
            "handed over before the batch ends",
            _own_end,
            "Request-level batching returns all answers of a batch together, at its end.",
        ),
        Misconception(
            "every batch starts at once",
            lambda outputs, slots: [
                max(batch) for batch in _batches(outputs, slots) for _ in batch
            ],
            "A batch starts when the one before it has ended: add up the steps.",
        ),
        Misconception(
            "a slot is filled again at once",
            _refilled,
            "That is continuous batching. Here a new batch waits for the whole one before it.",
        ),
        Misconception(
            "one request after the other",
            lambda outputs, slots: list(accumulate(outputs)),
            "The requests of a batch run side by side: it takes the steps of the longest.",
        ),
    ),
    distance=list_apart,
    unit="steps",
    tolerance=0.0,
)


QUESTIONS = (WASTE, HANDED)
