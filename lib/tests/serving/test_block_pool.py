import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.serving.block_pool import BlockPool, block_key


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
    pool.allocate(2)
    with pytest.raises(MemoryError, match="2 blocks are wanted, 1 are free"):
        pool.allocate(2)
    assert pool.free_blocks == 1


@pytest.mark.parametrize("back", [[0, 0], [2], [-1], [9]])
def test_a_block_that_nobody_holds_is_refused_and_nothing_is_freed(back):
    pool = BlockPool(3, 4)
    pool.allocate(2)
    with pytest.raises(ValueError, match="freed"):
        pool.free([*back, 1] if back != [0, 0] else back)
    assert pool.free_blocks == 1


def test_a_shared_block_is_free_when_the_last_of_its_holders_frees_it():
    pool = BlockPool(4, 4)
    first, second = pool.allocate(2)
    pool.share([first])
    assert [pool.refs(first), pool.refs(second), pool.free_blocks] == [2, 1, 2]
    assert [pool.writable(first), pool.writable(second)] == [False, True]
    pool.free([first, second])
    assert (pool.writable(first), pool.free_blocks) == (True, 3)
    pool.free([first])
    assert pool.free_blocks == 4


def test_a_registered_block_is_kept_until_its_place_is_wanted():
    pool = BlockPool(3, 4)
    blocks = pool.allocate(3)
    for block, key in zip(blocks, "abc", strict=True):
        pool.register(block, key.encode())
    pool.free(blocks)
    assert pool.free_blocks == 3
    assert pool.kept == tuple(reversed(blocks))  # the end of a text goes before its start
    assert pool.allocate(1) == blocks[2:]
    assert pool.lookup(b"c") is None
    pool.share([blocks[1]])
    assert (pool.free_blocks, pool.kept, pool.lookup(b"b")) == (1, (blocks[0],), blocks[1])


def test_of_two_blocks_with_the_same_tokens_the_first_is_found():
    pool = BlockPool(2, 4)
    first, second = pool.allocate(2)
    for block in (first, second, first):
        pool.register(block, b"key")
    assert pool.lookup(b"key") == first
    assert pool.first_of([b"key", b"unknown", b"key"]) == [first]
    assert pool.first_of([b"unknown", b"key"]) == []
    pool.free([first, second])
    assert pool.kept == (first,)


def test_a_forgotten_block_is_not_found_and_empty_once_it_is_freed():
    pool = BlockPool(2, 4)
    blocks = pool.allocate(2)
    pool.register(blocks[0], b"key")
    pool.forget(blocks)
    assert pool.lookup(b"key") is None
    pool.register(blocks[1], b"key")
    pool.free(blocks)
    assert pool.kept == (blocks[1],)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda pool: pool.share([0, 0]), "shared twice"),
        (lambda pool: pool.share([0, 2]), "block 2 is free"),
        (lambda pool: pool.share([0, 3]), "block 3 is none of the pool's 3"),
        (lambda pool: pool.refs(-1), "block -1 is none of the pool's 3"),
        (lambda pool: pool.writable(2), "nobody holds block 2"),
        (lambda pool: pool.register(2, b"new"), "nobody holds block 2"),
        (lambda pool: pool.forget([1, 2]), "nobody holds block 2"),
        (lambda pool: pool.register(1, b"new"), "block 1 holds other tokens"),
    ],
)
def test_what_cannot_be_shared_is_refused_and_nothing_changes(wrong, message):
    pool = BlockPool(3, 4)
    pool.allocate(2)
    pool.register(1, b"old")
    with pytest.raises(ValueError, match=message):
        wrong(pool)
    assert [pool.refs(block) for block in range(3)] == [1, 1, 0]
    assert (pool.lookup(b"new"), pool.lookup(b"old")) == (None, 1)


def test_a_key_depends_on_every_token_and_on_the_block_before():
    keys = [
        block_key(before, ids) for before in (b"", b"x" * 32) for ids in ([1, 2], [2, 1], [258])
    ]
    assert len(set(keys)) == 6
    assert block_key(b"", (1, 2)) == keys[0]


def test_blocks_cost_nothing_before_they_are_used():
    pool = BlockPool(2**60, 16)
    assert (pool.free_blocks, pool.refs(2**60 - 1)) == (2**60, 0)
    assert pool.allocate(3) == [0, 1, 2]
    pool.free([1])
    assert (pool.free_blocks, pool.allocate(2)) == (2**60 - 2, [1, 3])


@given(st.integers(1, 12), st.lists(st.integers(0, 5), max_size=30))
def test_no_block_is_held_twice_and_all_come_back(blocks, counts):
    pool, out = BlockPool(blocks, 4), []
    for count in counts:
        if count <= pool.free_blocks:
            out.append(pool.allocate(count))
            assert len(out[-1]) == count
        elif out:
            pool.free(out.pop(0))
        owned = [block for taken in out for block in taken]
        assert len(set(owned)) == len(owned) == blocks - pool.free_blocks
        assert all(0 <= block < blocks for block in owned)
    for taken in out:
        pool.free(taken)
    assert pool.free_blocks == blocks
