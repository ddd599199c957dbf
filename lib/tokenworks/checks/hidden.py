"""The hidden cases: drawn from a teacher's seed, and chosen so that no known slip gets by."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tokenworks.checks.attempt import attempt
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.mutants import mutants
from tokenworks.checks.plain import Case

SEED_VARIABLE = "TOKENWORKS_HIDDEN_SEED"
SEED_FILE = "hidden_seed.txt"
CHOSEN, LOOKED_AT = 12, 150
Slip = Callable[..., Any]


class Solved(NamedTuple):
    """A case and its answer."""

    case: Case
    expected: Any


def hidden_cases(exercise: Exercise, seed: str) -> tuple[Case, ...]:
    """Draw cases that belong to a seed and choose twelve; the same seed gives the same.

    For each slip that none of those chosen so far shows, the first drawn case that shows it is
    chosen; the first of the others fill up.
    """
    draw, pool, chosen = drawn_cases(exercise, seed), list[Solved](), list[int]()

    def first(slip: Slip) -> int | None:
        for at in range(LOOKED_AT):
            if at == len(pool):
                pool.append(solved(exercise, next(draw)))
            if notices(exercise, slip, pool[at]):
                return at
        return None

    for slip in slips(exercise):
        if not any(notices(exercise, slip, pool[at]) for at in chosen):
            chosen += [at for at in [first(slip)] if at is not None]
    pool += [solved(exercise, case) for case in islice(draw, max(0, 2 * CHOSEN - len(pool)))]
    rest = [at for at in range(len(pool)) if at not in chosen]
    chosen += rest[: max(0, CHOSEN - len(chosen))]
    return tuple(pool[at].case for at in sorted(chosen))


def drawn_cases(exercise: Exercise, seed: str) -> Iterator[Case]:
    """Draw cases that belong to a seed, as they come, without end."""
    generator = Random(f"{seed}/{exercise.id}")
    while True:
        yield exercise.draw(generator)


def solved(exercise: Exercise, case: Case) -> Solved:
    """Return a case with its answer."""
    return Solved(case, attempt(exercise, case).value)


@cache
def slips(exercise: Exercise) -> tuple[Slip, ...]:
    """Return what cases must notice: the listed mistakes, and each small change of the solution.

    A change that alters no answer in many draws is another way to write the solution.
    """
    draws = islice(drawn_cases(exercise, "which changes alter nothing"), 2 * LOOKED_AT)
    tried = [solved(exercise, case) for case in (*exercise.cases, *draws)]
    changes = [function for _, function in mutants(exercise.solution)]
    return (
        *exercise.wrong,
        *(slip for slip in changes if any(notices(exercise, slip, case) for case in tried)),
    )


def notices(exercise: Exercise, slip: Slip, solved: Solved) -> bool:
    """Tell whether a case shows that an answer is wrong."""
    outcome = attempt(exercise.asked(slip), solved.case)
    return bool(outcome.problem) or not exercise.accepts(*solved, outcome.value)


def hidden_seed() -> str:
    """Read the teacher's seed: from the environment, else from a file beside the notebook."""
    seed = os.environ.get(SEED_VARIABLE, "")
    if not seed and Path(SEED_FILE).is_file():
        seed = Path(SEED_FILE).read_text(encoding="utf-8").strip()
    if not seed:
        raise RuntimeError(f"hidden cases need a seed: set {SEED_VARIABLE} or write {SEED_FILE}")
    return seed
