"""A small memory step by step, paged by the real scheduler or in one piece for each sequence.

A step reads new prompts whole and gives every other sequence in memory one token. A cell is the
place of one token. What a sequence holds is listed in blocks; in one piece a block is one cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.contiguous import (
    FirstFit,
    Reserve,
    reserve_exact,
    reserve_most,
    reserve_power_of_two,
)
from tokenworks.serving.driver import Turn, drive
from tokenworks.serving.kv_occupancy import memory_steps
from tokenworks.serving.outcome import ONE_EACH, Outcome
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.waste import Contiguous

CELLS, MOST = 128, 32  # cells of the memory; tokens of the longest sequence allowed
PREFIX = 8  # first tokens of all prompts, where these begin alike
NAMES = "ABCDEFGH"  # of prompts; their second answers are A2, B2 and so on
RESERVES: dict[str, Reserve] = {
    "most": reserve_most(MOST),
    "power": reserve_power_of_two(MOST),
    "exact": reserve_exact,
}
# Arrival (step), prompt tokens and answer tokens of each request.
TRACES = {
    "alike": tuple((at, 12, 8) for at in (0, 1, 1, 2, 2, 3, 4, 5)),
    "mixed": (
        (0, 9, 3),
        (1, 18, 12),
        (1, 10, 4),
        (2, 11, 16),
        (2, 13, 2),
        (3, 22, 6),
        (4, 9, 9),
        (5, 14, 12),
    ),
    "short": tuple((at, 9 + i % 3, 2 + i % 4) for i, at in enumerate((0, 0, 0, 1, 1, 1, 2, 2))),
}


class Seat(NamedTuple):
    """A sequence in memory: its place in the list of sequences, its tokens, its blocks."""

    sequence: int
    tokens: int
    blocks: tuple[int, ...]


class Moment(NamedTuple):
    """What is in memory while a step runs, who waits outside, and which blocks were copied."""

    seats: tuple[Seat, ...]
    waiting: tuple[int, ...]
    copies: tuple[tuple[int, int, int], ...] = ()  # sequence, source, target
    external: int = 0  # free cells while someone waits for whom no gap is long enough


def sequences(
    lengths: str, *, answers: int, shared_prefix: bool, arrivals: str = "in turn"
) -> list[Request]:
    """Return the sequences of a setting in order: `answers` of 1 has eight requests, else three.

    The second to last answer to a prompt are forks of the first. `arrivals` "at once" lets all
    of them come before the first step.
    """
    found: list[Request] = []
    for i, (at, prompt, output) in enumerate(TRACES[lengths][: 8 if answers == 1 else 3]):
        moment = 0.0 if arrivals == "at once" else float(at)
        own = range(1000 * (i + 1), 1000 * (i + 1) + prompt)
        ids = (*range(PREFIX), *own[PREFIX:]) if shared_prefix else tuple(own)
        ask = partial(
            Request,
            arrival_seconds=moment,
            prompt_tokens=prompt,
            max_tokens=output,
            prompt_ids=ids,
        )
        first = ask(id=NAMES[i])
        forks = (ask(id=f"{NAMES[i]}{answer + 1}", fork_of=first) for answer in range(1, answers))
        found += [first, *forks]
    return found


def prompt_number(request: Request) -> int:
    """Return which of the prompts a sequence continues, from 0."""
    return NAMES.index(request.id[0])


def paged(asked: list[Request], block_size: int, *, shared_prefix: bool) -> list[Moment]:
    """Return the moments of the real scheduler, which allocates blocks as they are needed."""
    policy = Policy(max_batch=len(asked), share_prefixes=shared_prefix)
    scheduler = Scheduler(policy, BlockPool(CELLS // block_size, block_size))
    number = {request: i for i, request in enumerate(asked)}
    moments: list[Moment] = []

    def execute(turn: Turn) -> tuple[list[float], Outcome]:
        seats = tuple(
            sorted(
                Seat(number[w.request], w.start + w.tokens, tuple(w.request.blocks))
                for w in turn.batch.work
            )
        )
        copies = tuple((number[c.request], c.source, c.target) for c in turn.batch.copies)
        moments.append(Moment(seats, _outside(asked, seats, turn.now), copies))
        return [turn.now + 1], ONE_EACH

    drive(scheduler, asked, execute)
    return moments


def _outside(asked: list[Request], seats: tuple[Seat, ...], now: float) -> tuple[int, ...]:
    """Return who has come, is not done, and is not in memory."""
    inside = {seat.sequence for seat in seats}
    return tuple(
        i
        for i, request in enumerate(asked)
        if request.arrival_seconds <= now and request.status != "finished" and i not in inside
    )


def contiguous(asked: list[Request], reserve: Reserve) -> Iterator[Moment]:
    """Yield the moments of a server that sets one piece aside for each sequence, first come."""
    memory = Contiguous(FirstFit(CELLS), reserve)
    rows = [(one.arrival_seconds, one.prompt_tokens, one.max_tokens) for one in asked]
    for step in memory_steps(memory, rows, step_seconds=1):
        seats = (Seat(one.number, one.tokens - 1, tuple(one.piece)) for one in step.running)
        outside = tuple(one.number for one in step.waiting)
        yield Moment(tuple(seats), outside, external=memory.lost(waiting=bool(outside)))


def run(memory: str, block_size: int, lengths: str, **setting: Any) -> list[Moment]:
    """Return all moments of a setting; `setting`: as for sequences."""
    asked = sequences(lengths, **setting)
    if memory == "paged":
        return paged(asked, block_size, shared_prefix=setting["shared_prefix"])
    return list(contiguous(asked, RESERVES[memory]))


def account(moment: Moment, asked: list[Request], block_size: int) -> dict[str, int]:
    """Return the cells of a moment by what is in them, and the blocks that sharing saves.

    As serving.waste.account, but a cell that several share counts once.
    """
    used: set[int] = set()
    later: set[int] = set()
    held: set[int] = set()
    for sequence, tokens, blocks in moment.seats:
        cells = [block * block_size + k for block in blocks for k in range(block_size)]
        total = asked[sequence].prompt_tokens + asked[sequence].max_tokens
        used.update(cells[:tokens])
        later.update(cells[tokens:total])
        held.update(cells)
    entries = sum(len(seat.blocks) for seat in moment.seats)
    return {
        "used": len(used),
        "reserved": len(later - used),
        "internal": len(held - used - later),
        "external": moment.external,
        "saved": entries - len(held) // block_size,
    }
