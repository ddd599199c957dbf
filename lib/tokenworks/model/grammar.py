"""Answers held to a grammar: at each place only tokens that it allows can be drawn.

The masks are llguidance's, the package of the extra `grammar`: one wheel for every Python, which
needs nothing else. A grammar is written in its dialect of Lark, where `%json` stands before a JSON
schema (https://github.com/guidance-ai/llguidance/blob/main/docs/syntax.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool

from tokenworks.model.tokenizer import Tokenizer

if TYPE_CHECKING:
    from llguidance import LLMatcher

MISSING = "needs the extra grammar: pip install 'tokenworks[grammar]'"


class Grammars:
    """Compiles grammars for one vocabulary, of which it makes a tree at first.

    Without the extra `grammar` it raises ModuleNotFoundError, which names it.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        try:
            import llguidance
        except ModuleNotFoundError:
            raise ModuleNotFoundError(f"a grammar {MISSING}") from None
        self._matcher, self._tokens = llguidance.LLMatcher, len(tokenizer.pieces)
        self._limits = llguidance.LLParserLimits(verbose_errors=False)
        self._vocabulary = llguidance.LLTokenizer(
            tokenizer.backend.to_str(), n_vocab=self._tokens, eos_token=tokenizer.eos_id
        )

    def compiled(self, lark: str) -> Grammar:
        """Return a grammar, ready to be followed; a wrong one raises ValueError, an empty one too.

        Other threads run meanwhile: it leaves the interpreter's lock.
        """
        start = self._matcher(self._vocabulary, lark, log_level=0, limits=self._limits)
        if start.is_error():
            raise ValueError(start.get_error().strip())
        start.compute_bitmask()  # the first one takes longest, and finds what nothing can follow
        if start.is_stopped() and not start.is_accepting():
            raise ValueError("no text can be of this grammar")
        return Grammar(start, self._tokens)


class Grammar:
    """A compiled grammar; each answer follows it from the start, on its own."""

    def __init__(self, start: LLMatcher, tokens: int) -> None:
        self._start, self._tokens = start, tokens

    def start(self) -> Place:
        """Return the place before the first token."""
        return Place(self._start.deep_copy(), self._tokens)


class Place:
    """How far an answer has come in its grammar."""

    def __init__(self, matcher: LLMatcher, tokens: int) -> None:
        self._matcher, self._tokens = matcher, tokens

    def allowed(self) -> Bool[np.ndarray, " V"]:
        """Return which tokens may come next; where the grammar is fulfilled, the end is one."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        return np.unpackbits(bits, bitorder="little")[: self._tokens].astype(bool)

    def advance(self, token: int) -> None:
        """Go on by the token that was drawn."""
        self._matcher.consume_token(token)

    @property
    def lost(self) -> bool:
        """Whether it cannot go on: a token that was not allowed, or a grammar beyond all bounds."""
        return self._matcher.is_error()
