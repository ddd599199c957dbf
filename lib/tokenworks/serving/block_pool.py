"""The KV cache's memory as equal blocks of positions: handed out, shared, kept, taken back."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import sha256
from itertools import islice

from tokenworks.number import whole


def block_key(before: bytes, ids: Sequence[int]) -> bytes:
    """Return the key of a full block: a hash of its tokens and of the key of the block before it.

    Equal keys mean equal tokens from the start of the text on (`before` is then b""), so equal
    keys and values. Source: https://docs.vllm.ai/en/stable/design/prefix_caching.html
    """
    return sha256(before + array("q", ids).tobytes()).digest()


class BlockPool:
    """`blocks` blocks of `block_size` token positions each, with a count of those who hold each.

    A block that was registered under a key and that nobody holds any more keeps its contents until
    its place is wanted: it counts as free, and `lookup` finds it. Least recently given goes first.
    Sizes below 1 and blocks that are not out raise ValueError, an empty pool MemoryError.
    Source: https://arxiv.org/abs/2309.06180 (section 4.2, KV cache manager).
    """

    def __init__(self, blocks: int, block_size: int) -> None:
        blocks = self.blocks = whole(blocks, "blocks")
        self.block_size = whole(block_size, "block_size")
        self._empty = list(range(blocks - 1, -1, -1))
        self._refs = [0] * blocks
        self._keys: dict[int, bytes] = {}  # of registered blocks
        self._found: dict[bytes, int] = {}  # the same the other way round
        self._kept: dict[int, None] = {}  # registered, held by nobody, the next to go first

    @property
    def free(self) -> int:
        """Blocks that nobody holds."""
        return len(self._empty) + len(self._kept)

    @property
    def kept(self) -> tuple[int, ...]:
        """Blocks that nobody holds but that `lookup` finds, the next to be evicted first."""
        return tuple(self._kept)

    @property
    def tokens(self) -> int:
        """Token positions of the whole pool."""
        return self.blocks * self.block_size

    def blocks_for(self, tokens: int) -> int:
        """Return the blocks that hold this many tokens: the last one may stay partly empty."""
        return -(-tokens // self.block_size)

    def refs(self, block: int) -> int:
        """Return how many hold a block."""
        if not 0 <= block < self.blocks:
            raise ValueError(f"block {block} is none of the pool's {self.blocks}")
        return self._refs[block]

    def writable(self, block: int) -> bool:
        """Return whether its holder may write into a block: nobody else reads it."""
        if not self.refs(block):
            raise ValueError(f"block {block} is not out; was it given back before?")
        return self._refs[block] == 1

    def take(self, count: int) -> list[int]:
        """Return `count` blocks, which are now their taker's alone; what was kept in them goes."""
        if count > len(self._empty):
            self._evict(count)
        if count <= 0:
            return []
        taken = self._empty[: -count - 1 : -1]
        del self._empty[-count:]
        for block in taken:
            self._refs[block] = 1
        return taken

    def share(self, blocks: Sequence[int]) -> None:
        """Hold blocks that others hold or that are kept: all of them or, if one is not, none."""
        if len(set(blocks)) < len(blocks):
            raise ValueError(f"a block is shared twice in one call: {list(blocks)}")
        for block in blocks:
            if not self.refs(block) and block not in self._kept:
                raise ValueError(f"block {block} is free: there is nothing in it to share")
        for block in blocks:
            self._refs[block] += 1
            self._kept.pop(block, None)

    def give(self, blocks: Sequence[int]) -> None:
        """Let go of blocks; all of them or, if one is not out, none.

        The last of them are the first to be evicted: a prefix is of no use without its start.
        """
        if len(set(blocks)) < len(blocks):
            raise ValueError(f"a block is given back twice in one call: {list(blocks)}")
        refs = self._refs
        for block in blocks:
            if not 0 <= block < self.blocks or not refs[block]:
                raise ValueError(f"block {block} is not out; was it given back before?")
        for block in reversed(blocks):
            refs[block] -= 1
            if refs[block]:
                continue
            if block in self._keys:
                self._kept[block] = None
            else:
                self._empty.append(block)

    def register(self, block: int, key: bytes) -> None:
        """Let `lookup` find a full block that is out.

        A second one with the same key is not entered: once the first is evicted, neither is found.
        """
        self.writable(block)
        if self._keys.get(block, key) != key:
            raise ValueError(f"block {block} holds other tokens: it is registered already")
        if key not in self._found:
            self._keys[block], self._found[key] = key, block

    def forget(self, blocks: Sequence[int]) -> None:
        """Let `lookup` find none of these blocks any more, which are out."""
        for block in blocks:
            self.writable(block)
        for block in blocks:
            if key := self._keys.pop(block, None):
                del self._found[key]

    def lookup(self, key: bytes) -> int | None:
        """Return the block that holds the tokens of a key, or None."""
        return self._found.get(key)

    def _evict(self, count: int) -> None:
        """Empty as many kept blocks as are lacking for `count`."""
        if count > self.free:
            raise MemoryError(f"{count} blocks are wanted, {self.free} are free")
        for block in tuple(islice(self._kept, count - len(self._empty))):
            del self._kept[block]
            del self._found[self._keys.pop(block)]
            self._empty.append(block)
