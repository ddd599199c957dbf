"""An EAGLE-style draft: one trained layer that continues the model's own states.

It needs no second model and no second tokenizer; the price is that the engine must tell it the
model's states. It proposes tokens of a reduced vocabulary alone, because the head is most of what
so small a draft costs, and those of the prompt, which a text comes back to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from tokenworks.model.cache import bucket, empty_cache, grow
from tokenworks.model.language_model import LanguageModel
from tokenworks.model.sampling import Sampling, draw, probabilities
from tokenworks.model.weights import Weights
from tokenworks.speculation.draft import Drafted, drafted
from tokenworks.speculation.draft_layer import advance_draft

LONGEST_RUN = 256  # known tokens run as one padded pass
SPARE = 64  # rows of the head kept for tokens of the prompt


@dataclass(frozen=True, repr=False, eq=False)
class EagleDraft:
    """A draft layer for one model, and the tokens it may propose in every text."""

    lm: LanguageModel
    weights: Weights
    vocabulary: Int[np.ndarray, " reduced"]
    needs_states: bool = True

    @property
    def vocab_size(self) -> int:
        """Tokens of the model's vocabulary; those that are never proposed count too."""
        return self.lm.spec.vocab_size

    @property
    def head(self) -> Float[Array, "V M"]:
        """The model's own head."""
        return self.lm.fused.get("lm_head", self.lm.fused["embed"])

    @cached_property
    def tables(self) -> tuple[Float[Array, "V M"], Float[Array, "reduced M"]]:
        """The model's embeddings, and the rows of its head that this draft always reads."""
        return self.lm.fused["embed"], self.head[jnp.asarray(self.vocabulary)]

    def start(self, prompt_ids: Sequence[int]) -> EagleSequence:
        """Return an empty memory; the prompt is run with the first draft."""
        return EagleSequence(self, prompt_ids)

    def spare(self, prompt_ids: Sequence[int]) -> list[int]:
        """Return the last SPARE tokens of a prompt that the reduced vocabulary lacks."""
        known = set(self.vocabulary.tolist())
        latest = dict.fromkeys(reversed(prompt_ids))
        return [token for token in latest if token not in known][:SPARE]


class EagleSequence:
    """The draft's cache of one sequence, over the states that it was told.

    Input i is the model's state of token i with token i + 1. Inputs stand in the cache from the
    first that is known: a prefix whose states never came is not attended to. Guesses are written
    behind the known inputs, and overwritten by the next ones.
    """

    def __init__(self, draft: EagleDraft, prompt_ids: Sequence[int]) -> None:
        self.draft = draft
        spare = draft.spare(prompt_ids)
        self._vocabulary = np.array([*draft.vocabulary.tolist(), *spare])
        rows = np.array([*spare, *[0] * (SPARE - len(spare))])
        self._tables = (*draft.tables, draft.head[jnp.asarray(rows)])
        self._spec = replace(draft.lm.spec, n_layers=1)
        self._cache = empty_cache(self._spec, 1)
        self._first = 0  # token whose state is the first told
        self._told: list[Float[np.ndarray, "told M"]] = []  # states that have not been run
        self._known = 0  # tokens whose states were told, from the first on
        self._run_inputs = 0  # of those, how many are in the cache
        self._last: tuple[Any, Any] | None = None

    def observe(self, states: Float[Any, "known M"], *, start: int) -> None:
        """Keep the states until the next draft; those that were told before are left out.

        After a gap everything begins anew behind it: its inputs will not come.
        """
        skip = self._first + self._known - start
        if skip < 0 or self._known == 0:
            self._first, self._known, self._run_inputs, skip = start, 0, 0, 0
            self._told = []
        new = np.asarray(states, np.float32)[skip:]
        if len(new):
            self._told.append(new)
            self._known += len(new)

    def propose(
        self, ids: Sequence[int], count: int, *, sampling: Sampling, rng: np.random.Generator
    ) -> Drafted:
        """Run the inputs that are new, then guess one token after another."""
        if self._known == 0 or self._first + self._known != len(ids) - 1:
            return drafted([])  # without the last state there is nothing to continue
        state, logits = self._catch_up(ids)
        tokens, rows = [], []
        while True:
            q = probabilities(np.asarray(logits)[0, : len(self._vocabulary)], sampling)
            chosen = draw(q, rng.random() if sampling.temperature else 0.0)
            tokens.append(int(self._vocabulary[chosen]))
            if sampling.temperature:
                rows.append(self._widened(q))
            if len(tokens) == count:
                return drafted(tokens, rows or None)
            state, logits = self._run(
                state, tokens[-1:], at=self._run_inputs + len(tokens) - 1, count=1
            )

    def _catch_up(self, ids: Sequence[int]) -> tuple[Any, Any]:
        """Run known inputs that are not in the cache; return state and logits after the last."""
        waiting = np.concatenate(self._told) if self._told else np.zeros((0, 0), np.float32)
        self._told = []
        for at in range(0, len(waiting), LONGEST_RUN):
            states = waiting[at : at + LONGEST_RUN]
            next_token = self._first + self._run_inputs + 1
            tokens = list(ids[next_token : next_token + len(states)])
            self._last = self._run(states[None], tokens, at=self._run_inputs, count=len(states))
            self._run_inputs += len(states)
        assert self._last is not None
        return self._last

    def _run(self, states: Any, tokens: list[int], *, at: int, count: int) -> tuple[Any, Any]:
        """Run inputs at place `at` of the cache, padded to a power of two."""
        width = bucket(count, smallest=1)
        (self._cache,) = [grow(self._cache, at + width)]
        if width > count:
            states = np.pad(states, ((0, 0), (0, width - count), (0, 0)))
        ids = np.zeros((1, width), np.int32)
        ids[0, :count] = tokens
        state, logits, kept = advance_draft(
            self.draft.weights,
            self._spec,
            states,
            tables=self._tables,
            ids=ids,
            cache=self._cache[0],
            start=np.int32(at),
            last=count - 1,
        )
        self._cache = [kept]
        return state, logits

    def _widened(self, q: Float[np.ndarray, " proposed"]) -> Float[np.ndarray, " V"]:
        """Return the distribution over the model's whole vocabulary."""
        wide = np.zeros(self.draft.vocab_size)
        wide[self._vocabulary] = q
        return wide
