"""Who holds which blocks of the KV cache, on the device and, when swapped out, on the host."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.serving.batch import Swap
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.request import Request


@dataclass(frozen=True)
class KVMemory:
    """The blocks of the device and, where there is swapping, of the host, equally large."""

    pool: BlockPool
    host_pool: BlockPool | None = None

    def __post_init__(self) -> None:
        host, size = self.host_pool, self.pool.block_size
        if host is not None and host.block_size != size:
            raise ValueError(f"host blocks hold {host.block_size} tokens, device blocks {size}")

    def fits(self, request: Request, tokens: int) -> bool:
        """Whether a request can hold this many tokens, with what it has and what is free."""
        return self._lacks(request, tokens) <= self.pool.free

    def hold(self, request: Request, tokens: int) -> None:
        """Give a request the blocks that it lacks for this many tokens."""
        request.blocks += self.pool.take(self._lacks(request, tokens))

    def free(self, request: Request) -> None:
        """Take all blocks of a request back."""
        self.pool.give(request.blocks)
        request.blocks = []
        if self.host_pool is not None:
            self.host_pool.give(request.host_blocks)
        request.host_blocks = []

    def swap_out(self, request: Request) -> Swap | None:
        """Move a request's blocks to the host; None when there is no room."""
        host = self.host_pool
        if host is None or host.free < len(request.blocks):
            return None
        swap = Swap(request, tuple(request.blocks), tuple(host.take(len(request.blocks))))
        self.free(request)
        request.host_blocks = list(swap.host_blocks)
        return swap

    def swap_in(self, request: Request) -> Swap | None:
        """Move a request's host blocks into the first of its blocks; None when it has none."""
        if self.host_pool is None or not request.host_blocks:
            return None
        host = tuple(request.host_blocks)
        self.host_pool.give(host)
        request.host_blocks = []
        return Swap(request, tuple(request.blocks[: len(host)]), host)

    def _lacks(self, request: Request, tokens: int) -> int:
        return self.pool.blocks_for(tokens) - len(request.blocks)
