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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from tokenworks.model.cache import advance_all, grow, prefill_states
from tokenworks.model.generation import DEFAULT, Answer, Generation, Prompt, encode_prompt
from tokenworks.model.language_model import LanguageModel
from tokenworks.model.sampling import Sampling, probabilities
from tokenworks.model.weights import Weights
from tokenworks.speculation.counts import Counts
from tokenworks.speculation.draft import check_vocabulary, drafted
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
    text = _Text(lm, lm.fused if weights is None else weights, ids, speculation=speculation)
    rng, said, reason = np.random.default_rng(sampling.seed), "", None
    while answer.room and reason is None:
        tokens, guesses = text.step(answer.room, sampling=sampling, rng=rng)
        written = 0
        while written < len(tokens) and reason is None:
            piece, reason = answer.push(tokens[written])
            said, written = said + piece, written + 1
        text.keep(tokens[:written], guesses=guesses, accepted=len(tokens) - 1)
    return Speculated(ids, text.ids[len(ids) :], said, reason or "length", text.counts)


class _Text:
    """One sequence: its tokens, the model's cache of all but the last, and its draft."""

    def __init__(
        self, lm: LanguageModel, weights: Weights, ids: list[int], *, speculation: Speculation
    ) -> None:
        self.spec, self.weights, self.ids = lm.spec, weights, list(ids)
        self.counts, self.length = Counts(), speculation.length()
        self.needs_states = speculation.draft.needs_states
        self.sequence = speculation.draft.start(ids)
        states, self.cache = prefill_states(weights, lm.spec, ids[:-1])
        if self.needs_states:
            self.sequence.observe(states, start=0)

    def step(
        self, room: int, *, sampling: Sampling, rng: np.random.Generator
    ) -> tuple[list[int], int]:
        """Draft, check, and return the tokens that stand, and how many were drafted.

        At least one token stands and at most `room`: a pass gives one of the model's own.
        """
        count, draft = min(self.length.next(), room - 1), drafted([])
        if count:
            draft = self.sequence.propose(self.ids, count, sampling=sampling, rng=rng)
        guesses = draft.tokens.tolist()
        if len(guesses) > count:
            raise ValueError(f"the draft was asked for {count} tokens and gave {len(guesses)}")
        logits, states = self._run([self.ids[-1], *guesses])
        rows = np.stack([probabilities(row, sampling) for row in logits])
        accepted, token = verify(draft, rows, rng)
        if self.needs_states:
            self.sequence.observe(states[: accepted + 1], start=len(self.ids) - 1)
        return [*guesses[:accepted], token], len(guesses)

    def keep(self, tokens: list[int], *, guesses: int, accepted: int) -> None:
        """Append the tokens that stand; count what of the draft was judged before an end."""
        if len(tokens) <= accepted:  # the text ended inside the accepted ones
            guesses = accepted = len(tokens)
        self.ids += tokens
        self.length.record(guesses, accepted)
        self.counts.record(guesses, accepted, tokens=len(tokens))

    def _run(self, tokens: list[int]) -> tuple[Float[np.ndarray, "T V"], Float[np.ndarray, "T M"]]:
        """Run the last known token and the guesses; return logits and states after each."""
        start = len(self.ids) - 1
        found = advance_all(
            self.weights,
            self.spec,
            np.array([tokens], np.int32),
            cache=grow(self.cache, start + len(tokens)),
            start=np.int32(start),
        )
        self.cache = found.cache
        return np.asarray(found.logits)[0], np.asarray(found.states)[0]
