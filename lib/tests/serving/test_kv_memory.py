import pytest

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.kv_memory import KVMemory
from tokenworks.serving.request import Request


def ask():
    return Request(prompt_tokens=9, max_tokens=9)


def test_blocks_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="host blocks hold 8 tokens, device blocks 4"):
        KVMemory(BlockPool(4, 4), BlockPool(4, 8))


def test_a_request_gets_only_the_blocks_that_it_lacks():
    memory, request = KVMemory(BlockPool(4, 4)), ask()
    memory.hold(request, 5)
    first = list(request.blocks)
    memory.hold(request, 9)
    assert request.blocks[:2] == first
    assert len(request.blocks) == 3
    assert not memory.grow(request, 17)
    assert len(request.blocks) == 3
    with pytest.raises(MemoryError, match="1 free blocks are too few for 17 tokens"):
        memory.hold(request, 17)
    assert memory.grow(request, 16)
    assert len(request.blocks) == 4


def test_swapping_moves_all_blocks_out_and_back_to_the_first_ones():
    memory, request = KVMemory(BlockPool(4, 4), BlockPool(2, 4)), ask()
    memory.hold(request, 8)
    held = tuple(request.blocks)
    out = memory.swap_out(request)
    assert out.device_blocks == held
    assert list(out.host_blocks) == request.host_blocks
    assert (memory.pool.free, memory.host_pool.free, request.blocks) == (4, 0, [])
    memory.hold(request, 9)
    into = memory.swap_in(request)
    assert into.device_blocks == tuple(request.blocks[:2])
    assert into.host_blocks == out.host_blocks
    assert (memory.pool.free, memory.host_pool.free) == (1, 2)
    assert memory.swap_in(request) is None


def test_a_full_host_takes_nothing():
    memory, request = KVMemory(BlockPool(4, 4), BlockPool(1, 4)), ask()
    memory.hold(request, 8)
    assert memory.swap_out(request) is None
    assert len(request.blocks) == 2


def test_freeing_gives_back_both_sides():
    memory, request = KVMemory(BlockPool(4, 4), BlockPool(4, 4)), ask()
    memory.hold(request, 8)
    memory.swap_out(request)
    memory.free(request)
    assert (memory.pool.free, memory.host_pool.free) == (4, 4)
