"""The law of rounds of speculation: what an answer does is told from many rounds of it.

A case is (drafts, q, p, uniforms): many rounds with the same rows of q and p. Which drafted tokens
stand follows from their uniforms. The token behind them is judged by its law alone, so that every
way to draw it is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate
from math import inf, log
from typing import Any, NamedTuple

from tokenworks.checks.exercise import Fault
from tokenworks.checks.plain import Case, describe

Row = Sequence[float]
TOO_RARE = 20.0  # nats: a right answer goes this far off with a probability of 2 exp(-20), 4e-9


class Round(NamedTuple):
    """One round: what was drafted, its uniforms, and the rows that all rounds share."""

    drafted: list[int]
    uniforms: list[float]
    q: list[list[float]]
    p: list[list[float]]

    def kept(self, stands: Callable[[float, float, float], bool]) -> int:
        """Return how many tokens a rule keeps, which sees a uniform and the token's p and q."""
        places = zip(self.drafted, self.uniforms, self.p, self.q, strict=False)
        verdicts = [stands(u, p[token], q[token]) for token, u, p, q in places]
        return [*verdicts, False].index(False)


RULES: dict[str, Callable[[float, float, float], bool]] = {
    "everything is accepted": lambda u, p, q: True,
    "accepted only where p is not below q": lambda u, p, q: p >= q,
    "the ratio upside down": lambda u, p, q: u * p < q,
    "the uniform is held against q": lambda u, p, q: u < q,
    "the uniform is held against p": lambda u, p, q: u < p,
}


def right(u: float, p: float, q: float) -> bool:
    """Tell whether a drafted token stands."""
    return u * q < p


def scaled(weights: Sequence[float]) -> list[float]:
    """Divide by the sum, where it is not 0."""
    total = sum(weights)
    return [weight / total for weight in weights] if total else list(weights)


def left_of(p: Row, q: Row) -> list[float]:
    """Return what replaces a rejected token: the positive part of p - q, scaled."""
    return scaled([max(a - b, 0.0) for a, b in zip(p, q, strict=True)])


def _without(p: Row, q: Row, rejected: int) -> list[float]:
    return scaled([0.0 if i == rejected else a for i, a in enumerate(p)])


def _unscaled(p: Row, q: Row, rejected: int) -> list[float]:
    """Return what a walk through the unscaled rest gives that ends with the last token."""
    left = [max(a - b, 0.0) for a, b in zip(p, q, strict=True)]
    return [*left[:-1], 1 - sum(left[:-1])]


def _likeliest(law: Row) -> list[float]:
    return [float(i == law.index(max(law))) for i in range(len(law))]


REPLACED: dict[str, Callable[[Row, Row, int], list[float]]] = {
    "p after a rejection": lambda p, q, x: list(p),
    "p without the rejected token": _without,
    "one number of q for all tokens": lambda p, q, x: left_of(p, [q[x]] * len(p)),
    "too much counted as too little": lambda p, q, x: scaled(
        [abs(a - b) for a, b in zip(p, q, strict=True)]
    ),
    "q after a rejection": lambda p, q, x: list(q),
    "what is left is not scaled": _unscaled,
    "always the likeliest of what is left": lambda p, q, x: _likeliest(left_of(p, q)),
    "what is left taken for equal": lambda p, q, x: scaled([float(w > 0) for w in left_of(p, q)]),
}
BONUS: dict[str, Callable[[Case], list[float]]] = {
    "the bonus token from another row": lambda case: case[2][-2],
    "the bonus token from the draft": lambda case: case[1][-1],
}


def surprise(count: int, total: int, share: float) -> float:
    """Return how unlikely it is that `count` of `total` have something with a probability.

    In nats: total times the divergence of the two shares. So far off, on this side, it comes with a
    probability of at most exp of minus that. Source: Hoeffding 1963, theorem 1,
    https://doi.org/10.1080/01621459.1963.10500830
    """
    if not total:
        return 0.0
    found = count / total
    parts = ((found, share), (1 - found, 1 - share))
    return total * sum(inf if b <= 0 else a * log(a / b) for a, b in parts if a > 0)


def misfit(tokens: Sequence[int], law: Row) -> float:
    """Return how badly a law fits to tokens, in nats: 0 where each comes as often as it says."""
    counts = Counter(tokens)
    pairs = [(n, law[token] * len(tokens)) for token, n in counts.items()]
    return sum(n * log(n / wanted) if wanted > 0 else inf for n, wanted in pairs)


def off(tokens: Sequence[int], law: Row) -> int | None:
    """Return the token whose count is least likely under a law, where it is too unlikely."""
    counts = Counter(tokens)
    worst = max(range(len(law)), key=lambda i: surprise(counts[i], len(tokens), law[i]))
    return worst if surprise(counts[worst], len(tokens), law[worst]) > TOO_RARE else None


def first_fault(case: Case, answers: list[Any]) -> Fault | None:
    """Return the first rule that an answer to many rounds breaks."""
    drafts, q, p, uniforms = case
    if len(answers) != len(drafts):
        told = f"there were {len(drafts)} rounds, the list has {len(answers)}"
        return Fault("not one list for each round", told).at("In all")
    rounds = [Round(*pair, q, p) for pair in zip(drafts, uniforms, strict=True)]
    for number, answer in enumerate(answers):
        if why := _unreadable(answer, len(p[0])):
            return Fault("it returns the wrong kind", why).at(f"Round {number}")
    return _misjudged(rounds, answers) or _misdrawn(case, rounds, answers)


def _unreadable(answer: Any, tokens: int) -> str:
    if not isinstance(answer, list):
        return f"it is {describe(answer)}, not a list of tokens"
    odd = next((t for t in answer if type(t) is not int or not 0 <= t < tokens), None)
    return "" if odd is None else f"{odd!r} is none of the tokens 0 to {tokens - 1}"


def shaped(round: Round, answer: list[int], kept: int) -> bool:
    """Tell whether an answer has so many drafted tokens, and one token behind them."""
    return len(answer) == kept + 1 and answer[:kept] == round.drafted[:kept]


SHAPES: dict[str, Callable[[Round, list[int], int], bool]] = {
    "no bonus token": lambda r, a, kept: (
        a == r.drafted if kept == len(r.drafted) else shaped(r, a, kept)
    ),
    "nothing in the place of a rejected token": lambda r, a, kept: (
        shaped(r, a, kept) if kept == len(r.drafted) else a == r.drafted[:kept]
    ),
    "the rejected token stays": lambda r, a, kept: shaped(r, a, min(kept + 1, len(r.drafted))),
    "the accepted tokens are left out": lambda r, a, kept: len(a) == 1,
    "it goes on after a rejection": lambda r, a, kept: (
        a[:kept] == r.drafted[:kept] and len(a) > kept
    ),
}


def _misjudged(rounds: list[Round], answers: list[list[int]]) -> Fault | None:
    """Say in which round the wrong tokens are kept, and which rule keeps them in all rounds."""
    kept = [one.kept(right) for one in rounds]
    triples = list(zip(rounds, answers, kept, strict=True))
    wrong = next((i for i, triple in enumerate(triples) if not shaped(*triple)), None)
    if wrong is None:
        return None
    names = [name for name, shape in SHAPES.items() if all(shape(*t) for t in triples)]
    rules = [
        name
        for name, rule in RULES.items()
        if all(shaped(r, a, r.kept(rule)) for r, a, _ in triples)
    ]
    told = (
        f"of {rounds[wrong].drafted} the first {kept[wrong]} stand, and one token comes behind "
        f"them; the answer is {answers[wrong]}"
    )
    return Fault((rules + names or ["other tokens are kept"])[0], told).at(f"Round {wrong}")


def _misdrawn(case: Case, rounds: list[Round], answers: list[list[int]]) -> Fault | None:
    """Say which token comes too often or too seldom, and which law would give it so often."""
    drafts, q, p, _ = case
    ended = [(len(answer) - 1, answer[-1], d) for answer, d in zip(answers, drafts, strict=True)]
    after = {
        place: [(token, d[place]) for at, token, d in ended if at == place]
        for place in range(len(q))
    }
    for place, pairs in after.items():
        law, tokens = left_of(p[place], q[place]), [token for token, _ in pairs]
        if (token := off(tokens, law)) is not None:
            told = _told(token, tokens, law)
            name = _reused(rounds, answers) or _replaced(after, q, p)
            return Fault(name, told).at(f"After a rejection at place {place}")
    bonus = [token for at, token, _ in ended if at == len(q)]
    if (token := off(bonus, p[-1])) is None:
        return None
    names = [name for name, law in BONUS.items() if off(bonus, law(case)) is None]
    told = _told(token, bonus, p[-1])
    return Fault((names or ["another law of the bonus token"])[0], told).at("The bonus token")


def _reused(rounds: list[Round], answers: list[list[int]]) -> str:
    """Notice that the uniform which rejected a token draws the next one, too."""
    for one, answer in zip(rounds, answers, strict=True):
        place = len(answer) - 1
        if place < len(one.q):
            law = left_of(one.p[place], one.q[place])
            sums = [total > one.uniforms[place] for total in accumulate(law)]
            if answer[-1] != [*sums, True].index(True):
                return ""
    return "the uniform that rejected draws as well"


def _replaced(after: dict[int, list[tuple[int, int]]], q: list[Row], p: list[Row]) -> str:
    """Name the law that fits best to the tokens after a rejection, where one fits."""
    found = {"another law after a rejection": TOO_RARE}
    for name, law in REPLACED.items():
        found[name] = 0.0
        for place, pairs in after.items():
            laws = [law(p[place], q[place], rejected) for _, rejected in pairs]
            mixed = [sum(column) / len(pairs) for column in zip(*laws, strict=True)]
            found[name] += misfit([token for token, _ in pairs], mixed)
    return min(found, key=lambda name: found[name])


def _told(token: int, tokens: list[int], law: Row) -> str:
    return (
        f"token {token} comes {tokens.count(token)} times in {len(tokens)}, and its probability is "
        f"{law[token]:.3g}"
    )
