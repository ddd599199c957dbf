"""Who holds which blocks of the KV cache, on the device and, when swapped out, on the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenworks.serving.batch import Copy, Swap, Work
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.request import Request


@dataclass(frozen=True)
class KVMemory:
    """The blocks of the device and, where there is swapping, of the host; all are of one size."""

    pool: BlockPool
    host_pool: BlockPool | None = None

    def __post_init__(self) -> None:
        host, size = self.host_pool, self.pool.block_size
        if host is not None and host.block_size != size:
            raise ValueError(f"host blocks hold {host.block_size} tokens, device blocks {size}")

    def hold(self, request: Request, tokens: int) -> None:
        """Give a request the blocks that it lacks for this many tokens, or raise MemoryError."""
        if not self.grow(request, tokens):
            raise MemoryError(
                f"{self.pool.free_blocks} free blocks are too few for {tokens} tokens"
            )

    def grow(self, request: Request, tokens: int) -> bool:
        """Give a request the blocks it lacks for this many tokens; False if too few are free."""
        lacking = -(-tokens // self.pool.block_size) - len(request.blocks)
        if lacking > self.pool.free_blocks:
            return False
        if lacking > 0:
            request.blocks += self.pool.allocate(lacking)
        return True

    def shrink(self, request: Request, tokens: int) -> None:
        """Take the blocks from a request that it does not need for this many tokens."""
        needed = self.pool.blocks_for(tokens)
        self.pool.free(request.blocks[needed:])
        del request.blocks[needed:]

    def room(self, request: Request) -> int:
        """Return the tokens that a request's own blocks and all free ones could hold."""
        return self.pool.block_size * (len(request.blocks) + self.pool.free_blocks)

    def steps_with_room(self, work: Sequence[Work], steps: int) -> int:
        """Return how many decode steps in a row there are blocks for: `steps`, halved until so.

        The first step has its blocks already.
        """
        if len(work) * (steps // self.pool.block_size + 1) <= self.pool.free_blocks:
            return steps
        while steps > 1 and self._growth(work, steps) > self.pool.free_blocks:
            steps //= 2
        return steps

    def _growth(self, work: Sequence[Work], steps: int) -> int:
        size = self.pool.block_size
        return sum(-(-(w.start + steps) // size) - len(w.request.blocks) for w in work)

    def share(self, request: Request, blocks: Sequence[int]) -> None:
        """Start the block table of a request with blocks that others computed.

        A request that has blocks already raises ValueError.
        """
        if request.blocks:
            raise ValueError(f"request {request.id!r} has blocks already")
        self.pool.share(blocks)
        request.blocks = list(blocks)

    def copy_on_write(self, request: Request, position: int) -> Copy | None:
        """Give a request that is about to write at a position a block of its own there.

        None when nobody else holds the block: the last of its holders writes in place.
        """
        at = position // self.pool.block_size
        source = request.blocks[at]
        if self.pool.writable(source):
            return None
        (target,) = self.pool.allocate(1)
        self.pool.free([source])
        request.blocks[at] = target
        return Copy(request, source, target)

    def free(self, request: Request) -> None:
        """Let go of all blocks of a request."""
        self.pool.free(request.blocks)
        request.blocks = []
        if self.host_pool is not None:
            self.host_pool.free(request.host_blocks)
        request.host_blocks = []

    def swap_out(self, request: Request) -> Swap | None:
        """Move a request's blocks to the host; None when there is no room."""
        host = self.host_pool
        if host is None or host.free_blocks < len(request.blocks):
            return None
        swap = Swap(request, tuple(request.blocks), tuple(host.allocate(len(request.blocks))))
        self.free(request)
        request.host_blocks = list(swap.host_blocks)
        return swap

    def swap_in(self, request: Request) -> Swap | None:
        """Move a request's host blocks into the first of its blocks; None when it has none."""
        if self.host_pool is None or not request.host_blocks:
            return None
        host = tuple(request.host_blocks)
        self.host_pool.free(host)
        request.host_blocks = []
        return Swap(request, tuple(request.blocks[: len(host)]), host)
