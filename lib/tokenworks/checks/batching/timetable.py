"""Timetables: which requests get a token in which step, and the rules of continuous batching.

A request is [arrival step, prompt tokens, output tokens]; a timetable is a list of steps, each the
list of the indices of the requests that get a token in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenworks.checks.exercise import Fault
from tokenworks.checks.plain import Case, describe


def first_fault(case: Case, steps: list[Any]) -> Fault | None:
    """Return the first rule of continuous batching that a timetable breaks, and the step."""
    watch = Watch(*case)
    for at, batch in enumerate(steps):
        if fault := watch.unreadable(batch):
            return fault.at(f"Step {at}")
    for at, batch in enumerate(steps):
        if fault := watch.broken(at, batch, steps[at + 1 :]):
            return fault.at(f"Step {at}")
        for i in batch:
            watch.made[i] += 1
    for i, made in enumerate(watch.made):
        if made < watch.outputs[i]:
            told = f"request {i} has {made} of its {watch.outputs[i]} tokens"
            return Fault("a request is not finished", told).at(
                f"The list ends at step {len(steps)}"
            )
    return None


@dataclass
class Watch:
    """Looks at a timetable step by step; `made` are the tokens that each request has."""

    requests: list[Any]
    slots: int
    room: int
    outputs: list[int] = field(init=False)  # tokens that each request wants
    made: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.outputs = [output for _, _, output in self.requests]
        self.made = [0] * len(self.requests)

    def held(self, batch: Sequence[int]) -> int:
        """Return the memory of a batch, in tokens: prompts and whole answers."""
        return sum(self.requests[i][1] + self.requests[i][2] for i in batch)

    def unreadable(self, batch: Any) -> Fault | None:
        """Say why a step is not even a list of requests, whatever it is."""
        if not isinstance(batch, list):
            return Fault(
                "it returns the wrong kind", f"it is {describe(batch)}, not a list of indices"
            )
        for i in batch:
            if type(i) is not int or not 0 <= i < len(self.requests):
                return Fault("a request that does not exist", f"{i!r} is no index of the list")
            if batch.count(i) > 1:
                return Fault(
                    "a request twice in a step", f"request {i} stands in it more than once"
                )
        return None

    def broken(self, at: int, batch: list[int], later: list[list[int]]) -> Fault | None:
        """Return the first rule of batching that one step breaks."""
        rules: tuple[Callable[[], Fault | None], ...] = (
            lambda: self._untimely(at, batch),
            lambda: self._left_out(batch, later),
            lambda: self._crowded(batch),
            lambda: self._overtaken(at, batch),
            lambda: self._idle(at, batch),
        )
        return next((found for rule in rules if (found := rule())), None)

    def _untimely(self, at: int, batch: list[int]) -> Fault | None:
        for i in batch:
            if self.requests[i][0] > at:
                told = f"request {i} arrives in step {self.requests[i][0]}"
                return Fault("served before it arrives", told)
            if self.made[i] == self.outputs[i]:
                told = f"request {i} has all of its {self.made[i]} tokens already"
                return Fault("a token too many", told)
        if not batch and self.made == self.outputs:
            return Fault("it goes on after the end", "every request has all of its tokens already")
        return None

    def _left_out(self, batch: list[int], later: list[list[int]]) -> Fault | None:
        for i, made in enumerate(self.made):
            if 0 < made < self.outputs[i] and i not in batch:
                told = f"request {i} is left out with {made} of its {self.outputs[i]} tokens"
                back = any(i in step for step in later)
                return Fault(
                    "a running request pauses" if back else "a request is not finished", told
                )
        return None

    def _crowded(self, batch: list[int]) -> Fault | None:
        if len(batch) > self.slots:
            return Fault("more requests than slots", f"{len(batch)} requests in {self.slots} slots")
        if self.held(batch) > self.room:
            told = f"its requests hold {self.held(batch)} tokens of memory, there are {self.room}"
            return Fault("more memory than there is", told)
        return None

    def _waiting(self, at: int, batch: list[int]) -> list[int]:
        return [
            i
            for i, (arrival, _, _) in enumerate(self.requests)
            if arrival <= at and not self.made[i] and i not in batch
        ]

    def _overtaken(self, at: int, batch: list[int]) -> Fault | None:
        for i in self._waiting(at, batch):
            for j in batch:
                if not self.made[j] and self.requests[j][0] > self.requests[i][0]:
                    return Fault(
                        "a later request overtakes", f"request {j} starts, {i} still waits"
                    )
        return None

    def _idle(self, at: int, batch: list[int]) -> Fault | None:
        waiting = self._waiting(at, batch)
        if len(batch) >= self.slots or not waiting:
            return None
        oldest = min(self.requests[i][0] for i in waiting)
        first = [i for i in waiting if self.requests[i][0] == oldest]
        if any(self.held([*batch, i]) > self.room for i in first):
            return None  # whoever of these was meant to be next may not fit
        told = f"{len(batch)} of {self.slots} slots are used, request {first[0]} waits and fits"
        return Fault("a slot idles while a request waits", told)
