"""Continuous batching: who runs is decided again before every step.

Source: https://www.usenix.org/conference/osdi22/presentation/yu (iteration-level scheduling).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from tokenworks.serving.batch import Batch, Moves, Work
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler_state import SchedulerState


def mixed_batch(state: SchedulerState, now: float) -> Batch | None:
    """Return a step in which all who decode get a token and prompts share the rest of the budget.

    Drafted tokens come before prompts. Of these the ones that were begun go on first, then requests
    are admitted; None when nobody can run.
    """
    moves = Moves([], [], [], [])
    work = [Work(request, request.computed, 1, True) for request in _growing(state, moves)]
    budget = state.policy.max_batch_tokens
    left = (sys.maxsize if budget is None else budget) - len(work)
    if state.drafted:
        work = list(_with_drafts(state, work, left))
        left -= sum(each.drafts for each in work)
    whole = len(work) == len(state.running)
    reading = [] if whole else [r for r in state.running if r.missing_tokens > 1]
    for request in reading + [None] * state.free_slots:
        if left <= 0:
            break
        request = request or state.admit(now, moves)
        if request is None:
            break
        tokens = min(left, request.missing_tokens)
        emits = tokens == request.missing_tokens
        work.append(Work(request, request.computed, tokens, emits))
        left -= tokens
    if not work:
        return None
    return Batch(
        tuple(work),
        len(work),
        preempted=tuple(moves.preempted),
        swapped_out=tuple(moves.out),
        swapped_in=tuple(moves.into),
        copies=tuple(moves.copies),
    )


def _with_drafts(state: SchedulerState, work: Sequence[Work], left: int) -> Iterator[Work]:
    """Yield who decodes with drafted tokens, as many as budget and blocks have room for.

    Nobody is preempted for a guess, and none is made of what `max_tokens` cuts off.
    """
    for request, start, _, emits, _ in work:
        known = start + 1
        drafts = min(
            state.drafted.get(request, 0),
            left,
            request.max_tokens - request.generated - 1,
            state.memory.room(request) - known,
        )
        state.memory.hold(request, known + drafts)
        left -= drafts
        yield Work(request, start, 1 + drafts, emits, drafts)
    state.drafted = {}


def _growing(state: SchedulerState, moves: Moves) -> Iterator[Request]:
    """Yield who decodes, each with room for one more token; the last to come make room."""
    size = state.pool.block_size
    for request in list(state.running):
        known = request.prompt_tokens + request.generated
        if request.status != "running" or known - request.computed > 1:
            continue
        while known > size * len(request.blocks) and not state.memory.grow(request, known):
            state.preempt(state.running[-1], moves)
            if request.status != "running":
                break
        else:
            yield request
