"""Timetables: which requests get a token in which step, as a scheduler makes them and by its rules.

A request is [arrival step, prompt tokens, output tokens]; a timetable is a list of steps, each the
list of the indices of the requests that get a token in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tokenworks.checks.plain import describe
from tokenworks.checks.question import Case, Fault
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler


def scheduled(requests: Sequence[Any], policy: Policy, *, room: int) -> list[Request]:
    """Run requests through the library's scheduler, a second a step, and return them finished."""
    line = [
        Request(prompt_tokens=prompt, max_tokens=output, id=str(i), arrival_seconds=float(arrival))
        for i, (arrival, prompt, output) in enumerate(requests)
    ]
    scheduler, coming = Scheduler(policy, BlockPool(room, 1)), list(line)
    for step in count():
        while coming and coming[0].arrival_seconds <= step:
            scheduler.add(coming.pop(0))
        if not coming:
            scheduler.close()
        batch = scheduler.schedule(float(step))
        if batch:
            scheduler.postprocess(batch, [step + 1.0])
        elif not coming:
            break
    return line


def timetable(requests: Sequence[Any], policy: Policy, *, room: int) -> list[list[int]]:
    """Return which requests get a token in each step of the library's scheduler."""
    line = scheduled(requests, policy, room=room)
    steps: list[list[int]] = [[] for _ in range(int(max(r.token_seconds[-1] for r in line)))]
    for i, request in enumerate(line):
        for end in request.token_seconds:
            steps[int(end) - 1].append(i)
    return steps


def misplaced(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Count the tokens that two timetables put into different steps."""
    pairs = [{(at, i) for at, step in enumerate(steps) for i in step} for steps in (expected, got)]
    return float(len(pairs[0] ^ pairs[1]))


def first_fault(case: Case, steps: list[Any]) -> Fault | None:
    """Return the first rule of continuous batching that a timetable breaks, and the step."""
    watch = Watch(*case)
    for at, batch in enumerate(steps):
        name, where = watch.unreadable(batch)
        if name:
            return Fault(name, f"Step {at}: {where}.")
    for at, batch in enumerate(steps):
        name, where = watch.broken(at, batch, steps[at + 1 :])
        if name:
            return Fault(name, f"Step {at}: {where}.")
        for i in batch:
            watch.made[i] += 1
    for i, made in enumerate(watch.made):
        if made < watch.outputs[i]:
            told = f"request {i} has {made} of its {watch.outputs[i]} tokens"
            return Fault(
                "a request is not finished", f"The list ends at step {len(steps)}: {told}."
            )
    return None


Broken = tuple[str, str]  # the rule's name, and what was seen; empty where nothing is broken
FINE = ("", "")


@dataclass
class Watch:
    """Looks at a timetable step by step; `made` are the tokens that each request has."""

    requests: list[Any]
    slots: int
    room: int
    made: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.made = [0] * len(self.requests)

    @property
    def outputs(self) -> list[int]:
        """Tokens that each request wants."""
        return [output for _, _, output in self.requests]

    def held(self, batch: Sequence[int]) -> int:
        """Return the memory of a batch, in tokens: prompts and whole answers."""
        return sum(self.requests[i][1] + self.requests[i][2] for i in batch)

    def unreadable(self, batch: Any) -> Broken:
        """Say why a step is not even a list of requests, whatever it is."""
        if not isinstance(batch, list):
            return ("it returns the wrong kind", f"it is {describe(batch)}, not a list of indices")
        for i in batch:
            if type(i) is not int or not 0 <= i < len(self.requests):
                return ("a request that does not exist", f"{i!r} is no index of the list")
            if batch.count(i) > 1:
                return ("a request twice in a step", f"request {i} stands in it more than once")
        return FINE

    def broken(self, at: int, batch: list[int], later: list[list[int]]) -> Broken:
        """Return the first rule of batching that one step breaks."""
        rules: tuple[Callable[[], Broken], ...] = (
            lambda: self._untimely(at, batch),
            lambda: self._left_out(batch, later),
            lambda: self._crowded(batch),
            lambda: self._overtaken(at, batch),
            lambda: self._idle(at, batch),
        )
        return next((found for rule in rules if (found := rule()) != FINE), FINE)

    def _untimely(self, at: int, batch: list[int]) -> Broken:
        for i in batch:
            if self.requests[i][0] > at:
                told = f"request {i} arrives in step {self.requests[i][0]}"
                return ("served before it arrives", told)
            if self.made[i] == self.outputs[i]:
                told = f"request {i} has all of its {self.made[i]} tokens already"
                return ("a token too many", told)
        if not batch and self.made == self.outputs:
            return ("it goes on after the end", "every request has all of its tokens already")
        return FINE

    def _left_out(self, batch: list[int], later: list[list[int]]) -> Broken:
        for i, made in enumerate(self.made):
            if 0 < made < self.outputs[i] and i not in batch:
                told = f"request {i} is left out with {made} of its {self.outputs[i]} tokens"
                back = any(i in step for step in later)
                return ("a running request pauses" if back else "a request is not finished", told)
        return FINE

    def _crowded(self, batch: list[int]) -> Broken:
        if len(batch) > self.slots:
            return ("more requests than slots", f"{len(batch)} requests in {self.slots} slots")
        if self.held(batch) > self.room:
            told = f"its requests hold {self.held(batch)} tokens of memory, there are {self.room}"
            return ("more memory than there is", told)
        return FINE

    def _waiting(self, at: int, batch: list[int]) -> list[int]:
        return [
            i
            for i, (arrival, _, _) in enumerate(self.requests)
            if arrival <= at and not self.made[i] and i not in batch
        ]

    def _overtaken(self, at: int, batch: list[int]) -> Broken:
        for i in self._waiting(at, batch):
            for j in batch:
                if not self.made[j] and self.requests[j][0] > self.requests[i][0]:
                    return ("a later request overtakes", f"request {j} starts, {i} still waits")
        return FINE

    def _idle(self, at: int, batch: list[int]) -> Broken:
        waiting = self._waiting(at, batch)
        if len(batch) >= self.slots or not waiting:
            return FINE
        oldest = min(self.requests[i][0] for i in waiting)
        first = [i for i in waiting if self.requests[i][0] == oldest]
        if any(self.held([*batch, i]) > self.room for i in first):
            return FINE  # whoever of these was meant to be next may not fit
        told = f"{len(batch)} of {self.slots} slots are used, request {first[0]} waits and fits"
        return ("a slot idles while a request waits", told)
