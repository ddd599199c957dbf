"""What a draft is: something that guesses the next tokens for less than the model takes.

One `Draft` serves many sequences; what it remembers of one of them stands in a `DraftSequence`.
A draft may be wrong as often as it likes, the text keeps its law; but it must say truly from which
distribution it drew (`Drafted.probs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from tokenworks.model.sampling import Sampling


class Drafted(NamedTuple):
    """Tokens that a draft puts after the known ones, and the distribution of each.

    `probs` has a row for each token: what the draft drew it from, after the request's temperature
    and filters (`sampling.probabilities`). None says that every token was certain: q is 1 there and
    0 elsewhere, as with a greedy draft and with tokens that were looked up.
    """

    tokens: Int[np.ndarray, " drafted"]
    probs: Float[np.ndarray, "drafted V"] | None = None


@runtime_checkable
class DraftSequence(Protocol):
    """What a draft remembers of one sequence, between two passes of the model."""

    def propose(
        self, ids: Sequence[int], count: int, *, sampling: Sampling, rng: np.random.Generator
    ) -> Drafted:
        """Return at most `count` tokens to follow `ids`, which are all tokens known so far.

        Between two calls `ids` grow by what the model decided: drafted tokens that were rejected
        are not among them, and a draft that kept something of those forgets it. Fewer tokens than
        `count`, or none, are fine. A draft that draws takes its random numbers from `rng`, and its
        distributions from the same `sampling` as the model; at temperature 0 it is greedy.
        """
        ...

    def observe(self, states: Float[Any, "known M"], *, start: int) -> None:
        """Take the model's states of known tokens, from position `start` on.

        A state is what the model's head reads: the last layer's, after the final norm. Row i is
        that of the token at `start + i`, and scores the token after it. The token that the model
        chose last has none yet, so before `propose` the states of `ids[:-1]` have been told.
        Positions may come twice (a sequence that was computed again) or never (a prefix that was
        found in the cache). Called only where the draft `needs_states`.
        """
        ...


@runtime_checkable
class Draft(Protocol):
    """Guesses tokens for any number of sequences."""

    @property
    def vocab_size(self) -> int:
        """Tokens of the vocabulary that its ids and its `Drafted.probs` are over.

        It must be the model's own. A draft that only ever proposes some of them (a reduced draft
        vocabulary) still counts all, and gives the others probability 0.
        """
        ...

    @property
    def needs_states(self) -> bool:
        """Whether `observe` is to be called; the states of a prompt are not free to carry."""
        ...

    def start(self, prompt_ids: Sequence[int]) -> DraftSequence:
        """Return the memory of a new sequence that begins with this prompt."""
        ...


def drafted(tokens: Sequence[int], probs: Sequence[Any] | None = None) -> Drafted:
    """Return what a draft hands over, from lists: tokens, and a distribution for each."""
    rows = None if probs is None or not len(tokens) else np.stack(list(probs))
    return Drafted(np.array(tokens, np.int64), rows)


def check_vocabulary(draft: Draft, vocab_size: int) -> None:
    """Raise ValueError where a draft's vocabulary has another size than the model's."""
    if draft.vocab_size != vocab_size:
        raise ValueError(
            f"the draft's vocabulary has {draft.vocab_size:,} tokens, the model's {vocab_size:,}: "
            "a drafted id would stand for another text, and the two distributions could not be "
            "compared; take a draft with the model's own tokenizer"
        )
