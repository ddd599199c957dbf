"""The real model's next-token logits after texts of a few tokens, each computed once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from tokenworks.architecture import ModelSpec
from tokenworks.model import LanguageModel, Sampling, draw, forward, probabilities
from tokenworks.model.weights import Weights
from tokenworks.speculation import drafted
from tokenworks.speculation.text_law import Text


class Remembered:
    """A model after one prompt; `learn` runs many short continuations in one batch."""

    def __init__(self, weights: Weights, spec: ModelSpec, prompt: Sequence[int]) -> None:
        self.weights, self.spec, self.prompt = weights, spec, list(prompt)
        self._known: dict[Text, np.ndarray] = {}

    def learn(self, texts: Iterable[Text]) -> None:
        """Compute the logits after texts of one length, and after all their beginnings."""
        ids = np.array([[*self.prompt, *text] for text in texts], np.int32)
        logits = np.asarray(forward(self.weights, self.spec, ids))
        first = len(self.prompt)
        for row, scores in zip(ids, logits, strict=True):
            for end in range(first, len(row) + 1):
                self._known.setdefault(tuple(row[first:end].tolist()), scores[end - 1])

    def logits(self, text: Text) -> np.ndarray:
        """Return the logits after prompt and text."""
        if text not in self._known:
            self.learn([text])
        return self._known[text]

    def law(self, sampling: Sampling):
        """Return the distribution of the next token after a text, as `output_law` asks for it."""
        found: dict[Text, np.ndarray] = {}

        def after(text: Text) -> np.ndarray:
            if text not in found:
                found[text] = probabilities(self.logits(text), sampling)
            return found[text]

        return after


class RememberedDraft:
    """A draft that draws from remembered logits."""

    needs_states = False

    def __init__(self, model: Remembered) -> None:
        self.model, self.vocab_size = model, model.spec.vocab_size

    def start(self, prompt_ids):
        return self

    def propose(self, ids, count, *, sampling, rng):
        law, text, rows = self.model.law(sampling), tuple(ids[len(self.model.prompt) :]), []
        for _ in range(count):
            rows.append(law(text))
            text = (*text, draw(rows[-1], rng.random()))
        return drafted(text[len(text) - count :], rows)

    def observe(self, states, *, start):
        raise AssertionError("it needs no states")


def narrowed(lm: LanguageModel, tokens: Sequence[int]) -> LanguageModel:
    """Return the real model, all its layers, over a vocabulary of a few of its tokens."""
    embed = lm.fused["embed"][np.array(tokens)]
    pieces = tuple(lm.tokenizer.pieces[token] for token in tokens)
    tokenizer = replace(lm.tokenizer, pieces=pieces, eos_id=-1)
    spec = replace(lm.spec, vocab_size=len(tokens))
    return LanguageModel(spec, {**lm.fused, "embed": embed}, tokenizer)
