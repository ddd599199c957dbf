"""What an engine drafts: guesses for each request after a step, for the scheduler to plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Float

from tokenworks.serving.batch import Batch, Work
from tokenworks.serving.outcome import Made, Outcome
from tokenworks.serving.request import Request
from tokenworks.serving.text_requests import NOTHING, TextRequest
from tokenworks.speculation.counts import Counts
from tokenworks.speculation.draft import DraftSequence, check_vocabulary
from tokenworks.speculation.draft_length import DraftLength
from tokenworks.speculation.rejection import check_drafted
from tokenworks.speculation.speculation import Speculation

ONE = Made(1, 0)  # what a request without drafts got
Observe = Callable[[TextRequest, Float[np.ndarray, "known M"], int], None]


@dataclass
class _Ahead:
    """One request's draft, and how far it runs ahead."""

    sequence: DraftSequence
    length: DraftLength


class Drafting:
    """Drafts for every request of an engine, each with a memory of its own.

    A draft whose vocabulary is not the model's raises ValueError, and so does one that proposes
    what it must not.
    """

    def __init__(self, speculation: Speculation, vocab_size: int) -> None:
        check_vocabulary(speculation.draft, vocab_size)
        self.speculation, self.vocab_size = speculation, vocab_size
        self.counts = Counts()  # of the passes after each request's first token
        self._open: WeakKeyDictionary[TextRequest, _Ahead] = WeakKeyDictionary()

    @property
    def observer(self) -> Observe | None:
        """Who wants the model's states of known tokens, or None."""
        return self._observe if self.speculation.draft.needs_states else None

    def propose(self, batch: Batch, outcome: Outcome) -> dict[Request, int]:
        """Let the draft guess what follows in each request that got a token and goes on.

        Return how many tokens it guessed: never more than the answer has room for beside the
        model's own next token.
        """
        drafted = {}
        for work in batch.work:
            request = work.request
            assert isinstance(request, TextRequest)
            request.drafted = NOTHING
            if not work.emits:
                continue
            if work.start >= request.prompt_tokens:
                made = outcome.made.get(request, ONE)
                self.counts.record(work.drafts, made.accepted, tokens=made.tokens)
            if request in outcome.stopped or len(request.output_ids) >= request.max_tokens:
                self._open.pop(request, None)
            elif count := self._guess(request, work, outcome):
                drafted[request] = count
        return drafted

    def _guess(self, request: TextRequest, work: Work, outcome: Outcome) -> int:
        """Draft for one request; after logits that were no numbers nothing is guessed."""
        made, length = outcome.made.get(request, ONE), self._of(request).length
        length.record(work.drafts, made.accepted)
        if made.tokens == made.accepted:
            return 0
        room = request.max_tokens - len(request.output_ids) - 1
        count = min(length.next(), self.speculation.gamma, room)
        if count < 1:
            return 0
        found = self._of(request).sequence.propose(
            request.ids(0, request.prompt_tokens + len(request.output_ids)),
            count,
            sampling=request.sampling,
            rng=request.rng,
        )
        if len(found.tokens) > count:
            raise ValueError(f"the draft was asked for {count} tokens, it gave {len(found.tokens)}")
        check_drafted(found, self.vocab_size)
        request.drafted = found
        return len(found.tokens)

    def _observe(
        self, request: TextRequest, states: Float[np.ndarray, "known M"], start: int
    ) -> None:
        self._of(request).sequence.observe(states, start=start)

    def _of(self, request: TextRequest) -> _Ahead:
        """Return what is remembered of a request, from when it is first seen."""
        if request not in self._open:
            sequence = self.speculation.draft.start(request.prompt_ids)
            self._open[request] = _Ahead(sequence, self.speculation.length())
        return self._open[request]
