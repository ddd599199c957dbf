"""The queue of waiting requests: first come, first served, by priority, or by turns of clients."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from tokenworks.serving.request import Request
from tokenworks.serving.turns import Turns

Key = tuple[int, float, int]


@dataclass
class WaitingQueue:
    """A queue that a request leaves at its head, or from anywhere when it is cancelled.

    A request keeps its place: who is put back stands before all who came later. A fork waits for
    its parent's prompt beside the queue; those behind its place do not wait for it.
    """

    order: str  # "fcfs", "priority" or "fair"
    forks_wait: bool = True
    turns: Turns = field(default_factory=Turns, init=False)
    _lanes: dict[str, list[tuple[Key, Request]]] = field(default_factory=dict, init=False)  # heaps
    _keys: dict[Request, Key] = field(default_factory=dict, init=False)
    _gone: set[Request] = field(default_factory=set, init=False)
    _numbers: count = field(default_factory=count, init=False)
    _forks: dict[Request, list[Request]] = field(default_factory=dict, init=False)  # by parent

    def __len__(self) -> int:
        return self.ready + sum(map(len, self._forks.values()))

    def __contains__(self, request: Request) -> bool:
        """Whether a request has a place, which it keeps from when it comes until it is finished."""
        return request in self._keys

    @property
    def ready(self) -> int:
        """Requests in the queue itself, without the forks beside it."""
        return sum(map(len, self._lanes.values())) - len(self._gone)

    def key(self, request: Request) -> Key:
        """Return the place of a request, the same for all its life."""
        if request not in self._keys:
            rank = request.priority if self.order == "priority" else 0
            self._keys[request] = (rank, request.arrival_seconds, next(self._numbers))
            if self.order == "fair":
                self.turns.enter(request.client)
        return self._keys[request]

    def push(self, request: Request) -> None:
        """Put a request into the queue, at its place."""
        lane = request.client if self.order == "fair" else ""
        heapq.heappush(self._lanes.setdefault(lane, []), (self.key(request), request))

    def enter(self, request: Request) -> None:
        """Take a new request in; a fork of one that has no place here raises ValueError."""
        parent = request.fork_of
        if parent is None or parent.status == "finished":
            self.push(request)
        elif parent not in self:
            raise ValueError(f"request {parent.id!r} must be added before its fork {request.id!r}")
        elif self.forks_wait and parent.computed < parent.prompt_tokens:
            self.key(request)
            self._forks.setdefault(parent, []).append(request)
        else:
            self.push(request)

    @property
    def awaits_prompt(self) -> bool:
        """Whether the end of a prompt may let a fork in, beside the queue or at its head."""
        head = self.head()
        return bool(self._forks) or (head is not None and head.fork_of is not None)

    def release_forks(self, parent: Request) -> None:
        """Put the forks that waited for a request into the queue."""
        for fork in self._forks.pop(parent, ()):
            self.push(fork)

    def release_forks_of(self, requests: Iterable[Request]) -> None:
        """Put the forks into the queue that waited for a prompt which is computed now."""
        if self._forks:
            for request in requests:
                if request.computed >= request.prompt_tokens:
                    self.release_forks(request)

    def head(self) -> Request | None:
        """Return who is next, or None."""
        lane = self._next_lane()
        return None if lane is None else self._lanes[lane][0][1]

    def pop(self) -> Request:
        """Take the head out; if it found its whole prompt computed, its forks enter the queue."""
        lane = self._next_lane()
        if lane is None:
            raise IndexError("nobody waits")
        request = heapq.heappop(self._lanes[lane])[1]
        self.release_forks_of([request])
        return request

    def _next_lane(self) -> str | None:
        """Return whose turn it is; lanes in which nobody waits any longer are taken away."""
        for lane, heap in list(self._lanes.items()):
            while heap and heap[0][1] in self._gone:
                self._gone.discard(heapq.heappop(heap)[1])
            if not heap:
                del self._lanes[lane]
        if len(self._lanes) < 2:
            return next(iter(self._lanes), None)
        served = self.turns.served
        return min(self._lanes, key=lambda lane: (served[lane], self._lanes[lane][0][0]))

    def drop(self, request: Request) -> None:
        """Take a waiting request out, wherever it stands."""
        parent = request.fork_of
        if parent is not None and request in self._forks.get(parent, ()):
            self._forks[parent].remove(request)
        else:
            self._gone.add(request)

    def forget(self, request: Request) -> None:
        """Free the place of a finished request."""
        if self._keys.pop(request, None) is not None and self.order == "fair":
            self.turns.leave(request.client)

    def served(self, request: Request, *, read: int, made: int) -> None:
        """Enter tokens that were computed for a request: its client's next turn comes later."""
        if self.order == "fair" and request in self._keys:
            self.turns.serve(request.client, read=read, made=made)

    def oldest_seconds(self) -> float:
        """Return the earliest arrival in the queue."""
        waiting = (r for heap in self._lanes.values() for _, r in heap if r not in self._gone)
        return min(r.arrival_seconds for r in waiting)
