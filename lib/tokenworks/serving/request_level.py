"""Static and dynamic batching: a batch begins and ends as a whole."""

from __future__ import annotations

from tokenworks.serving.batch import Batch, Moves, Work
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler_state import SchedulerState


def padded_batch(state: SchedulerState, now: float) -> Batch | None:
    """Return the next step of the batch that runs, or the first of a new one if it is time."""
    if not state.running and not _gather(state, now):
        return None
    begun = state.begun
    longest = max(request.prompt_tokens + begun[request] for request in state.running)
    rows = [request for request in state.running if not request.done]
    work = [Work(r, r.computed, r.missing_tokens, True) for r in rows]
    steps = rows[0].generated - begun[rows[0]]
    return Batch(tuple(work), len(state.running), padded_tokens=longest + steps)


def window_end_seconds(state: SchedulerState) -> float | None:
    """Return when the window of the next dynamic batch closes, or None."""
    if state.policy.batching != "dynamic" or state.running or not state.waiting:
        return None
    return state.queue.oldest_seconds() + state.policy.window_seconds


def end_batch(state: SchedulerState, now: float) -> list[Request]:
    """Hand over the whole batch if the last of its answers is done; return who was handed over."""
    if not all(request.done for request in state.running):
        return []
    ended, state.running = state.running, []
    for request in ended:
        state.finish(request, now)
    return ended


def _gather(state: SchedulerState, now: float) -> bool:
    """Start the next batch if it is time: as many from the head of the queue as fit."""
    end = window_end_seconds(state)
    ready = state.waiting >= state.policy.max_batch or (state.closed and state.waiting > 0)
    if not ready and (end is None or now < end):
        return False
    while state.free_slots and state.admit(now, Moves([], [], [], [])):
        pass
    state.begun = {request: request.generated for request in state.running}
    return bool(state.running)
