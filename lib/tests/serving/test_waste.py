"""Every position of a memory is for one thing, by hand."""

import pytest

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.contiguous import (
    Buddy,
    FirstFit,
    reserve_exact,
    reserve_most,
    reserve_power_of_two,
)
from tokenworks.serving.waste import Contiguous, Paged, Running, Waste, account, rival_memories


def held(memory, *requests):
    for request in requests:
        assert memory.hold(request, request.tokens)
    return list(requests)


def test_the_longest_is_reserved():
    """Figure 3 of the paper: 7 of 2,048 positions are prompt, 1 is answer, 2 more will be."""
    memory = Contiguous(FirstFit(4096), reserve_most(2048))
    running = held(memory, Running(7, 3, 8))
    assert account(memory, running, waiting=False) == Waste(8, 2, 2038, 0, 2048)
    assert account(memory, running, waiting=True) == Waste(8, 2, 2038, 2048, 0)


def test_a_buddy_rounds_up_what_lies_between_sequences():
    memory = Contiguous(Buddy(64), reserve_power_of_two(64))
    running = held(memory, Running(10, 5, 12))  # reserves 10 + 8, gets 32
    assert account(memory, running, waiting=False) == Waste(12, 3, 3, 14, 32)
    exact = Contiguous(Buddy(64), reserve_exact)
    running = held(exact, Running(10, 5, 12))
    assert account(exact, running, waiting=False) == Waste(12, 3, 0, 1, 48)


def test_a_page_wastes_less_than_itself():
    memory = Paged(BlockPool(8, 4))
    running = held(memory, Running(3, 3, 5), Running(9, 4, 9))
    assert [memory.held(request) for request in running] == [(8, 8), (12, 12)]
    assert account(memory, running, waiting=True) == Waste(14, 1 + 3, 2, 0, 12)


def test_shares_add_up():
    waste = Waste(1, 2, 3, 4, 6)
    assert waste.total == 16
    assert waste.shares["external"] == 0.25
    assert sum(waste.shares.values()) == 1


def test_a_piece_is_taken_once_and_comes_back():
    memory = Contiguous(FirstFit(20), reserve_exact)
    first, second = Running(8, 4, 8), Running(8, 4, 8)
    assert memory.hold(first, 9)
    assert memory.hold(first, 10)
    assert memory.free_tokens == 8
    assert not memory.hold(second, 9)
    memory.release(first)
    assert (memory.free_tokens, first.piece) == (20, range(0))
    assert memory.hold(second, 9)


def test_blocks_come_one_at_a_time():
    memory = Paged(BlockPool(3, 4))
    request, other = Running(4, 9, 4), Running(1, 1, 1)
    assert memory.hold(request, 4)
    assert len(request.blocks) == 1
    assert memory.hold(request, 5)
    assert memory.hold(other, 1)
    assert not memory.hold(request, 9)
    assert len(request.blocks) == 2
    memory.release(other)
    assert memory.hold(request, 9)


def test_a_rule_that_reserves_too_little_is_refused():
    memory = Contiguous(FirstFit(100), reserve_most(10))
    with pytest.raises(ValueError, match="10 positions are reserved for 11 tokens"):
        memory.hold(Running(8, 3, 8), 9)


def test_rival_memories_are_of_one_size_and_give_what_they_are_called():
    rivals = rival_memories(64, most=32, block_size=4)
    assert {memory.tokens for memory in rivals.values()} == {64}
    got = {}
    for name, memory in rivals.items():
        (request,) = held(memory, Running(5, 6, 6))
        got[name] = memory.held(request)
    assert got == {
        "the longest": (32, 32),
        "a good guess, first fit": (13, 13),
        "a good guess, buddy": (13, 16),
        "length known, first fit": (11, 11),
        "length known, buddy": (11, 16),
        "blocks": (8, 8),
    }
