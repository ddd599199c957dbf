"""Question of chapter 07 about the token budget of one step: who gets how much of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tokenworks.checks.batching_static import ROOM
from tokenworks.checks.metrics_request import list_apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler

Counts = Sequence[int]


def _chunks(decodes: int, prompts: Counts, budget: int) -> list[int]:
    """Return what the library's scheduler reads of each prompt, beside running decodes."""
    policy = Policy(max_batch=decodes + len(prompts), max_batch_tokens=budget)
    scheduler = Scheduler(policy, BlockPool(ROOM, 1))
    for _ in range(decodes):
        scheduler.add(Request(prompt_tokens=1, max_tokens=9))
    first = scheduler.schedule(0.0)
    if first:
        scheduler.postprocess(first, [1.0])
    line = [Request(prompt_tokens=p, max_tokens=9, arrival_seconds=1.0) for p in prompts]
    for request in line:
        scheduler.add(request)
    batch = scheduler.schedule(1.0)
    read = {work.request: work.tokens for work in batch.work} if batch else {}
    return [read.get(request, 0) for request in line]


def _dealt(prompts: Counts, budget: int, *, piece: Callable[[int, int], int] = min) -> list[int]:
    """Deal a budget out in order; `piece` decides from a prompt and what is left."""
    dealt: list[int] = []
    for prompt in prompts:
        dealt.append(piece(prompt, max(0, budget)))
        budget -= dealt[-1]
    return dealt


def _shortest_first(decodes: int, prompts: Counts, budget: int) -> list[int]:
    order = sorted(range(len(prompts)), key=lambda i: prompts[i])
    dealt = _dealt([prompts[i] for i in order], budget - decodes)
    return [dealt[order.index(i)] for i in range(len(prompts))]


def _chunks_case(rng: random.Random) -> Case:
    budget = rng.choice([64, 128, 256, 512])
    size = rng.randrange(2, 6)
    prompts = [rng.choice([rng.randrange(5, 60), rng.randrange(60, 700)]) for _ in range(size)]
    decodes = budget - size if rng.random() < 0.15 else rng.randrange(3, 40)
    return (decodes, prompts, budget)


CHUNKS = Question(
    id="07.6",
    title="Deal out the tokens of a step",
    size_hint="about 6 lines",
    oracle=_chunks,
    cases=(
        (4, [20, 50, 10], 64),
        (12, [300], 128),
        (3, [10, 20], 64),
        (40, [90, 400, 30], 256),
        (60, [9, 12, 30], 64),
        (8, [500, 20, 20], 128),
    ),
    fresh_case=_chunks_case,
    misconceptions=(
        Misconception(
            "the decodes are forgotten",
            lambda decodes, prompts, budget: _dealt(prompts, budget),
            "Every decode takes one token of the budget first; prompts get what is left.",
        ),
        Misconception(
            "no budget",
            lambda decodes, prompts, budget: list(prompts),
            "A step takes as many tokens as the budget has, not the whole prompts.",
        ),
        Misconception(
            "each prompt with a budget of its own",
            lambda decodes, prompts, budget: [min(p, budget - decodes) for p in prompts],
            "There is one budget: what the first prompt takes, the second cannot have.",
        ),
        Misconception(
            "a prompt is never cut",
            lambda decodes, prompts, budget: _dealt(
                prompts, budget - decodes, piece=lambda prompt, left: prompt * (prompt <= left)
            ),
            "A prompt that does not fit is cut: it takes what is left, the rest comes later.",
        ),
        Misconception(
            "the last prompt goes beyond the budget",
            lambda decodes, prompts, budget: _dealt(
                prompts, budget - decodes, piece=lambda prompt, left: prompt * (left > 0)
            ),
            "A prompt takes no more than what is left of the budget.",
        ),
        Misconception(
            "equal shares",
            lambda decodes, prompts, budget: [
                min(p, (budget - decodes) // len(prompts)) for p in prompts
            ],
            "First come, first served: the first prompt takes all it can use.",
        ),
        Misconception(
            "the shortest prompt first",
            _shortest_first,
            "First come, first served: deal in the order of the list.",
        ),
    ),
    distance=list_apart,
    unit="tokens",
    tolerance=0.0,
)

QUESTIONS = (CHUNKS,)
