"""A queue before the slots: when a batch starts, and how many steps all of it takes."""

from __future__ import annotations

from math import inf
from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars, numbered
from tokenworks.checks.plain import Case, list_apart


def _arrivals(rng: Random) -> Case:
    slots, window_ms = rng.choice([1, 2, 2, 3, 3, 4]), rng.choice([100, 250, 400])
    at, times = rng.randrange(200, 900), list[int]()  # in ms
    for _ in range(rng.randrange(6, 13)):
        while at - window_ms in times:  # whose window would close at this very moment
            at += 1
        times.append(at)
        at += rng.choice([10, 30, 60, 120, 340, 770]) + rng.randrange(1, 9)
    return ([at / 1000 for at in times], slots, window_ms)


def _always_open(arrivals, slots, window_ms):
    """Open each window when the one before it closes, whether or not anybody waits."""
    starts, line, closes = [], 0, window_ms / 1000
    for at in [*arrivals, inf]:
        while closes < at and (line or at < inf):
            if line:
                starts.append(closes)
            line, closes = 0, closes + window_ms / 1000
        line += 1
        if line == slots and at < inf:
            starts.append(at)
            line, closes = 0, at + window_ms / 1000
    return starts


CLOSES = "line[0] + window_ms / 1000"
WHICHEVER = "A batch starts when it is full or when its window closes, whichever is first."


@exercise(
    3,
    examples=(Example(([1, 1.01, 5], 2, 100), "[1.01, 5.1]"),),
    cases=(
        ([0.33, 0.35, 0.38, 0.93], 3, 100),
        ([0.12, 0.5, 0.56, 0.58, 1.7], 2, 200),
        ([0.05, 0.11, 0.18, 0.26, 0.33, 0.41], 8, 250),
        ([1.07, 1.08, 1.09, 1.1, 1.11, 1.12, 1.13], 3, 500),
        ([0.25, 1.5, 2.75], 4, 100),
        ([0.4, 0.45, 0.7], 1, 100),
    ),
    draw=_arrivals,
    mistakes=(
        Mistake(
            "milliseconds taken for seconds",
            ((f"{CLOSES} <", "line[0] + window_ms <"), (f"({CLOSES})", "(line[0] + window_ms)")),
            "Arrivals are in seconds, the window is in milliseconds: divide it by 1,000.",
        ),
        Mistake(
            "the window opens before anybody waits",
            _always_open,
            "A window opens when the first request comes into an empty line, not before.",
        ),
        Mistake(
            "every arrival opens the window again",
            (("and line[0]", "and line[-1]"), ("append(line[0]", "append(line[-1]")),
            "The first of the line has waited longest: later ones do not move the end.",
        ),
        Mistake("a full batch waits for the window", ("len(line) == slots", "False"), WHICHEVER),
        Mistake(
            "only a full batch starts",
            ((f"{CLOSES} <", 'float("inf") =='), (f"({CLOSES})", "(line[-1])")),
            WHICHEVER,
        ),
        Mistake("only a full batch starts", (f"{CLOSES} <", "inf <"), WHICHEVER),
        Mistake(
            "when the window opens",
            (f"({CLOSES})", "(line[0])"),
            "At that time the batch begins to gather. It starts when the window closes.",
        ),
        Mistake(
            "the batch starts with its last arrival",
            (f"({CLOSES})", "(line[-1])"),
            "Nobody knows that an arrival is the last: a batch that is not full waits for its "
            "window.",
        ),
        Mistake(
            "the last batch never starts",
            ('[*arrivals, float("inf")]', "arrivals"),
            "When no more requests come, the window of those who wait closes all the same.",
        ),
    ),
    unit="seconds",
    distance=list_apart,
    picture=numbered("no."),
)
def batch_starts(arrivals, slots, window_ms):
    """When a dynamic batch starts.

    Requests come at the times in `arrivals`, in seconds and in order. When the first one comes into
    an empty line, a window opens. The batch starts with all who wait as soon as there are `slots`
    of them, or `window_ms` milliseconds after the window opened, whichever is first. The server is
    always free. Return the list of the times at which batches start. No request comes at the very
    moment at which a window closes.

    Example: arrivals at 1, 1.01 and 5, 2 slots, 100 ms. The first batch is full at 1.01, the second
    starts when its window closes: `[1.01, 5.1]`.
    """
    starts, line = [], []
    for at in [*arrivals, float("inf")]:
        if line and line[0] + window_ms / 1000 < at:
            starts.append(line[0] + window_ms / 1000)
            line = []
        line.append(at)
        if len(line) == slots and at < float("inf"):
            starts.append(at)
            line = []
    return starts


def _outputs(rng: Random) -> Case:
    slots = rng.randrange(2, 6)
    size = rng.randrange(2 * slots, 5 * slots)
    return ([rng.choice([1, 2, 3, 5, 9, 24, 60]) for _ in range(size)], slots)


@exercise(
    4,
    examples=(
        Example(
            ([4, 1, 1, 4], 2),
            "[8, 6]",
            shows=(("4 + 4 steps", lambda outputs, slots: max(outputs[:2])),),
        ),
    ),
    cases=(
        ([9, 1, 2, 2, 1, 9], 2),
        ([4, 4, 4, 4], 2),
        ([1, 30, 2, 3, 1, 2, 25, 1, 4, 2], 3),
        ([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], 4),
        ([7, 2, 3], 1),
        ([2, 2, 2, 12], 3),
    ),
    draw=_outputs,
    mistakes=(
        Mistake(
            "slots that are never idle",
            ("max(free)", "-(-sum(outputs) // slots)"),
            "This is a floor. A long answer that starts last keeps one slot busy alone.",
        ),
        Mistake(
            "the longest answer alone",
            ("max(free)", "max(outputs)"),
            "There are fewer slots than requests: some start when another has ended.",
        ),
        Mistake(
            "the longest first",
            ("static = ", "outputs = sorted(outputs, reverse=True)\n    static = "),
            "First come, first served: keep the order of the list.",
        ),
        Mistake(
            "every batch as long as the longest of all",
            ("max(outputs[at : at + slots])", "max(outputs)"),
            "A static batch waits for its own longest answer.",
        ),
        Mistake(
            "the last batch left out",
            ("len(outputs), slots)", "len(outputs) - slots + 1, slots)"),
            "A last batch that is not full has to run too.",
        ),
        Mistake(
            "the two swapped",
            ("[static, max(free)]", "[max(free), static]"),
            "First static, then continuous.",
        ),
        Mistake(
            "each slot with a list of its own",
            ("max(free)", "max(sum(outputs[at::slots]) for at in range(slots))"),
            "The next in line takes whichever slot is free first.",
        ),
    ),
    unit="steps",
    distance=list_apart,
    length=2,
    tolerance=0.0,
    picture=named_bars(("static", "continuous"), "steps"),
)
def steps_of_both(outputs, slots):
    """Steps: static against continuous.

    All requests wait from the start, and memory is no limit. `outputs` are the lengths of their
    answers. Return a list of two: the steps until all are done with static batches of `slots`, and
    with continuous batching, where the next in line takes a slot as soon as it is free. Both keep
    the order of the list.

    Example: answers of 4, 1, 1 and 4 tokens in 2 slots. Static batches take 4 + 4 steps. In
    continuous batching the second slot serves 1, 1 and 4 tokens: `[8, 6]`.
    """
    static = sum(max(outputs[at : at + slots]) for at in range(0, len(outputs), slots))
    free = [0] * slots
    for tokens in outputs:
        free[free.index(min(free))] += tokens
    return [static, max(free)]
