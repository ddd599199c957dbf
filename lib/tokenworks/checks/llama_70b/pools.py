"""Slices that read prompts and slices that write answers: their ratio, and how many of each."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case, list_apart


def _load(rng: Random) -> Case:
    prompt, step = rng.randrange(5, 300) / 100, rng.randrange(4, 80) / 1000
    return (prompt, step, rng.randrange(64, 2000), rng.randrange(2, 150))


@exercise(
    5,
    examples=(Example((2.0, 0.25, 40, 20), "4"),),
    cases=(
        (0.91, 0.019, 512, 32),
        (2.03, 0.0148, 512, 44),
        (0.25, 0.0117, 1000, 32),
        (1.4, 0.03, 200, 1),
    ),
    draw=_load,
    mistakes=(
        Mistake(
            "one sequence at a time",
            (" / batch", ""),
            "A decode slice writes the answers of the whole batch at once.",
        ),
        Mistake(
            "one step for an answer",
            ("output_tokens * ", ""),
            "An answer takes as many steps as it has tokens.",
        ),
        Mistake(
            "decode slices for a prefill slice",
            ("prompt_seconds / decode_seconds", "decode_seconds / prompt_seconds"),
            "The question is how many slices must read for each one that writes.",
        ),
        Mistake(
            "sequences one after another",
            (" / batch", " * batch"),
            "A step gives a token to every sequence of the batch, in the same time.",
        ),
    ),
    unit="prefill slices",
)
def prefill_slices_for_each(prompt_seconds, step_seconds, output_tokens, batch):
    """Prefill slices for each decode slice.

    Some slices only read prompts, one at a time, each in `prompt_seconds`. Others only write
    answers: a step takes `step_seconds` and gives one token to each of `batch` sequences; an answer
    has `output_tokens` tokens. Return how many prefill slices keep one decode slice at work. It
    need not be whole.

    Example: prompts of 2 s, steps of 0.25 s, answers of 40 tokens, 20 at once: 4 prefill slices.
    """
    decode_seconds = output_tokens * step_seconds / batch
    return prompt_seconds / decode_seconds


ROUND = "Slices are whole, and a part of one is not enough: round up."


def _rate(rng: Random) -> Case:
    if rng.random() < 0.3:  # comes out even
        share = rng.choice([0.5, 0.25])
        return (2 ** rng.randrange(3, 7), 0.5, 1 / 64, 256, 2 ** rng.randrange(1, 4), share)
    return (
        rng.randrange(1, 400),
        rng.randrange(5, 300) / 100 + 0.00137,
        rng.randrange(4, 80) / 1000 + 0.000013,
        rng.randrange(64, 1000),
        rng.randrange(2, 150),
        rng.choice([0.6, 0.7, 0.8]),
    )


@exercise(
    6,
    examples=(Example((10, 0.5, 0.25, 40, 20, 0.5), "[10, 10]"),),
    cases=(
        (20, 0.4877, 0.0262, 512, 68, 0.7),
        (100, 2.0313, 0.0148, 512, 44, 0.8),
        (10_000, 0.4877, 0.0262, 512, 68, 0.7),
        (16, 0.5, 1 / 64, 256, 8, 0.5),
        (1, 0.1, 0.01, 64, 32, 0.9),
        (3, 1.7, 0.031, 900, 2, 0.6),
    ),
    draw=_rate,
    mistakes=(
        Mistake(
            "rounded down",
            (("-int(-reading // 1)", "int(reading)"), ("-int(-writing // 1)", "int(writing)")),
            ROUND,
        ),
        Mistake(
            "rounded to the nearest",
            (("-int(-reading // 1)", "round(reading)"), ("-int(-writing // 1)", "round(writing)")),
            ROUND,
        ),
        Mistake(
            "a slice too many",
            (
                ("-int(-reading // 1)", "int(reading) + 1"),
                ("-int(-writing // 1)", "int(writing) + 1"),
            ),
            "Where the work comes out even no further slice is needed: round up, do not add one.",
        ),
        Mistake(
            "no room for bursts",
            ("requests_per_s / busy_share", "requests_per_s"),
            "A slice works for its share of the time only, so that more slices are needed.",
        ),
        Mistake(
            "one sequence at a time",
            (" / batch", ""),
            "A decode slice writes the answers of the whole batch at once.",
        ),
        Mistake(
            "one step for an answer",
            (" * output_tokens", ""),
            "An answer takes as many steps as it has tokens.",
        ),
        Mistake(
            "prompts left out",
            ("-int(-reading // 1)", "0"),
            "Prompts are read by slices, too; with long prompts by most of them.",
        ),
    ),
    unit="slices",
    distance=list_apart,
    length=2,
    tolerance=0.0,
    picture=named_bars(("prefill", "decode"), "slices"),
)
def slices_for(requests_per_s, prompt_seconds, step_seconds, output_tokens, batch, busy_share):
    """Slices for a rate of requests.

    `requests_per_s` come in. Slices of one pool read prompts, one at a time, each in
    `prompt_seconds`. Slices of the other write answers of `output_tokens` tokens: a step takes
    `step_seconds` and gives one token to each of `batch` sequences. A slice may work for
    `busy_share` of its time (0.5 is half of it). Return a list of two: the slices that read, and
    those that write.

    Example: 10 requests a second, prompts of 0.5 s, steps of 0.25 s, answers of 40 tokens, 20 at
    once, half of the time: `[10, 10]`.
    """
    paid = requests_per_s / busy_share
    reading = paid * prompt_seconds
    writing = paid * output_tokens * step_seconds / batch
    return [-int(-reading // 1), -int(-writing // 1)]
