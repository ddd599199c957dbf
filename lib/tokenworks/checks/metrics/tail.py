"""The tail: a percentile by its estimator, and a log that leaves the worst out."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import numbered
from tokenworks.checks.plain import Case, list_apart


def _values(rng: Random) -> Case:
    count = 1 if rng.random() < 0.1 else rng.randrange(5, 40)
    values = [round(rng.lognormvariate(-1, 1.2), 3) or 0.001 for _ in range(count)]
    return (values, rng.choice([0, 25, 50, 75, 90, 95, 99, 99, 100]))


BETWEEN = "ordered[below] + (place - below) * (ordered[above] - ordered[below])"


@exercise(
    3,
    examples=(Example(([10, 20, 30], 75), "25", shows=(("1.5", lambda values, q: q / 100 * 2),)),),
    cases=(
        ([0.5, 0.1, 0.2, 0.9, 0.4], 50),
        ([0.3, 4.0, 0.1, 0.2, 0.9, 0.4], 90),
        ([3.0, 1.0, 2.0, 5.0, 9.0, 4.0, 8.0], 30),
        ([0.2, 0.1, 0.3, 0.2, 0.4, 6.0, 0.2, 0.1, 0.5, 0.2], 99),
        ([2.0, 8.0, 1.0], 100),
        ([0.7], 99),
    ),
    draw=_values,
    mistakes=(
        Mistake(
            "the list is not sorted",
            ("sorted(values)", "values"),
            "The place counts from the smallest value, so sort a copy first.",
        ),
        *(
            Mistake(
                "one of the values, never between two",
                (BETWEEN, f"ordered[{at}]"),
                "A place such as 1.5 lies between two values: go half of the way to the next.",
            )
            for at in (
                "below",
                "round(place)",
                "-int(-place // 1)",
                "max(0, -int(-q * len(ordered) // 100) - 1)",
                "int(q / 100 * len(ordered))",
            )
        ),
        Mistake(
            "n steps between n values",
            (
                ("(len(ordered) - 1)", "len(ordered)"),
                ("int(place)", "min(int(place), len(ordered) - 1)"),
            ),
            "From the first to the last of n values there are n - 1 steps.",
        ),
        Mistake(
            "q taken for a share",
            ("q / 100", "q"),
            "q is in percent: 99 means 99 of 100.",
        ),
        Mistake(
            "counted from the largest",
            ("q / 100", "(1 - q / 100)"),
            "The P99 lies near the largest value: 99 percent of the values are below it.",
        ),
        Mistake(
            "the mean",
            (BETWEEN, "sum(values) / len(values)"),
            "The mean says nothing about how many values are larger.",
        ),
        Mistake(
            "the largest value", (BETWEEN, "ordered[-1]"), "Only q = 100 is the largest value."
        ),
        Mistake(
            "a share of the largest value",
            (BETWEEN, "q / 100 * ordered[-1]"),
            "q percent of the values lie below the answer: count values, do not scale them.",
        ),
    ),
    unit="seconds",
)
def percentile(values, q):
    """A percentile by its estimator.

    Sort the values. Their places are 0, 1, 2 and so on. The percentile `q`, from 0 to 100, stands
    at place `q / 100` times the largest place. Where that is between two places, go the same part
    of the way between their two values. This estimator is NumPy's default, `linear`. Write it
    yourself.

    Example: of 10, 20 and 30 the percentile 75 stands at place 1.5, so it is 25.
    """
    ordered = sorted(values)
    place = q / 100 * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _stalls(rng: Random) -> Case:
    interval = rng.choice([0.5, 1.0, 2.0])
    service = [rng.randrange(8, 56) / 64 * interval for _ in range(rng.randrange(5, 13))]
    for _ in range(2):
        service[rng.randrange(len(service) - 2)] = rng.randrange(2, 6) * interval + 0.25
    return (interval, service)


@exercise(
    7,
    examples=(
        Example(
            (1, [2.5, 0.5, 0.5]),
            "[2.5, 2, 1.5]",
            shows=(
                ("0", lambda interval, service: 0 * interval),
                ("3.5", lambda interval, service: sum(service)),
            ),
        ),
    ),
    cases=(
        (1.0, [0.5, 3.5, 0.5, 0.5, 0.5]),
        (1.0, [0.25, 0.5, 0.75, 0.5]),
        (0.5, [0.25, 0.25, 2.0, 0.25, 0.25, 0.25, 1.5, 0.25]),
        (2.0, [5.0, 0.5, 0.5, 0.5, 9.0, 1.0]),
    ),
    draw=_stalls,
    mistakes=(
        Mistake(
            "the clock starts when it is sent",
            ("answered - planned", "seconds"),
            "A user who comes during the stall waits too: start the clock at the planned time.",
        ),
        Mistake(
            "the plan slips",
            ("planned = i * interval", "planned = i and answered - service[i - 1] + interval"),
            "A stall delays all that follow and moves no plan: request i is planned at i times "
            "the interval, however late the one before it was.",
        ),
        Mistake(
            "the wait without the answer",
            ("answered - planned", "answered - planned - seconds"),
            "The latency ends with the answer: wait and service together.",
        ),
        Mistake(
            "sent before it is planned",
            ("max(planned, answered)", "answered"),
            "A client that is early waits for the planned time.",
        ),
        Mistake(
            "a plan that starts one interval late",
            ("answered - planned", "answered - planned - interval"),
            "The first request is planned at time 0.",
        ),
        Mistake(
            "requests are added",
            (
                "latencies.append(answered - planned)",
                "latencies += [seconds - k * interval for k in range(-int(-seconds // interval))]",
            ),
            "No request is missing from this log: give each its own latency from its own plan.",
        ),
    ),
    unit="seconds",
    distance=list_apart,
    picture=numbered("no."),
)
def planned_latencies(interval, service):
    """The latencies that a closed loop hides.

    A test client plans to send request i at time i times `interval`: 0, one interval, two
    intervals. But it has one connection. It sends a request at its planned time, or as soon as the
    answer before it is there, whichever is later. From sending to answer, request i took
    `service[i]`, and that is all the log has. Users would have come as planned. Return the list of
    latencies from planned time to answer.

    Example: an interval of 1, and requests that took 2.5, 0.5 and 0.5. They were planned at 0, 1
    and 2, and answered at 2.5, 3 and 3.5: `[2.5, 2, 1.5]`.
    """
    answered, latencies = 0.0, []
    for i, seconds in enumerate(service):
        planned = i * interval
        answered = max(planned, answered) + seconds
        latencies.append(answered - planned)
    return latencies
