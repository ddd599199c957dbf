"""Medusa heads: one guess each for the token k places further on, all from one state.

Here each head is one matrix and an intercept, fitted in closed form: state of token i to the
model's state of token i + k. The model's own head reads the guess; Medusa trains a vocabulary-sized
matrix a head instead (`cost.speculation_memory.medusa_parameter_count`). The heads do not see each
other's tokens, which is why they guess worse the further they reach. Source: Cai et al. 2024,
https://arxiv.org/abs/2401.10774, section 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from tokenworks.model.forward_pass import lm_head
from tokenworks.model.language_model import LanguageModel
from tokenworks.model.sampling import Sampling, draw, probabilities
from tokenworks.number import Number, whole
from tokenworks.speculation.draft import Drafted, drafted
from tokenworks.speculation.least_squares import LeastSquares


@dataclass(frozen=True, repr=False, eq=False)
class MedusaDraft:
    """Heads over a model's states; head k is `matrices[k]` and `intercepts[k]`, from k = 0 on."""

    lm: LanguageModel
    matrices: Float[np.ndarray, "heads M M"]
    intercepts: Float[np.ndarray, "heads M"]
    needs_states: bool = True

    @property
    def vocab_size(self) -> int:
        """Tokens of the model's vocabulary."""
        return self.lm.spec.vocab_size

    def start(self, prompt_ids: Sequence[int]) -> MedusaSequence:
        """Return a memory of one state."""
        return MedusaSequence(self)


class MedusaSequence:
    """The last state that was told: all that the heads look at."""

    def __init__(self, draft: MedusaDraft) -> None:
        self.draft = draft
        self._state: Float[np.ndarray, " M"] | None = None
        self._at = -1

    def observe(self, states: Float[Any, "known M"], *, start: int) -> None:
        """Keep the last state."""
        if len(states) and start + len(states) - 1 >= self._at:
            self._state, self._at = np.asarray(states[-1], np.float32), start + len(states) - 1

    def propose(
        self, ids: Sequence[int], count: int, *, sampling: Sampling, rng: np.random.Generator
    ) -> Drafted:
        """Return a token of each head, at most as many as there are heads.

        The state is that of the token before the last one. The model has chosen the last one
        itself, so head 0 guesses the one after it.
        """
        if self._state is None or self._at != len(ids) - 2:
            return drafted([])
        heads = slice(0, count)
        guessed = self.draft.matrices[heads] @ self._state + self.draft.intercepts[heads]
        logits = lm_head(self.draft.lm.fused, jnp.asarray(guessed)[None])
        rows = [probabilities(row, sampling) for row in np.asarray(logits)[0]]
        tokens = [draw(q, rng.random() if sampling.temperature else 0.0) for q in rows]
        return drafted(tokens, rows if sampling.temperature else None)


def fit_medusa(
    lm: LanguageModel,
    texts: Sequence[Float[np.ndarray, "tokens M"]],
    heads: int = 4,
    *,
    ridge: Number = 1e-3,
) -> MedusaDraft:
    """Fit heads by least squares on the model's states of whole texts.

    Head k is fitted on states k + 1 places apart, k = 0 the first. Texts that are all too short
    for the last head raise ValueError.
    """
    whole(heads, "heads")
    width = lm.spec.d_model
    fits = []
    for distance in range(1, heads + 1):
        fit = LeastSquares(width, width)
        for states in texts:
            if len(states) > distance:
                fit.add(states[:-distance], states[distance:])
        fits.append(fit.solve(ridge))
    matrices, intercepts = zip(*fits, strict=True)
    return MedusaDraft(lm, np.stack(matrices), np.stack(intercepts))
