"""A pool under drawn orders, held against a list of what each of its holders has in hand."""

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tokenworks.serving.block_pool import BlockPool

MANY = settings(max_examples=60)


class Books:
    """The same pool told again, slowly: hands with blocks, and what was put down, in order."""

    def __init__(self, blocks):
        self.blocks = blocks
        self.hands = []
        self.keys = {}
        self.kept = []  # put down last comes last
        self.empty = list(range(blocks - 1, -1, -1))  # of all blocks from the start; a stack

    @property
    def refs(self):
        return Counter(block for hand in self.hands for block in hand)

    def allocate(self, count):
        lost = self.kept[: max(0, count - len(self.empty))]
        self.kept = self.kept[len(lost) :]
        for block in lost:
            del self.keys[block]
        self.empty += lost
        self.hands.append([self.empty.pop() for _ in range(count)])
        return self.hands[-1]

    def free(self, hand):
        self.hands.remove(hand)
        gone = [block for block in reversed(hand) if not self.refs[block]]
        self.kept += [block for block in gone if block in self.keys]
        self.empty += [block for block in gone if block not in self.keys]

    def share(self, hand):
        self.kept = [block for block in self.kept if block not in hand]
        self.hands.append(hand)


@MANY
@given(st.integers(1, 10), st.integers(0, 2**32))
def test_a_pool_keeps_its_books(blocks, seed):
    random, pool, books = Random(seed), BlockPool(blocks, 4), Books(blocks)
    for turn in range(60):
        move = random.choice(["allocate", "free", "share", "register"])
        if move == "allocate" and pool.free_blocks:
            count = random.randint(1, pool.free_blocks)
            assert pool.allocate(count) == books.allocate(count)
        elif move == "free" and books.hands:
            hand = random.choice(books.hands)
            books.free(hand)
            pool.free(hand)
        elif move == "share":
            known = sorted({*books.refs, *books.kept})
            hand = random.sample(known, random.randint(0, len(known)))
            pool.share(hand)
            books.share(hand)
        elif move == "register" and books.refs:
            block, key = random.choice(sorted(books.refs)), b"%d" % turn
            if block not in books.keys:
                pool.register(block, key)
                books.keys[block] = key
        assert [pool.refs(block) for block in range(blocks)] == [
            books.refs[block] for block in range(blocks)
        ]
        assert pool.free_blocks == blocks - len(books.refs)
        assert list(pool.kept) == books.kept
        assert {block: pool.lookup(key) for block, key in books.keys.items()} == {
            block: block for block in books.keys
        }
        assert pool.lookup(b"nobody's") is None
    for hand in list(books.hands):
        pool.free(hand)
    assert pool.free_blocks == blocks
