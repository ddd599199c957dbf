"""The clock of steps that check guesses: how long they take, and how many guesses stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tokenworks.cost.mixed_step import Load
from tokenworks.number import Number, bounded, make_whole
from tokenworks.serving.batch import Batch, Work
from tokenworks.serving.driver import Execute, Turn
from tokenworks.serving.outcome import Made, Outcome
from tokenworks.serving.request import Request
from tokenworks.serving.simulator import swapped_blocks

MASK = (1 << 64) - 1


@dataclass(frozen=True, kw_only=True)
class Drafts:
    """So many guesses before each step, each of which stands with a chance if those before it do.

    `seconds` is what making them takes, of sequences and their mean context. A request's chances
    are drawn by its id and its position in the answer, so that nobody's speed changes them.
    A chance outside of 0 to 1 raises ValueError.
    Source: https://arxiv.org/abs/2211.17192 (the same chance at each place, independently).
    """

    tokens: int
    chance: Number
    seconds: Callable[[int, int], float]

    def __post_init__(self) -> None:
        make_whole(self, "tokens")
        bounded(self.chance, "chance", most=1)

    def accepted(self, request: Request, drafts: int) -> int:
        """Return how many of a request's next guesses stand."""
        salt = _salt(request.id)
        below = int(self.chance * 2.0**64)
        for place in range(drafts):
            if _mixed(salt + request.generated + place) >= below:
                return place
        return drafts


@lru_cache(maxsize=4096)
def _salt(name: str) -> int:
    return _mixed(int.from_bytes(name.encode(), "big"))


def _mixed(number: int) -> int:
    """Return 64 bits that look random.

    Source: https://doi.org/10.1145/2714064.2660195 (SplitMix64).
    """
    number = (number * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)


def drafting(
    step_seconds: Callable[[Load], float], drafts: Drafts, *, swap_seconds_per_block: Number = 0.0
) -> Execute:
    """Return an executor that computes nothing: one step a turn, and the guesses after it.

    `step_seconds` gets guesses as further rows of their decodes, not as prompts. A step that takes
    no time raises ValueError.
    """
    swap = bounded(swap_seconds_per_block, "swap_seconds_per_block")

    def execute(turn: Turn) -> tuple[list[float], Outcome]:
        guessing = [work for work in turn.batch.work if work.drafts]
        seconds = step_seconds(checked_load(turn.batch)) + swap * swapped_blocks(turn.batch)
        if guessing:
            context = sum(work.start for work in guessing) // len(guessing)
            seconds += drafts.seconds(len(guessing), context)
        if not 0 < seconds < math.inf:
            raise ValueError(f"a step must take some time, not {seconds!r} s")
        made = {work.request: _made(work, drafts) for work in guessing}
        return [turn.now + seconds], Outcome(made=made, drafted=_next(turn.batch, made, drafts))

    return execute


def checked_load(batch: Batch) -> Load:
    """Return what a step computes where guesses are rows of their decodes: each cache read once.

    Beside prompts the guesses are rows through the matrices, and look as their first row does.
    """
    if not any(work.drafts for work in batch.work):
        return batch.load
    prompts = [work for work in batch.work if not work.decodes]
    pairs = sum(work.pairs for work in prompts)
    load = batch.load._replace(prompts=len(prompts), prompt_pairs=pairs)
    if prompts:
        seen = sum(work.start + work.tokens for work in batch.work if work.decodes)
        load = load._replace(pairs=load.prompt_pairs + seen)
    return load


def _made(work: Work, drafts: Drafts) -> Made:
    request = work.request
    accepted = drafts.accepted(request, work.drafts)
    left = request.limit - request.generated
    return Made(min(accepted + 1, left), min(accepted, left))


def _next(batch: Batch, made: Mapping[Request, Made], drafts: Drafts) -> dict[Request, int]:
    """Return the guesses that follow, of those who go on."""
    going = {}
    for request in batch.emitting:
        tokens = made[request].tokens if request in made else 1
        if request.generated + tokens < request.limit:
            going[request] = drafts.tokens
    return going
