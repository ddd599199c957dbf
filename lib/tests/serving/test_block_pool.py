import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenworks.serving.block_pool import BlockPool


@pytest.mark.parametrize(("blocks", "size", "name"), [(0, 4, "blocks"), (4, 0, "block_size")])
def test_a_size_below_one_is_refused(blocks, size, name):
    with pytest.raises(ValueError, match=name):
        BlockPool(blocks, size)


@pytest.mark.parametrize(("tokens", "blocks"), [(0, 0), (1, 1), (16, 1), (17, 2), (32, 2), (33, 3)])
def test_the_last_block_may_stay_partly_empty(tokens, blocks):
    assert BlockPool(8, 16).blocks_for(tokens) == blocks


def test_it_holds_blocks_times_their_size():
    assert BlockPool(8, 16).tokens == 128


def test_more_than_is_free_is_refused_and_nothing_is_taken():
    pool = BlockPool(3, 4)
    pool.take(2)
    with pytest.raises(MemoryError, match="2 blocks are wanted, 1 are free"):
        pool.take(2)
    assert pool.free == 1


@pytest.mark.parametrize("back", [[0, 0], [2], [-1], [9]])
def test_a_block_that_is_not_out_is_refused_and_nothing_is_taken_back(back):
    pool = BlockPool(3, 4)
    pool.take(2)
    with pytest.raises(ValueError, match="back"):
        pool.give([*back, 1] if back != [0, 0] else back)
    assert pool.free == 1


@settings(derandomize=True, database=None, deadline=None)
@given(st.integers(1, 12), st.lists(st.integers(0, 5), max_size=30))
def test_no_block_is_out_twice_and_all_come_back(blocks, counts):
    pool, out = BlockPool(blocks, 4), []
    for count in counts:
        if count <= pool.free:
            out.append(pool.take(count))
            assert len(out[-1]) == count
        elif out:
            pool.give(out.pop(0))
        owned = [block for taken in out for block in taken]
        assert len(set(owned)) == len(owned) == blocks - pool.free
        assert all(0 <= block < blocks for block in owned)
    for taken in out:
        pool.give(taken)
    assert pool.free == blocks
