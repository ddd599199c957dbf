"""Drafts that are language models themselves, each with a KV cache of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from tokenworks.architecture import ModelSpec
from tokenworks.model.cache import Cache, advance, advance_all, bucket, empty_cache, grow, prefill
from tokenworks.model.language_model import LanguageModel
from tokenworks.model.sampling import Sampling, draw, probabilities
from tokenworks.model.weights import Weights
from tokenworks.number import whole
from tokenworks.quantization.integer_grid import Grid
from tokenworks.quantization.packing import quantize_weights
from tokenworks.speculation.draft import Drafted, drafted
from tokenworks.speculation.tree import DraftedTree, grow_tree, mask_of

LONGEST_CATCH_UP = 16  # tokens that are run as one padded pass; more are a prompt


@dataclass(frozen=True, repr=False, eq=False)
class ModelDraft:
    """A language model as draft: a smaller one, or the model's own weights made cheaper."""

    spec: ModelSpec
    weights: Weights
    needs_states: bool = False

    @property
    def vocab_size(self) -> int:
        """Tokens of its vocabulary."""
        return self.spec.vocab_size

    def start(self, prompt_ids: Sequence[int]) -> _ModelSequence:
        """Return an empty cache; the prompt is run with the first draft."""
        return _ModelSequence(self)


def early_exit(lm: LanguageModel, layers: int) -> ModelDraft:
    """Return the model's first layers with its final norm and head as a draft.

    It shares the weights and costs their part: (layers + head) of a pass. Another number of layers
    than the model can give raises ValueError. Source: Zhang et al. 2024, Draft & Verify,
    https://arxiv.org/abs/2309.08168 (which skips chosen layers); Elhoushi et al. 2024, LayerSkip,
    https://arxiv.org/abs/2404.16710 (first layers, of a model trained for it).
    """
    whole(layers, "layers", most=lm.spec.n_layers)
    kept = {**lm.fused, "layers": lm.fused["layers"][:layers]}
    return ModelDraft(replace(lm.spec, n_layers=layers), kept)


def quantized_draft(lm: LanguageModel, bits: int = 8) -> ModelDraft:
    """Return the model itself as a draft, its matrices in 8 or 4 bits.

    A chip whose step waits for the weights and that multiplies from their bits reads 1/2 or 1/4 of
    bfloat16's bytes, so that c is about that. A CPU gains nothing: XLA writes the floats out before
    it multiplies, and c is above 1. Other bits raise ValueError.
    """
    return ModelDraft(
        lm.spec, quantize_weights(lm.fused, Grid(bits, symmetric=True, scale_bits=32))
    )


class _ModelSequence:
    """The draft's cache of one sequence: `_known` verified tokens, then `_guessed` ones."""

    def __init__(self, draft: ModelDraft) -> None:
        self.draft = draft
        self._cache: Cache = empty_cache(draft.spec, 1)
        self._known, self._guessed = 0, []

    def propose(
        self, ids: Sequence[int], count: int, *, sampling: Sampling, rng: np.random.Generator
    ) -> Drafted:
        """Run what is new, then one token after another, each drawn as the model would draw it."""
        tokens, rows = [], []
        logits = self._catch_up(ids)
        while True:
            probs = probabilities(np.asarray(logits)[0], sampling)
            tokens.append(draw(probs, rng.random() if sampling.temperature else 0.0))
            rows.append(probs)
            if len(tokens) == count:
                break
            logits = self._run([tokens[-1]], self._known + len(self._guessed))
            self._guessed.append(tokens[-1])
        return drafted(tokens, rows if sampling.temperature else None)

    def propose_tree(
        self,
        ids: Sequence[int],
        branching: Sequence[int],
        *,
        sampling: Sampling,
        rng: np.random.Generator,
    ) -> DraftedTree:
        """Run what is new, then level by level all nodes so far in one pass, and draw children."""
        logits = np.asarray(self._catch_up(ids))

        def score(tree: DraftedTree) -> Float[np.ndarray, "rows V"]:
            return np.concatenate([logits, self._after_nodes(tree)]) if len(tree.tokens) else logits

        return grow_tree(score, branching, sampling=sampling, rng=rng)

    def observe(self, states: Float[Any, "known M"], *, start: int) -> None:
        """Know nothing of states: it computes its own."""

    def _catch_up(self, ids: Sequence[int]) -> Any:
        """Forget guesses that were rejected and run the tokens after those that stand.

        Rolling back is a shorter length: what lies behind it is overwritten before it is read.
        """
        for token in self._guessed:
            if self._known == len(ids) - 1 or ids[self._known] != token:
                break
            self._known += 1
        self._guessed = []
        new, start = list(ids[self._known :]), self._known
        self._known = len(ids)
        if start == 0:
            logits, self._cache = prefill(self.draft.weights, self.draft.spec, new)
            return logits
        *early, late = range(0, len(new), LONGEST_CATCH_UP)
        for at in early:
            self._run(new[at : at + LONGEST_CATCH_UP], start + at)
        return self._run(new[late:], start + late)

    def _after_nodes(self, tree: DraftedTree) -> Float[np.ndarray, "nodes V"]:
        """Return the logits after each node; the cache's length stays, so they are forgotten."""
        found = advance_all(
            self.draft.weights,
            self.draft.spec,
            tree.tokens[None].astype(np.int32),
            cache=grow(self._cache, self._known + len(tree.tokens)),
            start=np.int32(self._known),
            tree=mask_of(tree.parents),
        )
        self._cache = found.cache
        return np.asarray(found.logits)[0]

    def _run(self, tokens: list[int], start: int) -> Any:
        padded = np.zeros((1, bucket(len(tokens), smallest=1)), np.int32)
        padded[0, : len(tokens)] = tokens
        logits, self._cache = advance(
            self.draft.weights,
            self.draft.spec,
            padded,
            cache=grow(self._cache, start + padded.size),
            start=np.int32(start),
            last=len(tokens) - 1,
        )
        return logits
