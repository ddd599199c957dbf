"""Which replica has which prefixes, as far as a router knows: a radix tree over block keys.

A key stands for one block of tokens and for all before it (`Request.block_keys`). An edge carries
a run of keys, so that a long prompt which nobody shares is one node.
Source: https://arxiv.org/abs/2312.07104 (RadixAttention: the tree and its eviction).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count

from tokenworks.number import whole

Key = bytes


class Node:
    """A run of keys and what follows it; `holders` says when each replica used it last."""

    __slots__ = ("children", "end", "holders", "keys", "parent")

    def __init__(self, keys: list[Key], parent: Node | None) -> None:
        self.keys, self.parent = keys, parent
        self.end: int = (parent.end if parent else 0) + len(keys)  # blocks from the root on
        self.children: dict[Key, Node] = {}
        self.holders: dict[int, int] = {}


class RadixTree:
    """Prefixes by replica: match, insert, and forget the least recently used beyond a capacity.

    A replica holds whole prefixes: with a block all blocks before it. `capacity` is how many blocks
    of one replica are remembered; of those used together, the last of a prefix goes first, as a
    `BlockPool` does it. A capacity below 1 raises ValueError.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = whole(capacity, "capacity")
        self._root = Node([], None)
        self._blocks: dict[int, int] = {}  # held, by replica
        self._oldest: dict[int, list[tuple[int, int, int, Node]]] = {}  # heaps; some are outdated
        self._clock, self._number = count(), count()

    def blocks(self, replica: int) -> int:
        """Return how many blocks of a replica are remembered."""
        return self._blocks.get(replica, 0)

    def match(self, keys: list[Key]) -> dict[int, int]:
        """Return how many of the first blocks each replica holds; those with none are left out."""
        found: dict[int, int] = {}
        for node, shared in self._path(keys):
            for replica in node.holders:
                found[replica] = node.end - len(node.keys) + shared
        return found

    def insert(self, keys: list[Key], replica: int) -> None:
        """Note that a replica holds these blocks now, and has just used them."""
        node, done = self._root, 0
        now = next(self._clock)
        for found, shared in self._path(keys):
            node = found if shared == len(found.keys) else self._split(found, shared)
            done += shared
            self._hold(node, replica, now)
        if done < len(keys):
            leaf = Node(keys[done:], node)
            node.children[keys[done]] = leaf
            self._hold(leaf, replica, now)
        self._evict(replica)

    def remove(self, replica: int) -> None:
        """Forget all that a replica held."""
        for _, _, _, node in self._oldest.pop(replica, []):
            if node.holders.pop(replica, None) is not None:
                self._prune(node)
        self._blocks.pop(replica, None)

    def _path(self, keys: list[Key]) -> Iterator[tuple[Node, int]]:
        """Yield the nodes along the keys, each with how many of its keys agree: 1 at least."""
        node, at = self._root, 0
        while at < len(keys):
            child = node.children.get(keys[at])
            if child is None:
                return
            run = child.keys
            if run == keys[at : at + len(run)]:
                shared = len(run)
            else:
                shared = next(i for i, key in enumerate(run) if keys[at + i : at + i + 1] != [key])
            yield child, shared
            if shared < len(run):
                return
            node, at = child, at + shared

    def _split(self, node: Node, at: int) -> Node:
        """Cut a run in two; return the new node with the first part, held by the same."""
        parent = node.parent
        assert parent is not None  # the root has no keys to split
        upper = Node(node.keys[:at], parent)
        parent.children[upper.keys[0]] = upper
        node.keys, node.parent = node.keys[at:], upper
        upper.children[node.keys[0]] = node
        for replica, stamp in node.holders.items():
            upper.holders[replica] = stamp
            self._note(upper, replica, stamp)
        return upper

    def _hold(self, node: Node, replica: int, stamp: int) -> None:
        if replica not in node.holders:
            self._blocks[replica] = self.blocks(replica) + len(node.keys)
        node.holders[replica] = stamp
        self._note(node, replica, stamp)

    def _note(self, node: Node, replica: int, stamp: int) -> None:
        """Remember when a node was used: of one moment, the end of a prefix is the oldest."""
        heap = self._oldest.setdefault(replica, [])
        heapq.heappush(heap, (stamp, -node.end, next(self._number), node))
        if len(heap) > 64 + 4 * self.blocks(replica):
            kept = {id(e[-1]): e for e in heap if e[-1].holders.get(replica) == e[0]}
            heap[:] = kept.values()
            heapq.heapify(heap)

    def _evict(self, replica: int) -> None:
        """Forget the least recently used blocks of a replica that are beyond its capacity."""
        while (excess := self.blocks(replica) - self.capacity) > 0:
            stamp, end, _, node = heapq.heappop(self._oldest[replica])
            if node.holders.get(replica) != stamp or node.end != -end:
                continue  # used again since, or forgotten
            if len(node.keys) > excess:
                self._split(node, len(node.keys) - excess)
            del node.holders[replica]
            self._blocks[replica] -= len(node.keys)
            self._prune(node)

    def _prune(self, node: Node) -> None:
        """Take nodes out that nobody holds; what follows them, nobody holds either."""
        while node.parent is not None and not node.holders:
            if node.parent.children.get(node.keys[0]) is node:
                del node.parent.children[node.keys[0]]
            node = node.parent
