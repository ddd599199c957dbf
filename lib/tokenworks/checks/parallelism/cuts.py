"""By columns or by rows: matrices one behind the other, with as little as possible to send."""

from __future__ import annotations

from itertools import pairwise, product
from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.paged_attention.copy_on_write import differences
from tokenworks.checks.plain import Case


def sent(widths: list[int], cuts: tuple[str, ...]) -> int:
    """Return the values that these cuts send, by the rules of the task."""
    split, total = False, 0
    for cut, (before, after) in zip(cuts, pairwise(widths), strict=True):
        total += before if cut == "column" and split else 0
        total += 2 * after if cut == "row" else 0
        split = cut == "column"
    return total + (widths[-1] if split else 0)


WIDTHS = (8, 12, 16, 20, 28, 48, 64, 100)


def _chain(rng: Random) -> Case:
    while True:
        widths = [rng.choice(WIDTHS) for _ in range(rng.randrange(3, 7))]
        if rng.random() < 0.4:  # ever narrower towards the end
            widths += sorted(rng.sample(WIDTHS, 3))[::-1]
        ways = product(("column", "row"), repeat=len(widths) - 1)
        costs = sorted(sent(widths, cuts) for cuts in ways)
        if costs[0] < costs[1]:
            return (widths,)


@exercise(
    7,
    examples=(
        Example(
            ([4, 16, 4],),
            "['column', 'row']",
            shows=(
                ("8", lambda widths: sent(widths, ("column", "row"))),
                ("20", lambda widths: sent(widths, ("column", "column"))),
                ("40", lambda widths: sent(widths, ("row", "row"))),
                ("36", lambda widths: sent(widths, ("row", "column"))),
            ),
        ),
    ),
    cases=(
        ([8, 28, 8],),
        ([28, 8, 28],),
        ([64, 12, 20, 100],),
        ([16, 48, 16, 64, 16],),
        ([100, 20, 8, 12, 100, 28],),
        ([12, 100, 64, 8, 48, 8, 16],),
        ([48, 16, 12, 100, 64, 20],),
        ([12, 64, 20, 8],),
        ([48, 8, 16],),
    ),
    draw=_chain,
    mistakes=(
        Mistake(
            "column and row by turns",
            (
                "return min(whole, gathered)[1]",
                'return [("column", "row")[at % 2] for at in range(len(widths) - 1)]',
            ),
            "That is right where the middle is wide. A sum sends 2 for each output, gathering "
            "sends 1 for each value that is gathered: a narrow middle is cheaper to gather.",
        ),
        Mistake(
            "every matrix for itself",
            (
                "return min(whole, gathered)[1]",
                'return ["column" if before >= after else "row"\n'
                "            for before, after in pairwise(widths)]",
            ),
            "What a cut costs depends on the one before: a row after a column needs no gathering.",
        ),
        Mistake(
            "the end may stay in parts",
            ("return min(whole, gathered)[1]", "return min(whole, split)[1]"),
            "At the end every device needs the whole output: after a column it is gathered.",
        ),
        Mistake(
            "a sum for the price of gathering",
            ("2 * after", "after"),
            "In a sum every value goes round twice.",
        ),
        Mistake(
            "everything by columns",
            ("fewer = min(whole, split)", "fewer = min(whole, gathered)"),
            "A column after a column has to gather its input first. A row takes the part that each "
            "device has, just as it lies.",
        ),
        Mistake(
            "the most",
            ("return min(whole, gathered)[1]", "return max(whole, gathered)[1]"),
            "As little as possible is to be sent.",
        ),
    ),
    unit="cuts",
    distance=differences,
    tolerance=0.0,
    answer_unit="",
)
def cheapest_cuts(widths):
    """By columns or by rows.

    Matrices stand one behind the other: the first turns `widths[0]` values into `widths[1]`, the
    next those into `widths[2]`, and so on. Several devices share each of them, cut by columns or by
    rows, and the first input is whole on all devices.

    - Cut by columns ("column"), a matrix needs its whole input on each device. Each makes a part of
      the outputs.
    - Cut by rows ("row"), each device needs only its part of the input, which it can also take from
      a whole one. It makes a part of every output, and these are added up over the devices: each
      has the whole output then. That sends 2 for each output.
    - Where parts are to become whole, they are gathered. That sends 1 for each value.

    At the end every device needs the whole output. Return for each matrix "column" or "row", so
    that as little as possible is sent. There is one best answer.

    Example: `[4, 16, 4]`. Column and row send 8, two columns 20, two rows 40, row and column 36:
    `['column', 'row']`.
    """
    from itertools import pairwise

    whole, split = (0, []), (float("inf"), [])
    for before, after in pairwise(widths):
        gathered = (split[0] + before, split[1])
        start = min(whole, gathered)
        fewer = min(whole, split)
        split = (start[0], [*start[1], "column"])
        whole = (fewer[0] + 2 * after, [*fewer[1], "row"])
    gathered = (split[0] + widths[-1], split[1])
    return min(whole, gathered)[1]
