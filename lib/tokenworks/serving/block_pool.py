"""The KV cache's memory as equal blocks of positions: allocated, shared, freed, kept for reuse."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import sha256
from itertools import islice

from tokenworks.number import whole


def block_key(before: bytes, ids: Sequence[int]) -> bytes:
    """Return the key of a full block: a hash of its tokens and of the key of the block before it.

    Equal keys mean equal tokens from the start of the sequence on (`before` is then b""), so equal
    keys and values. Source: https://docs.vllm.ai/en/stable/design/prefix_caching/
    """
    return sha256(before + array("q", ids).tobytes()).digest()


class BlockPool:
    """`blocks` blocks of `block_size` token positions each, with a count of those who hold each.

    A block that was registered under a key and that nobody holds any more keeps its contents until
    its place is wanted: it counts as free, and `lookup` finds it. The least recently freed goes
    first. A block costs nothing before it is handed out for the first time.
    Sizes below 1 and blocks that nobody holds raise ValueError, an empty pool MemoryError.
    Source: https://arxiv.org/abs/2309.06180 (section 4.2, KV cache manager).
    """

    def __init__(self, blocks: int, block_size: int) -> None:
        self.blocks, self.block_size = whole(blocks, "blocks"), whole(block_size, "block_size")
        self._refs: list[int] = []  # of the blocks handed out so far, which are the first ones
        self._empty: list[int] = []  # of these, those free again; the last is handed out next
        self._keys: dict[int, bytes] = {}  # of registered blocks
        self._found: dict[bytes, int] = {}  # the same the other way round
        self._kept: dict[int, None] = {}  # registered, held by nobody; the first is evicted next

    @property
    def free_blocks(self) -> int:
        """Blocks that nobody holds."""
        return self.blocks - len(self._refs) + len(self._empty) + len(self._kept)

    @property
    def _blank(self) -> int:
        """Blocks with nothing in them: given up and empty, or never handed out."""
        return self.blocks - len(self._refs) + len(self._empty)

    @property
    def kept(self) -> tuple[int, ...]:
        """Blocks that nobody holds but that `lookup` finds, the next to be evicted first."""
        return tuple(self._kept)

    @property
    def kept_blocks(self) -> int:
        """How many they are."""
        return len(self._kept)

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
        return self._refs[block] if block < len(self._refs) else 0

    def writable(self, block: int) -> bool:
        """Return whether its holder may write into a block: nobody else reads it."""
        if not self.refs(block):
            raise ValueError(f"nobody holds block {block}; was it freed before?")
        return self._refs[block] == 1

    def allocate(self, count: int) -> list[int]:
        """Return `count` blocks, held by the caller alone; what was kept in them is gone."""
        if count > self._blank:
            self._evict(count)
        if count <= 0:
            return []
        taken = self._empty[: -count - 1 : -1]
        del self._empty[-count:]
        for block in taken:
            self._refs[block] = 1
        first, missing = len(self._refs), count - len(taken)
        self._refs += [1] * missing
        return taken + list(range(first, first + missing)) if missing else taken

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

    def free(self, blocks: Sequence[int]) -> None:
        """Let go of blocks; all of them or, if nobody holds one, none.

        The last of them are the first to be evicted: a prefix is of no use without its start.
        """
        if len(set(blocks)) < len(blocks):
            raise ValueError(f"a block is freed twice in one call: {list(blocks)}")
        refs = self._refs
        for block in blocks:
            if not 0 <= block < len(refs) or not refs[block]:
                raise ValueError(f"nobody holds block {block}; was it freed before?")
        for block in reversed(blocks):
            refs[block] -= 1
            if refs[block]:
                continue
            if block in self._keys:
                self._kept[block] = None
            else:
                self._empty.append(block)

    def register(self, block: int, key: bytes) -> None:
        """Let `lookup` find a full block that somebody holds.

        A second one with the same key is not entered: once the first is evicted, neither is found.
        """
        self.writable(block)
        if self._keys.get(block, key) != key:
            raise ValueError(f"block {block} holds other tokens: it is registered already")
        if key not in self._found:
            self._keys[block], self._found[key] = key, block

    def forget(self, blocks: Sequence[int]) -> None:
        """Let `lookup` find none of these blocks any more, which somebody holds."""
        for block in blocks:
            self.writable(block)
        for block in blocks:
            if key := self._keys.pop(block, None):
                del self._found[key]

    def lookup(self, key: bytes) -> int | None:
        """Return the block that holds the tokens of a key, or None."""
        return self._found.get(key)

    def first_of(self, keys: Sequence[bytes]) -> list[int]:
        """Return the blocks that hold the first of these keys, up to one that no block holds."""
        blocks: list[int] = []
        for key in keys:
            block = self._found.get(key)
            if block is None:
                break
            blocks.append(block)
        return blocks

    def _evict(self, count: int) -> None:
        """Empty as many kept blocks as are lacking for `count`."""
        if count > self.free_blocks:
            raise MemoryError(f"{count} blocks are wanted, {self.free_blocks} are free")
        for block in tuple(islice(self._kept, count - self._blank)):
            del self._kept[block]
            del self._found[self._keys.pop(block)]
            self._empty.append(block)
