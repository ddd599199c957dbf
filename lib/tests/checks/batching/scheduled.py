"""The library's scheduler on the traces of the exercises, to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import Run
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate


def timetable(requests: Sequence[Any], slots: int, room: int) -> list[list[int]]:
    """Return which requests get a token in each step of continuous batching, a second a step.

    Another request runs all the time, in a slot and memory of its own. So every step begins on a
    full second, and those who come in the second before it join in the order of the list.
    """
    most = sum(output for *_, output in requests) + requests[-1][0] + 1
    clock = Request(prompt_tokens=1, max_tokens=most)
    line = [
        Request(prompt_tokens=prompt, max_tokens=output, arrival_seconds=at + share / 1e3)
        for share, (at, prompt, output) in enumerate(requests, start=1)
    ]
    policy, pool = Policy(max_batch=slots + 1, reserve=True), BlockPool(room + 1 + most, 1)
    simulate(Scheduler(policy, pool), [clock, *line], lambda load: 1.0)
    steps: list[list[int]] = [[] for _ in range(int(max(r.token_seconds[-1] for r in line)) - 1)]
    for i, request in enumerate(line):
        for end in request.token_seconds:
            steps[int(end) - 2].append(i)
    return steps


def static(prompts: Sequence[int], outputs: Sequence[int], slots: int) -> Run:
    """Run static batches of requests that wait from the start, a second a step."""
    line = [
        Request(prompt_tokens=prompt, max_tokens=output, arrival_seconds=at / 1e6)
        for at, (prompt, output) in enumerate(zip(prompts, outputs, strict=True))
    ]
    policy, pool = Policy(max_batch=slots, batching="static"), BlockPool(1000, 16)
    return simulate(Scheduler(policy, pool), line, lambda load: 1.0, fast=False)
