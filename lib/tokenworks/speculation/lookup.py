"""Drafts that run no model: what followed the last time that the text ended so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from tokenworks.model.sampling import Sampling
from tokenworks.number import make_whole
from tokenworks.speculation.draft import Drafted, drafted
from tokenworks.speculation.suffix_automaton import SuffixAutomaton


def copied(ids: Sequence[int], place: int, count: int) -> list[int]:
    """Return `count` tokens from a place on; past the end of the text the copy copies itself."""
    text = list(ids[place : place + count])
    period = len(ids) - place
    while len(text) < count:
        text.append(text[len(text) - period])
    return text


@dataclass(frozen=True)
class PromptLookup:
    """Looks the last tokens up in the text so far, the longest that it finds, and copies on.

    Of n-grams from `most` down to `least` tokens the first that stands earlier in the text wins, at
    its latest place. Source: prompt lookup decoding (https://github.com/apoorvumang/
    prompt-lookup-decoding); `prompt_lookup_min`, `prompt_lookup_max` of vLLM's method "ngram"
    (https://docs.vllm.ai/en/latest/features/speculative_decoding/n_gram/, accessed 2026-11-29).
    A range that is none raises ValueError.
    """

    vocab_size: int
    least: int = 2
    most: int = 4
    needs_states: bool = False

    def __post_init__(self) -> None:
        make_whole(self, "vocab_size", "least", "most")
        if self.least > self.most:
            raise ValueError(f"n-grams from {self.least} to {self.most} tokens are none")

    def start(self, prompt_ids: Sequence[int]) -> _NgramSequence:
        """Return an index of the sequence, which grows with it."""
        return _NgramSequence(self)


class _NgramSequence:
    """The n-grams of one text, each with the place after its two latest occurrences."""

    def __init__(self, draft: PromptLookup) -> None:
        self.draft, self._indexed = draft, 0
        self._after: dict[tuple[int, ...], int] = {}

    def propose(
        self, ids: Sequence[int], count: int, *, sampling: Sampling, rng: np.random.Generator
    ) -> Drafted:
        """Return what followed the longest n-gram that the text ends with."""
        self._index(ids)
        for n in range(min(self.draft.most, len(ids) - 1), self.draft.least - 1, -1):
            place = self._after.get(tuple(ids[-n:]))
            if place is not None:
                return drafted(copied(ids, place, count))
        return drafted([])

    def observe(self, states: Float[Any, "known M"], *, start: int) -> None:
        """Know nothing of states."""

    def _index(self, ids: Sequence[int]) -> None:
        """Note every n-gram that ends before the last token: what follows it is known."""
        for end in range(self._indexed + 1, len(ids)):
            for n in range(self.draft.least, min(self.draft.most, end) + 1):
                self._after[tuple(ids[end - n : end])] = end
        self._indexed = max(self._indexed, len(ids) - 1)


@dataclass(frozen=True)
class SuffixLookup:
    """Copies on from the longest end of the text that stands earlier in it, of any length.

    A suffix automaton finds it in a few steps a token, however long text and match are. `least` is
    the shortest match that is believed.
    """

    vocab_size: int
    least: int = 2
    needs_states: bool = False

    def __post_init__(self) -> None:
        make_whole(self, "vocab_size", "least")

    def start(self, prompt_ids: Sequence[int]) -> _SuffixSequence:
        """Return an automaton of the sequence, which grows with it."""
        return _SuffixSequence(self.least)


class _SuffixSequence:
    def __init__(self, least: int) -> None:
        self._least, self._automaton = least, SuffixAutomaton()

    def propose(
        self, ids: Sequence[int], count: int, *, sampling: Sampling, rng: np.random.Generator
    ) -> Drafted:
        """Return what followed the longest end of the text that stands earlier in it."""
        for token in ids[len(self._automaton) :]:
            self._automaton.append(token)
        length, place = self._automaton.match
        return drafted(copied(ids, place, count) if length >= self._least else [])

    def observe(self, states: Float[Any, "known M"], *, start: int) -> None:
        """Know nothing of states."""
