"""The radix tree against a plain table of prefixes, block by block."""

from random import Random

import pytest
from cost.drawn import BEARTYPE
from hypothesis import given, settings

from serving.drawn import SEEDS
from tokenworks.serving.cluster.radix_tree import RadixTree

pytestmark = pytest.mark.filterwarnings(BEARTYPE)


class Plain:
    """Every prefix of every replica by itself; the oldest goes first, of equals the longest."""

    def __init__(self, capacity):
        self.capacity, self.held, self.clock = capacity, {}, 0

    def match(self, keys):
        found = {}
        for replica, held in self.held.items():
            depth = next((i for i in range(len(keys)) if tuple(keys[: i + 1]) not in held), None)
            depth = len(keys) if depth is None else depth
            if depth:
                found[replica] = depth
        return found

    def insert(self, keys, replica):
        self.clock += 1
        held = self.held.setdefault(replica, {})
        for end in range(1, len(keys) + 1):
            held[tuple(keys[:end])] = (self.clock, -end)
        while len(held) > self.capacity:
            del held[min(held, key=held.get)]

    def remove(self, replica):
        self.held.pop(replica, None)


def keys(text):
    return [letter.encode() for letter in text]


@settings(max_examples=300)
@given(SEEDS)
def test_matches_are_those_of_the_plain_table(seed):
    random = Random(seed)
    capacity = random.randint(1, 20)
    tree, plain = RadixTree(capacity), Plain(capacity)
    for _ in range(random.randint(1, 120)):
        asked = keys(random.choice("ab") for _ in range(random.randint(0, 9)))
        if random.random() < 1 / 20:
            replica = random.randrange(3)
            tree.remove(replica)
            plain.remove(replica)
        elif random.random() < 2 / 3:
            replica = random.randrange(3)
            tree.insert(asked, replica)
            plain.insert(asked, replica)
        assert tree.match(asked) == plain.match(asked)
        for replica in range(3):
            assert tree.blocks(replica) == len(plain.held.get(replica, {})) <= capacity


def test_the_least_recently_used_goes_first_by_hand():
    tree = RadixTree(4)
    tree.insert(keys("abc"), 0)
    tree.insert(keys("xy"), 0)  # five: the end of the older one goes
    assert tree.match(keys("abc")) == {0: 2}
    tree.insert(keys("ab"), 0)  # used again, so that xy is the oldest
    tree.insert(keys("q"), 0)
    assert (tree.match(keys("xy")), tree.match(keys("ab"))) == ({0: 1}, {0: 2})


def test_a_run_that_nobody_shares_is_one_node_and_is_cut_where_texts_part():
    tree = RadixTree(100)
    tree.insert(keys("abcdef"), 0)
    (only,) = tree._root.children.values()
    assert only.keys == keys("abcdef")
    tree.insert(keys("abcxyz"), 1)
    (upper,) = tree._root.children.values()
    assert upper.keys == keys("abc")
    assert sorted(node.keys[0] for node in upper.children.values()) == keys("dx")
    assert tree.match(keys("abcdef")) == {0: 6, 1: 3}
    tree.remove(0)
    tree.remove(1)
    assert tree._root.children == {}


def test_what_was_used_long_ago_is_not_kept_for_ever():
    tree = RadixTree(3)
    for _ in range(1000):
        tree.insert(keys("abc"), 0)
    assert len(tree._oldest[0]) <= 64 + 4 * 3 + 1


def test_a_capacity_below_one_is_refused():
    with pytest.raises(ValueError, match="capacity must be a whole number from 1"):
        RadixTree(0)
