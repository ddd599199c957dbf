"""The tokens that a pass gives a request: the drafted ones that stand, and one more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tokenworks.model.tokenizer import Tokenizer
from tokenworks.serving.batch import Work
from tokenworks.serving.outcome import Made
from tokenworks.serving.ragged import Scores
from tokenworks.serving.request import StopReason
from tokenworks.serving.text_requests import TextRequest

NO_SCORES = Scores(np.empty(0, np.int32), np.empty(0, bool), np.empty((0, 0)))


class Passed(NamedTuple):
    """A pass that was run: its work and the rows of it, the layers' output and the scores."""

    placed: Sequence[tuple[Any, int, int]]  # Work, rows and scores: see Pass.placed
    hidden: Any  # Float "B T M"
    scores: Scores


def push_runs(
    passed: Passed, tokenizer: Tokenizer
) -> Iterator[tuple[Work, Made, StopReason | None]]:
    """Give each request that emits its tokens; yield what came of it, and why it ends, if it does.

    Logits leave the device only for those that want them.
    """
    emitting = [(work, at) for work, _, at in passed.placed if work.emits]
    tokens, finite, logits = passed.scores
    wanted = any(work.request.wants_logits for work, _ in emitting)
    logits = np.asarray(logits) if wanted else NO_SCORES.logits
    for work, at in emitting:
        own = slice(at, at + 1 + work.drafts)
        scores = Scores(tokens[own], finite[own], logits[own])
        yield work, *push_run(work.request, scores, drafts=work.drafts, tokenizer=tokenizer)


def push_run(
    request: TextRequest, scores: Scores, *, drafts: int, tokenizer: Tokenizer
) -> tuple[Made, StopReason | None]:
    """Give a request what the model decides after each of its rows, token by token, as alone.

    Row i stands after the i-th of its drafted tokens. Each next token is drawn as without drafts,
    by the request's own sampling, penalties, grammar and numbers: as long as it is the drafted one,
    the next row holds. So a run ends with the first other token, with the one after all drafts,
    or with whatever ends the answer; the reason is returned with it.

    Logits that are no numbers end an answer. Under drafts they may be the fault of a drafted token,
    of which the attention of all rows had a weight of zero times NaN: the run then stops before
    them, without a token if need be, and the next step finds out.
    """
    for at in range(drafts + 1):
        if not scores.finite[at]:
            if drafts:
                return Made(at, at), None
            return Made(1, 0), request.fail(tokenizer)
        drafted = at if at < drafts else None
        if request.wants_logits:
            token = request.choose(scores.logits[at], tokenizer.eos_id, drafted=drafted)
        else:
            token = int(scores.tokens[at])
        reason = request.push(token, tokenizer)
        stands = drafted is not None and token == int(request.drafted.tokens[at])
        if reason or not stands:
            return Made(at + 1, at + stands), reason
    raise AssertionError("the row after all drafts has none to stand")
