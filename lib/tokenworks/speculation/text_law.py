"""The law of what speculation writes, by enumeration: every draft, every verdict, no chance.

The proof that a rule is lossless, for vocabularies small enough to list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from tokenworks.number import whole
from tokenworks.speculation.rejection import Residual, acceptance, residual

Text: TypeAlias = tuple[int, ...]
NextToken: TypeAlias = Callable[[Text], Float[np.ndarray, " V"]]
Law: TypeAlias = dict[Text, float]


def output_law(
    target: NextToken, draft: NextToken, gamma: int, *, replace: Residual = residual
) -> Law:
    """Return the probability of each text of gamma + 1 tokens that begins with one pass.

    `target` and `draft` give the distribution of the next token after a text. A pass that ends
    early is continued by the target alone. With `residual` the law is `plain_law(target, gamma+1)`;
    with another `replace` it shows what that rule does instead.
    """
    length = whole(gamma, "gamma", least=0) + 1
    law: Law = defaultdict(float)
    reached: Law = {(): 1.0}  # all tokens so far were drafted and accepted
    for _ in range(gamma):
        deeper: Law = {}
        for text, weight in reached.items():
            p, q = target(text), draft(text)
            kept = q * acceptance(p, q)
            deeper |= _extended(text, weight * kept)
            rejected = (q - kept).sum()
            for ended in _extended(text, weight * rejected * replace(p, q)).items():
                _complete(law, target, ended, length=length)
        reached = deeper
    for whole_draft in reached.items():
        _complete(law, target, whole_draft, length=length)
    return dict(law)


def plain_law(target: NextToken, length: int) -> Law:
    """Return the probability of each text of `length` tokens, drawn one after another."""
    law: Law = defaultdict(float)
    _complete(law, target, ((), 1.0), length=length)
    return dict(law)


def _extended(text: Text, weights: Float[np.ndarray, " V"]) -> Law:
    return {(*text, int(i)): float(weights[i]) for i in np.flatnonzero(weights)}


def _complete(law: Law, target: NextToken, reached: tuple[Text, float], *, length: int) -> None:
    """Add a text's weight to the law, spread over all its continuations to `length` tokens."""
    text, weight = reached
    if len(text) == length:
        law[text] += weight
        return
    for longer in _extended(text, weight * target(text)).items():
        _complete(law, target, longer, length=length)
