"""How many tokens a pass brings, and how much faster that is."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _accepted(rng: Random) -> Case:
    alpha = rng.choice([0.0, 1.0, *(rng.randrange(1, 20) / 20 for _ in range(6))])
    return (alpha, rng.randrange(1, 11))


TAU = "sum(alpha**i for i in range(gamma + 1))"
BONUS = (
    "The pass that checks the draft gives one more token: in place of the first rejected one, or, "
    "when all are accepted, after the last."
)
ONE = "Where every token is accepted the closed form is 0 / 0. Add up the powers instead."


@exercise(
    3,
    examples=(
        Example(
            (0.5, 2),
            "1.75",
            shows=(
                ("0.5", lambda alpha, gamma: alpha),
                ("0.25", lambda alpha, gamma: alpha**gamma),
            ),
        ),
    ),
    cases=((0.8, 5), (0.6, 4), (0.95, 10), (0.3, 1), (0.0, 4), (1.0, 6)),
    draw=_accepted,
    mistakes=(
        Mistake("no bonus token", ("gamma + 1", "gamma"), BONUS),
        Mistake("no bonus token", (TAU, "(1 - alpha**gamma) / (1 - alpha)"), BONUS),
        Mistake(
            "the accepted tokens alone",
            ("range(gamma + 1)", "range(1, gamma + 1)"),
            "These are the drafted tokens that stand. The model adds one of its own to them, in "
            "every pass.",
        ),
        Mistake(
            "every drafted token by itself",
            (TAU, "1 + gamma * alpha"),
            "The first rejection ends the round, however good the tokens behind it are: the third "
            "one counts only if the first two are accepted as well.",
        ),
        Mistake(
            "all or nothing",
            (TAU, "1 + gamma * alpha**gamma"),
            "A draft that is wrong at its last token has brought the tokens before it.",
        ),
        Mistake(
            "the longest run times alpha",
            (TAU, "(gamma + 1) * alpha"),
            "That is 0 for a useless draft, and a pass brings one token at the very least.",
        ),
        Mistake(
            "a draft without end",
            (TAU, "1 / (1 - alpha) if alpha < 1 else gamma + 1"),
            "After gamma drafted tokens the round is over: the series has gamma + 1 terms.",
        ),
        Mistake("alpha = 1 divides by 0", (TAU, "(1 - alpha ** (gamma + 1)) / (1 - alpha)"), ONE),
        Mistake(
            "a perfect draft without its bonus token",
            (TAU, "(1 - alpha ** (gamma + 1)) / (1 - alpha) if alpha < 1 else gamma"),
            f"{BONUS} A perfect draft brings gamma + 1.",
        ),
    ),
    unit="tokens",
)
def tokens_per_pass(alpha, gamma):
    """Tokens a pass.

    A draft runs `gamma` tokens ahead of the model. Each is accepted with the probability `alpha`,
    whatever the others are, as long as all before it were accepted; the first rejection ends the
    round. Then the model adds a token of its own: in place of the rejected one, or after the last
    if none was. Return how many tokens a round brings on average, τ. `alpha` may be 0 or 1.

    Example: `alpha` 0.5 and `gamma` 2. There is always one token. With the probability 0.5 there
    is a second, with 0.25 a third: 1.75.
    """
    return sum(alpha**i for i in range(gamma + 1))


def _times(rng: Random) -> Case:
    decode = rng.randrange(8, 60) / 1000
    draft = decode * rng.choice([0.01, 0.05, 0.17, 0.3, 0.8, 1.2])
    verify = decode * rng.randrange(21, 70) / 20
    return (rng.randrange(0, 21) / 20, rng.randrange(2, 9), draft, verify, decode)


@exercise(
    4,
    examples=(
        Example(
            (0.5, 2, 0.003, 0.04, 0.03),
            "1.14",
            shows=(
                ("1.75", lambda alpha, gamma, *_: 1 + alpha + alpha**2),
                ("46 ms", lambda alpha, gamma, draft, verify, _: gamma * draft + verify),
                ("52.5 ms", lambda alpha, gamma, *times: 1.75 * times[-1]),
            ),
        ),
    ),
    cases=(
        (0.8, 5, 0.002, 0.036, 0.035),
        (0.8, 5, 0.002, 0.090, 0.035),
        (0.3, 3, 0.006, 0.066, 0.033),
        (1.0, 7, 0.001, 0.025, 0.020),
        (0.0, 4, 0.004, 0.024, 0.020),
        (0.9, 2, 0.024, 0.030, 0.020),
    ),
    draw=_times,
    mistakes=(
        Mistake(
            "upside down",
            ("tokens * decode_seconds / round_seconds", "round_seconds / tokens / decode_seconds"),
            "Above 1 is faster than without a draft: divide the time that it saves you by the time "
            "that it takes.",
        ),
        Mistake(
            "the draft's time once",
            ("gamma * draft_seconds", "draft_seconds"),
            "The draft writes its tokens one after the other, like any model: gamma times.",
        ),
        Mistake(
            "the draft is free",
            ("gamma * draft_seconds + ", ""),
            "Only a draft that is looked up costs next to nothing. Add what this one takes.",
        ),
        Mistake(
            "one drafted token too many",
            ("gamma * draft_seconds", "(gamma + 1) * draft_seconds"),
            "The last of the tokens comes from the model: the draft writes gamma.",
        ),
        *(
            Mistake(
                "a pass for every token",
                ("+ verify_seconds", f"+ {passes} * verify_seconds"),
                "One pass reads the whole draft, and verify_seconds is the time of that pass.",
            )
            for passes in ("gamma", "(gamma + 1)")
        ),
        Mistake(
            "checking taken for one token's pass",
            ("+ verify_seconds", "+ decode_seconds"),
            "A pass over several tokens takes longer than one over a single token. How much longer "
            "decides whether the draft pays.",
        ),
        Mistake(
            "a pass more for the model's own token",
            ("+ verify_seconds", "+ verify_seconds + decode_seconds"),
            "The pass that checks the draft gives this token as well.",
        ),
        Mistake("no bonus token", ("range(gamma + 1)", "range(gamma)"), BONUS),
        Mistake(
            "the accepted tokens alone",
            ("range(gamma + 1)", "range(1, gamma + 1)"),
            "The model adds a token of its own in every pass.",
        ),
        Mistake(
            "everything is accepted",
            (TAU, "gamma + 1"),
            "That is the most that a round can bring. On average it brings what `alpha` lets pass.",
        ),
    ),
    unit="times as fast",
)
def speedup(alpha, gamma, draft_seconds, verify_seconds, decode_seconds):
    """What a draft is worth.

    Without a draft the model takes `decode_seconds` a token. With one it writes in rounds. The
    draft takes `draft_seconds` for each of its `gamma` tokens. Then one pass of the model, of
    `verify_seconds`, checks them all. Each is accepted with the probability `alpha` if those before
    it are, and the pass adds a token of the model's own, so that a round brings τ tokens as in
    10.3. Return how many times as fast the text comes with the draft: above 1 it pays.

    Example: `alpha` is 0.5 and `gamma` 2; a drafted token takes 3 ms, the checking pass 40 ms, a
    token of the model alone 30 ms. A round brings 1.75 tokens in 46 ms, where the model alone needs
    52.5 ms: 1.14 times as fast.
    """
    tokens = sum(alpha**i for i in range(gamma + 1))
    round_seconds = gamma * draft_seconds + verify_seconds
    return tokens * decode_seconds / round_seconds
