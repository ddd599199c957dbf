"""Whole batches: what they waste, and the loop that runs them."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case, list_apart


def _rows(rng: Random) -> Case:
    size = rng.randrange(2, 9)
    prompts = [rng.randrange(5, 400) for _ in range(size)]
    return (prompts, [rng.randrange(1, 200) for _ in range(size)])


PADDED, IDLE = "sum(max(prompts) - prompt for prompt", "sum(max(outputs) - output for output"


@exercise(
    1,
    examples=(
        Example(
            ([10, 4], [2, 5]),
            "[6, 3]",
            shows=(("4 decode steps", lambda prompts, outputs: max(outputs) - 1),),
        ),
    ),
    cases=(
        ([10, 4, 7], [5, 9, 1]),
        ([100, 300, 20, 80], [200, 10, 50, 40]),
        ([64, 64], [1, 30]),
        ([12], [40]),
        ([30, 500, 40, 60, 20], [90, 8, 300, 25, 12]),
    ),
    draw=_rows,
    mistakes=(
        Mistake(
            "prompts and answers swapped",
            ("[padding, idle]", "[idle, padding]"),
            "First the padding of the prompts, then the idle rows of the decode steps.",
        ),
        Mistake(
            "the useful tokens",
            ((PADDED, "sum(prompt for prompt"), (IDLE, "sum(output - 1 for output")),
            "This is what was asked for. The waste is what the batch computes beyond it.",
        ),
        Mistake(
            "all rows, useful ones too",
            ((PADDED, "sum(max(prompts) for prompt"), (IDLE, "sum(max(outputs) - 1 for output")),
            "This is all that is computed. Take away what was asked for.",
        ),
        Mistake(
            "the longest request sets both lengths",
            (
                ("padding = ", "longest = max(zip(prompts, outputs), key=sum)\n    padding = "),
                ("max(prompts)", "longest[0]"),
                ("max(outputs)", "longest[1]"),
            ),
            "The longest prompt and the longest answer need not be of one request.",
        ),
        Mistake(
            "the mean for the longest",
            ("[padding, idle]", "[padding / len(prompts), idle / len(outputs)]"),
            "This is the waste of a mean row: add up all rows.",
        ),
        Mistake(
            "the longest less the shortest",
            ((PADDED, "max(max(prompts) - prompt for prompt"), (IDLE, IDLE.replace("sum", "max"))),
            "Every row that is shorter than the longest wastes something: add them all up.",
        ),
        Mistake(
            "a share for a count",
            (
                ("[padding, ", "[padding / max(prompts) / len(prompts), "),
                ("idle]", "idle / max(outputs) / len(outputs)]"),
            ),
            "Return how many token positions are wasted, not which part of all.",
        ),
    ),
    unit="tokens",
    distance=list_apart,
    length=2,
    picture=named_bars(("padding of the prompts", "idle rows"), "tokens"),
)
def static_waste(prompts, outputs):
    """The waste of a static batch.

    A static batch reads all its `prompts` (their lengths in tokens) in one step. Shorter prompts
    are padded to the longest. Then it decodes. In each decode step every request (a row of the
    batch) runs, also those whose answers are whole. `outputs` are the lengths of the answers, and
    the batch ends with the longest. Return a list of two: the padding tokens of the prompts, and
    the idle rows of all decode steps together.

    Example: prompts of 10 and 4, answers of 2 and 5 tokens. The short prompt gets 6 tokens of
    padding. There are 4 decode steps, and the first row is idle in 3 of them: `[6, 3]`.
    """
    padding = sum(max(prompts) - prompt for prompt in prompts)
    idle = sum(max(outputs) - output for output in outputs)
    return [padding, idle]


def _queue(rng: Random) -> Case:
    slots = rng.randrange(2, 6)
    size = slots * rng.randrange(1, 4) + rng.choice([0, 1, *range(1, slots)])
    return ([rng.randrange(1, 30) for _ in range(size)], slots)


def _refilled(outputs, slots):
    """Fill each slot as soon as it is free, as continuous batching does."""
    free, done = [0] * slots, []
    for tokens in outputs:
        at = free.index(min(free))
        free[at] += tokens
        done.append(free[at])
    return done


WHOLE_ONLY = ("len(outputs), slots)", "len(outputs) - slots + 1, slots)")
LAST = "A last batch that is not full has to start too: go on while anybody waits."
FIRST = "Reading the prompts already writes the first tokens: a batch takes as many steps as its "


@exercise(
    2,
    examples=(Example(([1, 3, 2], 2), "[3, 3, 5]"),),
    cases=(
        ([3, 5, 2], 2),
        ([1, 4, 2, 2, 9], 2),
        ([8, 1, 1, 6, 3, 2, 7], 3),
        ([5, 2], 4),
        ([2, 2, 2, 2], 2),
    ),
    draw=_queue,
    mistakes=(
        Mistake("the last batch never starts", WHOLE_ONLY, LAST),
        Mistake(
            "the last batch never starts", (WHOLE_ONLY, ("max(batch)", "1 + max(batch)")), LAST
        ),
        Mistake(
            "the first token is lost",
            ("max(batch)", "1 + max(batch)"),
            f"{FIRST}longest answer has tokens.",
        ),
        Mistake(
            "one step too few",
            ("max(batch)", "max(batch) - 1"),
            f"{FIRST}longest answer has tokens, the first one included.",
        ),
        Mistake(
            "handed over before the batch ends",
            ("[steps] * len(batch)", "[steps - max(batch) + tokens for tokens in batch]"),
            "Request-level batching returns all answers of a batch together, at its end.",
        ),
        Mistake(
            "every batch starts at once",
            ("steps +=", "steps ="),
            "A batch starts when the one before it has ended: add up the steps.",
        ),
        Mistake(
            "a slot is filled again at once",
            _refilled,
            "That is continuous batching. Here a new batch waits for the whole one before it.",
        ),
        Mistake(
            "one request after the other",
            (("len(outputs), slots)", "len(outputs))"), ("at + slots", "at + 1")),
            "The requests of a batch run side by side: it takes the steps of the longest.",
        ),
    ),
    unit="steps",
    distance=list_apart,
    tolerance=0.0,
)
def handed_over(outputs, slots):
    """Mend the static loop.

    All requests wait from the start, and nobody else comes. Batches of `slots` requests run one
    after the other, in the order of the list. All answers of a batch are handed over at its end.
    Return for each request how many steps have run by then. This loop has three defects:

    ```python
    def handed_over(outputs, slots):
        ends, now, waiting = [], 0, outputs
        while len(waiting) >= slots:
            group = waiting[:slots]
            del waiting[:slots]
            now += 1  # read the prompts
            now += max(group)  # write the tokens
            ends += [now] * len(group)
        return ends
    ```

    Example: answers of 1, 3 and 2 tokens in 2 slots. The first batch takes 3 steps, the second 2:
    `[3, 3, 5]`.
    """
    done, steps = [], 0
    for at in range(0, len(outputs), slots):
        batch = outputs[at : at + slots]
        steps += max(batch)
        done += [steps] * len(batch)
    return done
