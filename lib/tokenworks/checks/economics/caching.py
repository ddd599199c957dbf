"""From which call on a cached prefix is cheaper."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _terms(rng: Random) -> Case:
    write, read = rng.choice([1, 1.25, 1.5, 2, 3.25]), rng.choice([0, 0.125, 0.25, 0.5, 0.75])
    return (write, read, rng.choice([0, 0, 0.5, 2.25, 4.5]), rng.random() < 0.6)


@exercise(
    3,
    examples=(Example((3, 0.5, 0, True), "6"),),
    cases=(
        (1.25, 0.1, 0, True),
        (2, 0.1, 0, True),
        (1, 0.5, 0, True),
        (1.25, 0.5, 0, True),
        (1, 0.1, 2.25, False),
        (2, 0.5, 1, True),
        (2, 0.5, 1, False),
    ),
    draw=_terms,
    mistakes=(
        Mistake(
            "the writing call is not answered",
            ("write - read if answers else write", "write"),
            "Where the call that writes is answered, only the other calls read.",
        ),
        Mistake(
            "the writing call answers always",
            ("write - read if answers else write", "write - read"),
            "Where the cache is made by a call of its own, all answered calls read.",
        ),
        Mistake(
            "as cheap is not cheaper",
            ("int(even) + 1", "max(1, int(-(-even // 1)))"),
            "Where both cost as much caching does not pay yet: the next call decides.",
        ),
        Mistake(
            "write / (1 - read), as often printed",
            (
                ("write - read if answers else write", "write"),
                ("once + rent", "once"),
                ("int(even) + 1", "int(-(-even // 1))"),
            ),
            "The printed formula holds where writing is a call of its own and nothing is rented: "
            "a call that writes and is answered needs no read.",
        ),
        Mistake(
            "no rent",
            ("once + rent", "once"),
            "Keeping the prefix costs its rent, however many calls come.",
        ),
        Mistake(
            "reads are free",
            (("write - read if answers", "write if answers"), ("(1 - read)", "1")),
            "A call that finds the prefix pays for reading it.",
        ),
        Mistake(
            "the break-even itself",
            ("int(even) + 1", "even"),
            "Calls are whole: the first at which caching is cheaper is asked for.",
        ),
    ),
    unit="calls",
)
def paying_calls(write, read, rent, answers):
    """Calls until a cache pays.

    Some calls share a prefix. Without a cache each pays 1 for it. With a cache the prefix is
    written once for `write`, kept for `rent`, and each call that finds it pays `read`, which is
    below 1. If `answers` is true, the call that writes is answered too, so that only the others
    read; if not, writing is a call of its own and all answered calls read. Return the fewest
    answered calls from which on the cache is cheaper, not merely as cheap.

    Example: write 3, read 0.5, rent 0, the writing call is answered: 6 calls. With one call fewer
    both cost the same.
    """
    once = write - read if answers else write
    even = round((once + rent) / (1 - read), 9)
    return int(even) + 1
