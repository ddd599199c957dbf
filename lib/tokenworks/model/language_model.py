"""The real model, ready to use: spec, weights and tokenizer of one GGUF file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tokenworks.architecture import ModelSpec
from tokenworks.model.checkpoint import open_gguf, read_spec, read_weights
from tokenworks.model.download import fetch
from tokenworks.model.tokenizer import Tokenizer, read_tokenizer
from tokenworks.model.weights import Weights, split


@dataclass(frozen=True, repr=False, eq=False)
class LanguageModel:
    """A model that can be run: what it is, its weights, and its tokenizer.

    `fused` has Q, K, V and gate, up in one matrix each, as cached decode runs them: the one copy
    that is held.
    """

    spec: ModelSpec
    fused: Weights
    tokenizer: Tokenizer

    @property
    def weights(self) -> Weights:
        """The same weights with every matrix by itself: split anew at each use."""
        return split(self.fused, self.spec)

    def __repr__(self) -> str:
        return f"LanguageModel({self.spec.name!r})"


def load() -> LanguageModel:
    """Return SmolLM2-135M-Instruct in float32; the first call may fetch it."""
    return read(fetch())


@cache
def read(path: Path) -> LanguageModel:
    """Return the model of any Llama GGUF file, read once per process."""
    reader = open_gguf(path)
    spec = read_spec(reader)
    return LanguageModel(spec, read_weights(reader, spec), read_tokenizer(reader))
