"""The law of what speculation writes, by enumeration: every draft, every verdict, no chance.

The proof that a rule is lossless, for vocabularies small enough to list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from tokenworks.number import whole
from tokenworks.speculation.rejection import Residual, acceptance, residual
from tokenworks.speculation.tree import without

Probs: TypeAlias = Float[np.ndarray, " V"]
Text: TypeAlias = tuple[int, ...]
NextToken: TypeAlias = Callable[[Text], Probs]
Law: TypeAlias = dict[Text, float]


def plain_law(target: NextToken, length: int) -> Law:
    """Return the probability of each text of `length` tokens, drawn one after another."""
    found = _Enumeration(target, target, (), length=length)
    found.complete((), 1.0)
    return dict(found.law)


def output_law(
    target: NextToken, draft: NextToken, gamma: int, *, replace: Residual = residual
) -> Law:
    """Return the probability of each text of gamma + 1 tokens that begins with one pass.

    `target` and `draft` give the distribution of the next token after a text. A pass that ends
    early is continued by the target alone. With `residual` the law is `plain_law(target, gamma+1)`;
    with another `replace` it shows what that rule does instead.
    """
    return tree_law(target, draft, (1,) * whole(gamma, "gamma", least=0), replace=replace)


def tree_law(
    target: NextToken,
    draft: NextToken,
    branching: Sequence[int],
    *,
    replacing: bool = False,
    replace: Residual = residual,
) -> Law:
    """Return the same for a pass over a tree: `branching[i]` children for each node of level i.

    Siblings are drawn without replacement, or with it (`replacing`), which makes them independent.
    """
    levels = tuple(whole(width, "branching") for width in branching)
    found = _Enumeration(
        target, draft, levels, length=len(levels) + 1, replacing=replacing, replace=replace
    )
    found.descend((), 1.0)
    return dict(found.law)


@dataclass
class _Enumeration:
    """A walk through everything that can happen, which adds up the weight of each text."""

    target: NextToken
    draft: NextToken
    branching: tuple[int, ...]
    length: int
    replacing: bool = False
    replace: Residual = residual
    law: Law = field(default_factory=lambda: defaultdict(float))

    def descend(self, text: Text, weight: float) -> None:
        """Reach a text all of whose tokens were drafted and accepted."""
        if len(text) == len(self.branching):
            self.complete(text, weight)
            return
        siblings = self.branching[len(text)]
        self._judge(text, weight, self.target(text), q=self.draft(text), siblings=siblings)

    def _judge(self, text: Text, weight: float, p: Probs, *, q: Probs, siblings: int) -> None:
        """Draw one more sibling from q and judge it by what is left of p."""
        if not siblings or not q.any():
            for token, share in _nonzero(p):
                self.complete((*text, token), weight * share)
            return
        left, chances = self.replace(p, q), acceptance(p, q)
        kept = weight * q * chances
        lost = weight * q * (1 - chances)
        for token, share in _nonzero(kept):
            self.descend((*text, token), share)
        if self.replacing or siblings == 1:
            lost_in_all = float(lost.sum())
            if lost_in_all:
                self._judge(text, lost_in_all, left, q=q, siblings=siblings - 1)
            return
        for token, share in _nonzero(lost):
            self._judge(text, share, left, q=without(q, token), siblings=siblings - 1)

    def complete(self, text: Text, weight: float) -> None:
        """Add a text's weight to the law, spread over all its continuations by the target."""
        if len(text) == self.length:
            self.law[text] += weight
            return
        for token, share in _nonzero(self.target(text)):
            self.complete((*text, token), weight * share)


def _nonzero(weights: Probs) -> list[tuple[int, float]]:
    return [(int(i), float(weights[i])) for i in np.flatnonzero(weights)]
