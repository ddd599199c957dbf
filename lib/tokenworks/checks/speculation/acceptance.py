"""The acceptance at which a draft begins to pay."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import draw
from tokenworks.checks.plain import Case


def apart_or_none(expected: float | None, got: float | None) -> float:
    """Return how far two answers are apart, where None is an answer as well."""
    if expected is None or got is None:
        return float(expected is not got)
    return abs(expected - got)


def bars_or_nothing(case: Case, expected: float | None, got: float | None) -> str:
    """Draw two numbers; None has no length."""
    return "" if expected is None or got is None else draw(expected, got, unit="")


def _costs(rng: Random) -> Case:
    gamma = rng.randrange(1, 9)
    draft = rng.randrange(1, 40) / 64
    kind = rng.random()
    if kind < 0.15:  # it pays when every token is accepted, and only then
        return (gamma, draft, gamma + 1 - gamma * draft)
    if kind < 0.3:
        return (gamma, draft, gamma + 1 - gamma * draft + rng.randrange(1, 9) / 16)
    return (gamma, draft, 1 + rng.randrange(0, 8) * gamma / 16)


TAU, COST = "sum(alpha**i for i in range(gamma + 1))", "gamma * draft_cost + verify_cost"
NEVER = "A round brings gamma + 1 tokens at most. If it takes more time than that, nothing helps."


@exercise(
    5,
    examples=(
        Example(
            (1, 0.25, 1.25),
            "0.5",
            shows=(("1.5", lambda gamma, draft, verify: gamma * draft + verify),),
        ),
        Example((1, 0.5, 2), "None"),
    ),
    cases=(
        (3, 0.17, 2.0),
        (3, 0.05, 1.5),
        (5, 0.06, 1.03),
        (8, 0.25, 1.5),
        (2, 0.5, 2.0),
        (4, 0.75, 2.25),
        (1, 1.2, 1.1),
    ),
    draw=_costs,
    mistakes=(
        Mistake(
            "no bonus token",
            (("cost > gamma + 1", "cost > gamma"), ("range(gamma + 1)", "range(gamma)")),
            "A round brings the accepted tokens and one more, the model's own.",
        ),
        Mistake(
            "the accepted tokens alone",
            (
                ("cost > gamma + 1", "cost > gamma"),
                ("range(gamma + 1)", "range(1, gamma + 1)"),
            ),
            "The model's own token comes in every round, and it pays for a part of the time.",
        ),
        Mistake(
            "every drafted token by itself",
            (TAU, "1 + gamma * alpha"),
            "The tokens behind a rejected one are lost, so that more of them must be accepted than "
            "the time divided by the tokens says.",
        ),
        Mistake(
            "the time divided by the tokens",
            (TAU, "(gamma + 1) * alpha"),
            "A round does not bring a part alpha of its gamma + 1 tokens, but 1 + alpha + alpha² "
            "and so on.",
        ),
        Mistake(
            "the draft's time once",
            ("gamma * draft_cost", "draft_cost"),
            "The draft writes its tokens one after the other: gamma times.",
        ),
        Mistake(
            "checking taken for one token's pass",
            ("+ verify_cost", "+ 1"),
            "A pass over the whole draft takes longer than one over a single token.",
        ),
        *(
            Mistake(
                "a pass for every token",
                ("+ verify_cost", f"+ {passes} * verify_cost"),
                "One pass checks the whole draft.",
            )
            for passes in ("gamma", "(gamma + 1)")
        ),
        Mistake(
            "the checking is left out",
            (" + verify_cost", ""),
            "Draft and check both take time, and the plain pass that they replace takes 1.",
        ),
        Mistake("a draft that never pays", ("return None", "return 1.0"), f"{NEVER} Say None."),
        Mistake(
            "a perfect draft does not pay",
            ("cost > gamma + 1", "cost >= gamma + 1"),
            "If a round takes just as long as its gamma + 1 tokens, a perfect draft breaks even.",
        ),
    ),
    unit="",
    distance=apart_or_none,
    tolerance=1e-4,
    picture=bars_or_nothing,
)
def break_even(gamma, draft_cost, verify_cost):
    """Break-even.

    Times are in passes of the model over one token. A drafted token takes `draft_cost`, and the
    pass that checks all `gamma` of them `verify_cost`. Return the smallest acceptance `alpha` at
    which the text comes no slower than without a draft: a round brings as many tokens, τ as in
    10.3, as it takes passes. Return None if no acceptance is enough. Halving an interval finds it.

    Example: `gamma` is 1, `draft_cost` 0.25, `verify_cost` 1.25. A round takes 1.5 passes, and
    brings 1 + alpha tokens: 0.5. With `draft_cost` 0.5 and `verify_cost` 2 it is None.
    """
    cost = gamma * draft_cost + verify_cost
    if cost > gamma + 1:
        return None
    low, high = 0.0, 1.0
    for _ in range(40):
        alpha = (low + high) / 2
        pays = sum(alpha**i for i in range(gamma + 1)) >= cost
        low, high = (low, alpha) if pays else (alpha, high)
    return high
