import pytest

from tokenworks.serving.batch import Work
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
    assert (memory.pool.free_blocks, memory.host_pool.free_blocks, request.blocks) == (4, 0, [])
    memory.hold(request, 9)
    into = memory.swap_in(request)
    assert into.device_blocks == tuple(request.blocks[:2])
    assert into.host_blocks == out.host_blocks
    assert (memory.pool.free_blocks, memory.host_pool.free_blocks) == (1, 2)
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
    assert (memory.pool.free_blocks, memory.host_pool.free_blocks) == (4, 4)


def test_a_write_into_a_shared_block_copies_it_and_the_last_holder_writes_in_place():
    memory, first, second = KVMemory(BlockPool(4, 4)), ask(), ask()
    memory.hold(first, 6)
    memory.share(second, first.blocks)
    source = first.blocks[1]
    assert memory.copy_on_write(second, 6) == (second, source, second.blocks[1])
    assert second.blocks == [first.blocks[0], 2]
    assert [memory.pool.refs(block) for block in (*first.blocks, 2)] == [2, 1, 1]
    assert memory.copy_on_write(first, 6) is None
    assert first.blocks[1] == source
    assert memory.copy_on_write(second, 3) == (second, first.blocks[0], 3)
    assert second.blocks == [3, 2]


def test_what_is_not_needed_any_more_is_given_up():
    memory, request = KVMemory(BlockPool(5, 4)), ask()
    memory.hold(request, 13)
    assert memory.room(request) == 4 * (4 + 1)
    memory.shrink(request, 8)
    assert (len(request.blocks), memory.pool.free_blocks) == (2, 3)
    memory.shrink(request, 8)
    assert len(request.blocks) == 2


def test_a_copy_needs_a_free_block():
    memory, first, second = KVMemory(BlockPool(2, 4)), ask(), ask()
    memory.hold(first, 8)
    memory.share(second, first.blocks)
    with pytest.raises(MemoryError, match="1 blocks are wanted, 0 are free"):
        memory.copy_on_write(second, 7)
    assert second.blocks == first.blocks


def test_who_has_blocks_cannot_start_with_those_of_others():
    memory, first, second = KVMemory(BlockPool(4, 4)), ask(), ask()
    memory.hold(first, 4)
    memory.hold(second, 4)
    with pytest.raises(ValueError, match="has blocks already"):
        memory.share(second, first.blocks)


def test_who_is_swapped_out_only_drops_what_others_hold_too():
    memory, first, second = KVMemory(BlockPool(4, 4), BlockPool(4, 4)), ask(), ask()
    memory.hold(first, 8)
    memory.share(second, first.blocks)
    assert memory.swap_out(second).device_blocks == tuple(first.blocks)
    assert [memory.pool.refs(block) for block in first.blocks] == [1, 1]


@pytest.mark.parametrize(
    ("blocks", "steps", "fit"), [(2, 9, 2), (5, 9, 4), (6, 9, 9), (4, 4, 4), (2, 1, 1)]
)
def test_steps_in_a_row_have_blocks_for_all(blocks, steps, fit):
    memory, rows = KVMemory(BlockPool(blocks, 4)), [ask(), ask()]
    for request in rows:
        memory.hold(request, 2)
    work = [Work(request, 2, 1, True) for request in rows]
    assert memory.steps_with_room(work, steps) == fit
