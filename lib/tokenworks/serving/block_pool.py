"""The KV cache's memory as equal blocks of token positions, handed out and taken back."""

from __future__ import annotations

from collections.abc import Sequence


class BlockPool:
    """`blocks` blocks of `block_size` token positions each; a block has one owner at a time.

    Sizes below 1 and blocks given back twice raise ValueError, an empty pool MemoryError.
    Source: https://arxiv.org/abs/2309.06180 (section 4.2, KV cache manager).
    """

    def __init__(self, blocks: int, block_size: int) -> None:
        for name, value in (("blocks", blocks), ("block_size", block_size)):
            if type(value) is not int or value < 1:
                raise ValueError(f"{name} must be a whole number from 1, got {value!r}")
        self.blocks, self.block_size = blocks, block_size
        self._free = list(range(blocks - 1, -1, -1))
        self._taken = bytearray(blocks)

    @property
    def free(self) -> int:
        """Blocks that nobody owns."""
        return len(self._free)

    @property
    def tokens(self) -> int:
        """Token positions of the whole pool."""
        return self.blocks * self.block_size

    def blocks_for(self, tokens: int) -> int:
        """Return the blocks that hold this many tokens: the last one may stay partly empty."""
        return -(-tokens // self.block_size)

    def take(self, count: int) -> list[int]:
        """Return `count` blocks, which are now their taker's."""
        if count > len(self._free):
            raise MemoryError(f"{count} blocks are wanted, {len(self._free)} are free")
        if count <= 0:
            return []
        taken = self._free[: -count - 1 : -1]
        del self._free[-count:]
        for block in taken:
            self._taken[block] = 1
        return taken

    def give(self, blocks: Sequence[int]) -> None:
        """Take blocks back; all of them or, if one is not out, none."""
        if len(set(blocks)) < len(blocks):
            raise ValueError(f"a block is given back twice in one call: {list(blocks)}")
        for block in blocks:
            if not 0 <= block < self.blocks or not self._taken[block]:
                raise ValueError(f"block {block} is not out; was it given back before?")
        for block in reversed(blocks):
            self._taken[block] = 0
            self._free.append(block)
