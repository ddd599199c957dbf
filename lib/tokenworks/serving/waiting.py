"""The line of waiting requests: first come, first served, or by priority."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count

from tokenworks.serving.request import Request

Key = tuple[int, float, int]


@dataclass
class Waiting:
    """A line that a request leaves at its head, or from anywhere when it is cancelled.

    A request keeps its place: who is put back stands before all who came later.
    """

    order: str  # "fcfs" or "priority"
    _heap: list[tuple[Key, Request]] = field(default_factory=list, init=False)
    _keys: dict[Request, Key] = field(default_factory=dict, init=False)
    _gone: set[Request] = field(default_factory=set, init=False)
    _numbers: count = field(default_factory=count, init=False)

    def __len__(self) -> int:
        return len(self._heap) - len(self._gone)

    def key(self, request: Request) -> Key:
        """Return the place of a request, the same for all its life."""
        if request not in self._keys:
            rank = request.priority if self.order == "priority" else 0
            self._keys[request] = (rank, request.arrival_seconds, next(self._numbers))
        return self._keys[request]

    def push(self, request: Request) -> None:
        """Put a request into the line, at its place."""
        heapq.heappush(self._heap, (self.key(request), request))

    def head(self) -> Request | None:
        """Return who is next, or None."""
        while self._heap and self._heap[0][1] in self._gone:
            self._gone.discard(heapq.heappop(self._heap)[1])
        return self._heap[0][1] if self._heap else None

    def pop(self) -> Request:
        """Take the head out."""
        self.head()
        return heapq.heappop(self._heap)[1]

    def drop(self, request: Request) -> None:
        """Take a waiting request out, wherever it stands."""
        self._gone.add(request)

    def forget(self, request: Request) -> None:
        """Free the place of a finished request."""
        self._keys.pop(request, None)

    def oldest_seconds(self) -> float:
        """Return the earliest arrival in the line."""
        return min(r.arrival_seconds for _, r in self._heap if r not in self._gone)
