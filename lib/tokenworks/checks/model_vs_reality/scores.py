"""The error of a prediction: with the rows that are in doubt, and without them."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case, list_apart

FLAGS = ("dup", "label", "floor", "spec", "twin")


def _rows(rng: Random) -> Case:
    rows = []
    for _ in range(rng.randrange(7, 16)):
        measured = rng.randrange(300, 9000) / 100
        rows.append([round(measured * rng.lognormvariate(0, 0.15), 2), measured, "ok"])
    for row in rng.sample(rows, rng.choice([0, 1, 2, 3, 3])):
        row[0], row[2] = round(row[1] * rng.uniform(1.3, 3), 2), rng.choice(FLAGS)
    return (rows,)


ERROR, KEPT = "abs(predicted / measured - 1)", '[row for row in rows if row[2] == "ok"]'
BETWEEN = "errors[below] + (place - below) * (errors[above] - errors[below])"
HIDDEN = "A score with rows left out is worth something only beside the score of all rows."


@exercise(
    6,
    examples=(
        Example(
            ([[11, 10, "ok"], [24, 30, "ok"], [80, 20, "spec"]],),
            "[0.15, 0.19, 0.2, 2.44]",
            shows=(
                ("0.1", lambda rows: abs(rows[0][0] / rows[0][1] - 1)),
                ("0.2", lambda rows: abs(rows[1][0] / rows[1][1] - 1)),
                ("3", lambda rows: rows[2][0] / rows[2][1] - 1),
                ("0.9", lambda rows: 0.9 * 1),
            ),
        ),
    ),
    cases=(
        (
            [
                [9.6, 10.42, "ok"],
                [21.4, 12.06, "spec"],
                [30.1, 27.0, "ok"],
                [14.8, 16.9, "ok"],
                [8.2, 8.27, "ok"],
                [45.0, 39.6, "dup"],
                [12.2, 15.35, "ok"],
                [61.0, 58.1, "ok"],
            ],
        ),
        ([[10.0, 12.5, "ok"], [7.7, 7.0, "ok"], [33.0, 30.0, "ok"], [5.0, 6.1, "ok"]],),
        (
            [
                [40.2, 21.99, "floor"],
                [18.3, 17.11, "floor"],
                [11.0, 11.67, "ok"],
                [9.31, 8.74, "ok"],
                [26.6, 31.2, "ok"],
                [15.1, 9.8, "label"],
            ],
        ),
        ([[35.0, 27.0, "ok"], [20.0, 26.0, "twin"], [28.1, 35.0, "ok"], [50.2, 51.0, "ok"]],),
    ),
    draw=_rows,
    mistakes=(
        Mistake(
            "no row is left out",
            (' if row[2] == "ok"', ""),
            "The first two numbers are of the rows that nobody doubts, flag `ok`, alone.",
        ),
        Mistake(
            "only the clean rows are scored",
            ("], rows)", '], [row for row in rows if row[2] == "ok"])'),
            f"{HIDDEN} The last two numbers are of all.",
        ),
        Mistake(
            "the rows in doubt for all rows",
            ("], rows)", '], [row for row in rows if row[2] != "ok"] or rows)'),
            "The last two numbers are of all rows, clean ones and flagged ones.",
        ),
        Mistake(
            "all rows first",
            (f"in ({KEPT}, rows)", f"in (rows, {KEPT})"),
            "First the score of the clean rows, then that of all.",
        ),
        Mistake(
            "errors that cancel",
            (ERROR, "predicted / measured - 1"),
            "Too long and too short are both wrong: take the size of each error.",
        ),
        Mistake(
            "a part of what was predicted",
            (ERROR, "abs(measured / predicted - 1)"),
            "An error is a part of what was measured, not of what was predicted.",
        ),
        Mistake(
            "the ratio in place of its error",
            (ERROR, "predicted / measured"),
            "A ratio of 1 is no error at all: how far is it from 1?",
        ),
        Mistake(
            "milliseconds in place of a ratio",
            (ERROR, "abs(predicted - measured)"),
            "A millisecond is much for a fast server and little for a slow one: divide by what was "
            "measured.",
        ),
        Mistake(
            "the errors are not sorted",
            ("sorted(", "list("),
            "Places count from the smallest error: sort first.",
        ),
        Mistake(
            "the mean for the median",
            (f"append({BETWEEN})", f"append(sum(errors) / len(errors) if q == 0.5 else {BETWEEN})"),
            "The mean moves with the worst row. The median is the error in the middle.",
        ),
        *(
            Mistake(
                "one of the errors, never between two",
                (BETWEEN, f"errors[{at}]"),
                "Where the place lies between two errors, go the same part of the way to the next.",
            )
            for at in ("below", "round(place)", "int(q * len(errors))", "above")
        ),
        Mistake(
            "counted from the worst",
            ("(0.5, 0.9)", "(0.5, 0.1)"),
            "Nine of ten errors are below the P90: it lies near the largest.",
        ),
        Mistake(
            "the largest error",
            ("(0.5, 0.9)", "(0.5, 1)"),
            "The P90 leaves the worst tenth of the errors above it.",
        ),
    ),
    unit="",
    distance=list_apart,
    length=4,
    picture=named_bars(("median, clean", "P90, clean", "median, all", "P90, all"), ""),
)
def two_scores(rows):
    """Two scores.

    A prediction is held against a table, rows `[predicted, measured, flag]`. A row that nobody
    doubts has the flag `"ok"`. The error of a row is |predicted / measured - 1|. Return a list of
    four: median and P90 of the errors of the clean rows, then median and P90 of all rows.
    `statistics.median` gives the median. The P90 stands at place 0.9 times the largest place, in
    the sorted errors, counted from 0; between two places go the same part of the way between their
    errors. NumPy's `percentile` does so.

    Example: the rows `[11, 10, "ok"]`, `[24, 30, "ok"]` and `[80, 20, "spec"]` have the errors 0.1,
    0.2 and 3. Of the first two the P90 stands at place 0.9: `[0.15, 0.19, 0.2, 2.44]`.
    """
    scores = []
    for kept in ([row for row in rows if row[2] == "ok"], rows):
        errors = sorted(abs(predicted / measured - 1) for predicted, measured, _ in kept)
        for q in (0.5, 0.9):
            place = q * (len(errors) - 1)
            below = int(place)
            above = min(below + 1, len(errors) - 1)
            scores.append(errors[below] + (place - below) * (errors[above] - errors[below]))
    return scores
