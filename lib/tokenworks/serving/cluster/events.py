"""What happens when: a heap of events in one total order, so that no tie is left to chance."""

from __future__ import annotations

import heapq
from enum import IntEnum
from itertools import count
from typing import Any, NamedTuple

from tokenworks.number import Number, bounded


class Kind(IntEnum):
    """What happens; of one moment, the kinds happen in this order."""

    STEP_END = 0  # answers leave and blocks are freed before anybody comes
    FAILURE = 1  # so that a step which ends at this very moment counts
    READY = 2  # a replica has started
    TRANSFER_END = 3  # keys and values are where they were sent
    ARRIVAL = 4
    CANCEL = 5  # a client hangs up, who may have come at this very moment
    SCALE = 6  # the autoscaler looks at what is there, this moment's arrivals included
    WAKE = 7  # the window of a dynamic batch closes
    CHANGE = 8  # an operator changes something, after all else of the moment


class Event(NamedTuple):
    """One event; `number` is whose it is (a replica or a request) and settles ties of a kind."""

    seconds: float
    kind: Kind
    number: int
    sequence: int  # never looked at unless all before are equal; payloads are not compared
    payload: Any


class EventHeap:
    """Events by time, then kind, then number: whatever the order in which they were put in.

    Only events that are equal in all three keep the order of their coming. A time that is no
    finite number from 0 raises ValueError.
    """

    def __init__(self) -> None:
        self._heap: list[Event] = []
        self._sequence = count()

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, seconds: Number, kind: Kind, *, number: int = 0, payload: Any = None) -> None:
        """Put an event in."""
        seconds = float(bounded(seconds, "an event's seconds"))
        heapq.heappush(self._heap, Event(seconds, kind, number, next(self._sequence), payload))

    def pop(self) -> Event:
        """Take the next event out; an empty heap raises IndexError."""
        return heapq.heappop(self._heap)

    @property
    def next_seconds(self) -> float | None:
        """When the next event happens, or None."""
        return self._heap[0].seconds if self._heap else None
