"""Tables that contradict themselves or their chips: rows whose labels cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import lanes
from tokenworks.checks.plain import Case


def strangers(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Count the places that stand in one of two lists alone."""
    return float(len(set(expected) ^ set(got)))


ALIKE_BUT = ("first time", "time a token", "both times", "users")  # for what is no twin


def marked_rows(case: Case, expected: Any, got: Any) -> str:
    """Draw the rows of a table from left to right, and which of them each side names."""
    named = [[[0] if i in side else [] for i in range(len(case[0]))] for side in (expected, got)]
    return lanes([""], *named, of=("marked rows", "rows"))


def _runs(rng: Random) -> Case:
    held = rng.choice([80, 96, 141, 192]) * 1e9
    parts = rng.choice([1, 1, 2, 2, 4])
    weights = parts * held if rng.random() < 0.5 else (parts - rng.uniform(0.05, 0.45)) * held
    rows = []
    for _ in range(rng.randrange(5, 8)):
        times = [round(rng.uniform(20, 900), 2), round(rng.uniform(5, 60), 2)]
        rows.append([rng.choice([1, 2, 4, 8]), rng.choice([4, 16, 64]), *times])
    for kind in rng.sample(["twin", "twin", "copy", *ALIKE_BUT], 3):
        chips, users, ttft, tpot = rng.choice(rows)
        another = chips * 2 if chips < 8 else 4
        rows.append(
            {
                "twin": [another, users, ttft, tpot],
                "copy": [chips, users, ttft, tpot],
                "first time": [another, users, round(ttft + 0.03, 2), tpot],
                "time a token": [another, users, ttft, round(tpot + 0.02, 2)],
                "both times": [another, users, round(ttft - 0.02, 2), round(tpot + 0.01, 2)],
                "users": [another, 2 * users, ttft, tpot],
            }[kind]
        )
    rng.shuffle(rows)
    return (rows, float(round(weights)), held)


ALIKE, TWIN = "again == run", "any(other != chips and again == run for other, *again in rows)"
TABLE = [
    [1, 16, 61.24, 21.37],
    [2, 16, 48.02, 14.96],
    [4, 16, 48.02, 14.96],
    [4, 64, 118.5, 20.11],
    [8, 64, 118.47, 20.11],
    [8, 64, 97.35, 15.83],
    [4, 128, 97.35, 15.83],
    [8, 16, 35.7, 9.44],
    [8, 16, 35.7, 9.44],
]
PUBLISHED = [  # DeepSeek-V3 on B200 as published (`tokenworks.data.silicon.two_labels`), one alone
    [64, 16, 319.8439474377665, 11.035403910094114],
    [16, 128, 759.947319667117, 25.288749212016892],
    [8, 64, 496.37800147465896, 16.31159667720049],
    [4, 128, 759.947319667117, 25.288749212016892],
    [8, 16, 319.8439474377665, 11.035403910094114],
]


@exercise(
    1,
    examples=(
        Example(
            (
                [[1, 4, 30.5, 9.25], [2, 4, 40.5, 8.75], [4, 4, 40.5, 8.75], [4, 8, 52.5, 11.25]],
                *(100e9, 80e9),
            ),
            "[0, 1, 2]",
        ),
    ),
    cases=(
        (TABLE, 141.0e9, 80e9),
        (TABLE, 16.1e9, 80e9),
        (TABLE, 160e9, 80e9),
        (PUBLISHED, 377e9, 192e9),
        ([[2, 8, 70.1, 12.5], [4, 8, 70.1, 12.5], [2, 8, 70.1, 12.5]], 70e9, 141e9),
        ([[4, 8, 55.2, 10.5], [1, 8, 55.2, 10.5], [8, 8, 45.25, 8.5]], 203e9, 80e9),
        ([[8, 4, 88.31, 9.02], [4, 4, 88.34, 9.02], [2, 4, 88.31, 9.04]], 406e9, 192e9),
        ([[1, 1, 20.5, 7.25], [8, 32, 45.5, 9.75], [4, 32, 45.52, 9.74]], 80e9, 80e9),
    ),
    draw=_runs,
    mistakes=(
        Mistake(
            "all weights on one chip",
            ("chips * bytes_per_chip", "bytes_per_chip"),
            "The chips share the weights: hold them against the memory of all together.",
        ),
        Mistake(
            "weights that just fit do not",
            ("weight_bytes > ", "weight_bytes >= "),
            "Weights that fill the chips to the last byte are still on them.",
        ),
        Mistake(
            "twins are believed",
            ("too_large or twin", "too_large"),
            "One run stands under two labels in this table, and at most one of them is right.",
        ),
        Mistake(
            "weights that do not fit are believed",
            ("too_large or twin", "twin"),
            "A row whose weights do not fit cannot have run, whatever the other rows say.",
        ),
        Mistake(
            "both reasons are asked for",
            ("too_large or twin", "too_large and twin"),
            "One reason is enough to doubt a row.",
        ),
        Mistake(
            "a copy is taken for a contradiction",
            (TWIN, "[again for _, *again in rows].count(run) > 1"),
            "A run that is listed twice under the same label says the same thing twice.",
        ),
        *(
            Mistake(
                "only one of two twins",
                ("in rows)", some),
                "Nothing tells which of the two labels is right, so both rows are in doubt.",
            )
            for some in ("in rows[:i])", "in rows[i:])")
        ),
        *(
            Mistake(
                "one time is enough for a twin",
                (ALIKE, alike),
                "Two runs may share one time by chance. The same run has both, to the digit.",
            )
            for alike in (
                "(again[0], again[2]) == (run[0], run[2])",
                "again[:2] == run[:2]",
                "again[1] == run[1]",
                "again[2] == run[2]",
            )
        ),
        Mistake(
            "other users, and yet the same run",
            (ALIKE, "again[1:] == run[1:]"),
            "With another number of users it is another run, whose times may agree by chance.",
        ),
        Mistake(
            "nearly equal is not equal",
            (ALIKE, "[round(n) for n in again] == [round(n) for n in run]"),
            "Two runs of one setting come close to each other. Twins agree to the last digit.",
        ),
        Mistake(
            "a twin is acquitted by the other",
            (
                "other != chips and",
                "other != chips and weight_bytes <= other * bytes_per_chip and",
            ),
            "Where the weights rule one label out, the other may be wrong as well: it is in doubt.",
        ),
        Mistake(
            "the rows that can be",
            ("if too_large or twin", "if not (too_large or twin)"),
            "Return the rows in doubt, not those that stand.",
        ),
        Mistake(
            "the labels in place of the rows",
            ("append(i)", "append(chips)"),
            "Return where the rows stand in the table, counted from 0.",
        ),
        Mistake(
            "counted from 1",
            ("append(i)", "append(i + 1)"),
            "The first row is row 0.",
        ),
    ),
    unit="rows",
    distance=strangers,
    tolerance=0.0,
    picture=marked_rows,
)
def rows_in_doubt(rows, weight_bytes, bytes_per_chip):
    """The mislabelled column.

    A table has a row `[chips, users, ttft, tpot]` for each run of one model, its times in
    milliseconds. The column of the chips may be wrong, all others are right. There are two reasons
    to doubt a row. Its `weight_bytes` may be more than all its chips hold, `bytes_per_chip` each.
    Or the same run stands under another number of chips, too: as many users, and both times equal
    to the last digit. No two runs are that much alike. At most one of the two labels is right and
    perhaps neither, so both rows are in doubt, even where the weights rule one of them out. A run
    that is listed again under the same number of chips contradicts nothing. Return the places of
    the rows in doubt, counted from 0, in rising order.

    Example: weights of 100 GB, chips of 80 GB, and the rows `[1, 4, 30.5, 9.25]`,
    `[2, 4, 40.5, 8.75]`, `[4, 4, 40.5, 8.75]` and `[4, 8, 52.5, 11.25]`. The first cannot hold its
    weights. The next two are one run under two labels: `[0, 1, 2]`.
    """
    found = []
    for i, (chips, *run) in enumerate(rows):
        too_large = weight_bytes > chips * bytes_per_chip
        twin = any(other != chips and again == run for other, *again in rows)
        if too_large or twin:
            found.append(i)
    return found
