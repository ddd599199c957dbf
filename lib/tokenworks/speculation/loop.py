"""Speculative decoding of one text against a dense cache: the slow, clear oracle of the engine.

A pass runs the last known token and the drafted ones after it, so that its logits judge every
drafted token and give the one after them. The cache then holds keys and values of rejected tokens
as well; it is rolled back by its length alone: what lies behind is overwritten before it is read.

Greedy text is the same as without speculation up to near ties. A pass over several tokens runs
other kernels than a pass over one, and its logits differ in the last digits. Where the two best
tokens are closer than that, the pass over several tokens decides: `NEAR_TIE` bounds the distance of
two logits up to which that may change the text. Measured on the real model in the test of this
module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from tokenworks.model.cache import advance_all, grow, prefill_states
from tokenworks.model.generation import DEFAULT, Answer, Generation, Prompt, encode_prompt
from tokenworks.model.language_model import LanguageModel
from tokenworks.model.layers import TreeMask
from tokenworks.model.sampling import Sampling, probabilities
from tokenworks.model.weights import Weights
from tokenworks.speculation.counts import Counts
from tokenworks.speculation.draft import Draft, check_vocabulary, drafted
from tokenworks.speculation.rejection import verify
from tokenworks.speculation.speculation import Speculation

NEAR_TIE = 1e-3  # of logits, far above what two kernels differ by


@dataclass(frozen=True)
class Speculated(Generation):
    """What came out, and what became of the drafts."""

    counts: Counts


def speculate(
    lm: LanguageModel,
    prompt: Prompt,
    speculation: Speculation,
    *,
    max_tokens: int,
    sampling: Sampling = DEFAULT,
    stop: str | Sequence[str] = (),
    chat: bool = False,
    ignore_eos: bool = False,
    weights: Weights | None = None,
) -> Speculated:
    """Return a continuation with the same law as `generate`'s, and counts of drafted tokens.

    `weights` may be the model's own in another layout (`transpose_weights`), which passes over
    several tokens run faster on a CPU. A draft of another vocabulary, and what cannot be generated,
    raise ValueError.
    """
    ids = encode_prompt(lm, prompt, chat=chat)
    check_vocabulary(speculation.draft, lm.spec.vocab_size)
    answer = Answer(lm, len(ids), max_tokens=max_tokens, stop=stop, ignore_eos=ignore_eos)
    text = ModelText(lm, ids, speculation.draft, weights=weights)
    rng, length = np.random.default_rng(sampling.seed), speculation.length()

    def step(room: int) -> Round:
        gamma = min(length.next(), room - 1)  # a pass gives one token of the model's own
        found = draft_and_verify(text, gamma, sampling=sampling, rng=rng)
        length.record(found.drafted, len(found.tokens) - 1)
        return found

    return written(text, answer, step)


class Round(NamedTuple):
    """What one pass gave: the tokens that stand, the last one the model's own, of how many drafted.

    Of a tree the levels are counted.
    """

    tokens: list[int]
    drafted: int


def written(text: ModelText, answer: Answer, step: Callable[[int], Round]) -> Speculated:
    """Run passes until the answer ends; `step` is told how many tokens may still come."""
    prompt_tokens, counts = len(text.ids), Counts()
    said, reason = "", None
    while answer.room and reason is None:
        tokens, drafted = step(answer.room)
        written = 0
        while written < len(tokens) and reason is None:
            piece, reason = answer.push(tokens[written])
            said, written = said + piece, written + 1
        accepted = len(tokens) - 1
        if written < len(tokens):  # the text ended inside the accepted tokens: none is judged after
            drafted = accepted = written
        counts.record(drafted, accepted, tokens=written)
        text.ids += tokens[:written]
    ids = text.ids
    return Speculated(ids[:prompt_tokens], ids[prompt_tokens:], said, reason or "length", counts)


def draft_and_verify(
    text: ModelText, gamma: int, *, sampling: Sampling, rng: np.random.Generator
) -> Round:
    """Draft at most `gamma` tokens, run them in one pass, and return those that stand.

    More drafted tokens than were asked for raise ValueError.
    """
    draft = drafted([])
    if gamma:
        draft = text.sequence.propose(text.ids, gamma, sampling=sampling, rng=rng)
    guesses = draft.tokens.tolist()
    if len(guesses) > gamma:
        raise ValueError(f"the draft was asked for {gamma} tokens and gave {len(guesses)}")
    logits, states = text.run(guesses)
    rows = np.stack([probabilities(row, sampling) for row in logits])
    accepted, token = verify(draft, rows, rng)
    text.observe(states[: accepted + 1])
    return Round([*guesses[:accepted], token], len(guesses))


class ModelText:
    """One sequence: its tokens, the model's cache of all but the last, and its draft."""

    def __init__(
        self, lm: LanguageModel, ids: list[int], draft: Draft, *, weights: Weights | None = None
    ) -> None:
        self.spec, self.weights = lm.spec, lm.fused if weights is None else weights
        self.ids, self.sequence = list(ids), draft.start(ids)
        self._needs_states = draft.needs_states
        states, self.cache = prefill_states(self.weights, lm.spec, ids[:-1])
        if self._needs_states:
            self.sequence.observe(states, start=0)

    @property
    def start(self) -> int:
        """Where a pass writes to the cache: the place of the last known token."""
        return len(self.ids) - 1

    def run(
        self, guesses: list[int], tree: TreeMask | None = None
    ) -> tuple[Float[np.ndarray, "T V"], Float[np.ndarray, "T M"]]:
        """Run the last known token and the guesses; return logits and states after each."""
        new = np.array([[self.ids[-1], *guesses]], np.int32)
        found = advance_all(
            self.weights,
            self.spec,
            new,
            cache=grow(self.cache, self.start + new.size),
            start=np.int32(self.start),
            tree=tree,
        )
        self.cache = found.cache
        return np.asarray(found.logits)[0], np.asarray(found.states)[0]

    def observe(self, states: Float[np.ndarray, "T M"]) -> None:
        """Tell the draft the states of the last known token and of those that stand after it."""
        if self._needs_states:
            self.sequence.observe(states, start=self.start)
