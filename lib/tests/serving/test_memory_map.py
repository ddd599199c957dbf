"""Maps of a memory, cell by cell: by hand, and added up against the counts of `account`."""

import random
from collections import Counter

import pytest

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.contiguous import (
    Buddy,
    FirstFit,
    reserve_exact,
    reserve_most,
    reserve_power_of_two,
)
from tokenworks.serving.kv_occupancy import memory_steps, moments
from tokenworks.serving.memory_map import Span, cell_spans, map_at
from tokenworks.serving.waste import Contiguous, Paged, Running


def held(memory, *requests):
    for request in requests:
        assert memory.hold(request, request.tokens)
    return list(requests)


def test_a_reserved_piece_by_hand():
    memory = Contiguous(Buddy(64), reserve_power_of_two(64))
    running = held(memory, Running(10, 5, 12, number=3))  # reserves 10 + 8, gets 32
    assert cell_spans(memory, running, waiting=True) == (
        Span(0, 12, "used", 3),
        Span(12, 15, "reserved", 3),
        Span(15, 18, "internal", 3),
        Span(18, 32, "external", 3),
        Span(32, 64, "external", None),
    )
    assert cell_spans(memory, running, waiting=False)[-1] == Span(32, 64, "free", None)


def test_blocks_by_hand():
    """Block 0 is given back; the second sequence takes it last, and its token 8 lies there."""
    memory = Paged(BlockPool(4, 4))
    first, second = Running(3, 3, 3, number=0), Running(5, 6, 5, number=1)
    held(memory, first, second)
    memory.release(first)
    assert memory.hold(second, 9)
    second.tokens = 9
    assert second.blocks == [1, 2, 0]
    assert cell_spans(memory, [second], waiting=False) == (
        Span(0, 1, "used", 1),
        Span(1, 3, "reserved", 1),
        Span(3, 4, "internal", 1),
        Span(4, 12, "used", 1),
        Span(12, 16, "free", None),
    )


def test_a_map_adds_up_to_the_account():
    dice = random.Random(4)
    rows = [(n // 3, dice.randrange(1, 40), dice.randrange(1, 30)) for n in range(40)]
    for kind in (FirstFit, Buddy):
        for reserve in (reserve_most(80), reserve_power_of_two(80), reserve_exact):
            compare(lambda kind=kind, reserve=reserve: Contiguous(kind(300), reserve), rows)
    for size in (1, 7, 16):
        compare(lambda size=size: Paged(BlockPool(300 // size, size)), rows)


def compare(memory, rows):
    counted = list(moments(memory(), rows, step_seconds=1))
    drawn, room = memory(), memory().tokens
    for moment, step in zip(counted, memory_steps(drawn, rows, step_seconds=1), strict=True):
        spans = cell_spans(drawn, step.running, waiting=bool(step.waiting))
        assert [span.start for span in spans[1:]] == [span.stop for span in spans[:-1]]
        assert (spans[0].start, spans[-1].stop) == (0, room)
        sums = Counter()
        for span in spans:
            sums[span.use] += span.stop - span.start
        assert {use: sums[use] for use in vars(moment.waste)} == vars(moment.waste)


def test_a_step_is_counted_from_the_first():
    rows = [(0, 2, 3), (0, 2, 1)]
    used = [
        sum(s.stop - s.start for s in spans if s.use == "used")
        for spans in (
            map_at(Paged(BlockPool(4, 4)), rows, step=step, step_seconds=1) for step in range(3)
        )
    ]
    assert used == [6, 4, 5]  # both read their prompts and write a token; then one goes on
    with pytest.raises(ValueError, match="done before step 3"):
        map_at(Paged(BlockPool(4, 4)), rows, step=3, step_seconds=1)
    with pytest.raises(ValueError, match="step must be a whole number from 0"):
        map_at(Paged(BlockPool(4, 4)), rows, step=-1, step_seconds=1)
