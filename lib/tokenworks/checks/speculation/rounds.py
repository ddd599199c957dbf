"""Rounds of speculation, judged by the law of what they write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import draw
from tokenworks.checks.plain import Case
from tokenworks.checks.speculation.drafts import case_of, many_rounds
from tokenworks.checks.speculation.laws import first_fault


def tokens_apart(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Count what one of two lists of texts has more often than the other, place by place."""
    sides = (expected, got)
    counts = [Counter((at, t) for text in side for at, t in enumerate(text)) for side in sides]
    return float(((counts[0] - counts[1]) + (counts[1] - counts[0])).total())


def first_tokens(case: Case, expected: Any, got: Any) -> str:
    """Draw how often each token comes first: as the model alone would write, and as answered."""
    law = [float(share) for share in case[2][0]]
    texts = got if isinstance(got, list) else []
    firsts = [text[0] for text in texts if isinstance(text, list) and text]
    found = [sum(type(t) is int and t == i for t in firsts) / len(case[0]) for i in range(len(law))]
    return (
        '<p class="tw-muted">the first token of all rounds: the model alone, and your answer</p>'
        f"{draw(law, found, unit='', label='token')}"
    )


ACCEPT = "u[i] * q[i][token] >= p[i][token]"
LEFT = "[max(a - b, 0.0) for a, b in zip(p[i], q[i], strict=True)]"
PLACED, KEPT = "law = [x / sum(left) for x in left]", "texts.append(text)"
RATIO = (
    "What counts is the ratio p / q: a token that the draft proposes twice as often as the model "
    "would is right in one of two cases."
)
REST = (
    "p - q where it is positive, and scaled, is what accepted tokens leave to be made up for. Any "
    "other law puts some tokens into the text more often than the model would."
)


@exercise(
    2,
    examples=(
        Example(
            (
                [[0], [1]],
                [[0.5, 0.5]],
                [[0.25, 0.75], [0.5, 0.5]],
                [[0.6, 0.3], [0.9, 0.2]],
            ),
            "[[1], [1, 0]]",
        ),
    ),
    cases=(
        case_of(
            Random("two of four"),
            [[0.3, 0.3, 0.35, 0.05], [0.1, 0.15, 0.4, 0.35]],
            [[0.1, 0.05, 0.425, 0.425], [0.45, 0.42, 0.08, 0.05], [0.15, 0.5, 0.1, 0.25]],
            200,
        ),
        case_of(Random("one of three"), [[0.9, 0.05, 0.05]], [[0.5, 0.25, 0.25], [0.1, 0.3, 0.6]]),
        case_of(
            Random("mostly one"),
            [[0.85, 0.05, 0.05, 0.05]],
            [[0.45, 0.41, 0.07, 0.07], [0.1, 0.2, 0.3, 0.4]],
        ),
        case_of(
            Random("three of five"),
            [[0.5, 0.2, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.2, 0.5], [0.6, 0.1, 0.1, 0.1, 0.1]],
            [
                *([0.2, 0.1, 0.35, 0.1, 0.25], [0.35, 0.2, 0.25, 0.1, 0.1]),
                *([0.25, 0.3, 0.3, 0.1, 0.05], [0.05, 0.1, 0.1, 0.55, 0.2]),
            ],
        ),
        case_of(
            Random("a perfect draft"),
            [[0.25, 0.75], [0.5, 0.5]],
            [[0.25, 0.75], [0.5, 0.5], [0.9, 0.1]],
        ),
        case_of(
            Random("greedy"), [[0.5, 0.25, 0.25]] * 2, [[0.0, 1.0, 0.0], *[[1.0, 0.0, 0.0]] * 2]
        ),
    ),
    draw=many_rounds,
    mistakes=(
        Mistake(
            "everything is accepted",
            (ACCEPT, "False"),
            "Then the text is the draft's. A token stands if its uniform is below p / q.",
        ),
        Mistake(
            "accepted only where p is not below q",
            (ACCEPT, "p[i][token] < q[i][token]"),
            f"{RATIO} The uniform says which.",
        ),
        Mistake("the ratio upside down", (ACCEPT, "u[i] * p[i][token] >= q[i][token]"), RATIO),
        Mistake("the uniform is held against q", (ACCEPT, "u[i] >= q[i][token]"), RATIO),
        Mistake("the uniform is held against p", (ACCEPT, "u[i] >= p[i][token]"), RATIO),
        Mistake(
            "it goes on after a rejection",
            ("break", "continue"),
            "The drafted tokens behind a rejected one were drawn after it, and it is not in the "
            "text. The round ends there.",
        ),
        Mistake(
            "no bonus token",
            (KEPT, "texts.append(text[: len(drafted)])"),
            "The pass has a row of p behind the last drafted token, too: if all stand, draw one "
            "more from it.",
        ),
        Mistake(
            "nothing in the place of a rejected token",
            (KEPT, "texts.append(text if len(text) > len(drafted) else text[:-1])"),
            "Every round brings a token, also if the first one is rejected: draw another from "
            "what is left of p.",
        ),
        Mistake(
            "the rejected token stays",
            ("break", "text.append(token)\n                break"),
            "The new token comes in the place of the rejected one, not behind it.",
        ),
        Mistake(
            "the accepted tokens are left out",
            (KEPT, "texts.append(text[-1:])"),
            "Return all that the round brings: the accepted tokens, and the one behind them.",
        ),
        Mistake("p after a rejection", (PLACED, "law = p[i]"), REST),
        Mistake("q after a rejection", (PLACED, "law = q[i]"), REST),
        Mistake(
            "p without the rejected token",
            (LEFT, "[0.0 if x == token else a for x, a in enumerate(p[i])]"),
            "Other tokens that the draft proposes too often have had their share as well. Their "
            "part of p - q is 0, too.",
        ),
        Mistake(
            "one number of q for all tokens",
            ("a - b", "a - q[i][token]"),
            "Each token has its own q: subtract the rows entry by entry.",
        ),
        Mistake(
            "too much counted as too little",
            ("max(a - b, 0.0)", "abs(a - b)"),
            "Where q is above p nothing is left to make up for: that is 0, not q - p.",
        ),
        Mistake(
            "what is left is not scaled",
            ((PLACED, "law = left"), ("accumulate(law)", "accumulate(law[:-1])")),
            "What is left adds up to less than 1, so that many uniforms are above all of it. "
            "Divide by its sum.",
        ),
        Mistake(
            "always the likeliest of what is left",
            (PLACED, "law = [float(x == max(left)) for x in left]"),
            "Draw from what is left. The likeliest of it, every time, is too much of that one.",
        ),
        Mistake(
            "what is left taken for equal",
            (PLACED, "law = [(x > 0) / sum(y > 0 for y in left) for x in left]"),
            "How much is missing of a token says how often it comes.",
        ),
        Mistake(
            "the uniform that rejected draws as well",
            ("<= chance", "<= [*u, chance][len(text)]"),
            "A uniform that has rejected is known to be large. Take one that has decided nothing.",
        ),
        Mistake(
            "the bonus token from another row",
            ("[], last", "[], p[-2]"),
            "The last row of p is the model's after all of the draft. The row before it was for "
            "the last drafted token.",
        ),
        Mistake(
            "the bonus token from the draft",
            ("[], last", "[], q[-1]"),
            "The token behind the draft is the model's own: draw it from p.",
        ),
        Mistake(
            "not one list for each round",
            ("return texts", "return [token for text in texts for token in text]"),
            "Return a list of lists: what each round brings, in order.",
        ),
    ),
    unit="tokens",
    distance=tokens_apart,
    tolerance=0.0,
    answer_unit="",
    fault=first_fault,
    picture=first_tokens,
)
def verified(drafts, q, p, uniforms):
    """The rejection loop.

    Many rounds are played. In each the draft has drawn `gamma` tokens, a list of `drafts`: token i
    from row i of `q`. Row i of `p` is the model's own distribution at that place, and its last row
    the one behind the draft. In this game the rows are the same in every round. A round has
    `gamma + 1` `uniforms`, random numbers from 0 to 1. Token i stands if all before it do and
    uniform i is below p / q of that token. The first that does not stand ends the round: one token
    is drawn in its place from p - q where that is positive, scaled to add up to 1. If all stand,
    one more is drawn from the last row of `p`. Return for each round the list of the tokens that it
    brings.

    How you draw the new token is up to you; the last uniform has decided nothing yet. The check
    counts what the rounds bring: behind so many rejections each token must come as often as its
    probability says, within what chance allows.

    Example: `drafts` `[[0], [1]]`, `q` `[[0.5, 0.5]]`, `p` `[[0.25, 0.75], [0.5, 0.5]]`, `uniforms`
    `[[0.6, 0.3], [0.9, 0.2]]`. Token 0 stands below 0.25 / 0.5, which 0.6 is not, and only token 1
    is left. In the other round token 1 stands, and one more is drawn: `[[1], [1, 0]]`.
    """
    from itertools import accumulate

    *_, last = p
    texts = []
    for drafted, (*u, chance) in zip(drafts, uniforms, strict=True):
        text, law = [], last
        for i, token in enumerate(drafted):
            if u[i] * q[i][token] >= p[i][token]:
                left = [max(a - b, 0.0) for a, b in zip(p[i], q[i], strict=True)]
                law = [x / sum(left) for x in left]
                break
            text.append(token)
        text.append(sum(passed <= chance for passed in accumulate(law)))
        texts.append(text)
    return texts
