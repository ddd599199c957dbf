"""What of a request's cache is there already when it starts: by equal tokens, or by a fork."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from tokenworks.serving.batch import Moves, Work
from tokenworks.serving.kv_memory import KVMemory
from tokenworks.serving.request import Request


class Sharing:
    """Lets requests start with blocks that others computed.

    By equal tokens (`by_key`): the longest chain of full blocks that hold the first tokens.
    By a fork: the blocks of a running parent whose prompt is computed. The last known token is
    always computed, because the next token is drawn from its logits.
    Source: https://docs.vllm.ai/en/stable/design/prefix_caching/
    """

    def __init__(self, memory: KVMemory, *, by_key: bool, by_fork: bool) -> None:
        self.memory, self.by_key, self.by_fork = memory, by_key, by_fork
        self.queries = 0  # tokens of requests that were let in, each time they came without cache
        self.hits = 0  # those of them that were computed already

    def allocate(self, request: Request, room: int, moves: Moves) -> bool:
        """Give a waiting request its blocks for `room` tokens; False when too few are free."""
        if not request.computed and (self.by_key or (self.by_fork and request.fork_of)):
            return self._start(request, room, moves)
        if not self.memory.grow(request, room):
            return False
        if swap := self.memory.swap_in(request):
            moves.into.append(swap)
        return True

    def _start(self, request: Request, room: int, moves: Moves) -> bool:
        """Give a request its first blocks; one of which it can use only a part is copied."""
        memory, pool = self.memory, self.memory.pool
        start, blocks = self._cached(request)
        whole = start // pool.block_size
        revived = sum(not pool.refs(block) for block in blocks[:whole])
        if pool.blocks_for(room) - whole + revived > pool.free_blocks:
            return False
        memory.share(request, blocks)
        if len(blocks) > whole and (copy := memory.copy_on_write(request, start)):
            made = {each.target: each.source for each in moves.copies}  # they run all at once
            moves.copies.append(copy._replace(source=made.get(copy.source, copy.source)))
        memory.hold(request, room)
        request.computed = start
        self.queries += request.known_tokens
        self.hits += start
        if request.scheduled_seconds is None:
            request.cached_tokens = start
        return True

    def register(self, work: Sequence[Work]) -> None:
        """Register the blocks that a batch, now computed, has filled.

        Those of a request that ended in an error are forgotten: they may hold NaN.
        """
        if not self.by_key:
            return
        size = self.memory.pool.block_size
        for request, start, _, _, _ in work:
            if request.stop_reason == "error":
                self.memory.pool.forget(request.blocks)
                continue
            filled = request.computed // size  # not beyond the start if it was cancelled meanwhile
            keys = request.block_keys(size, filled) if start // size < filled else []
            for at in range(start // size, len(keys)):
                self.memory.pool.register(request.blocks[at], keys[at])

    def _cached(self, request: Request) -> tuple[int, list[int]]:
        """Return how many of a request's first tokens are computed, and the blocks with them."""
        return max(self._of_parent(request), self._by_key(request), key=itemgetter(0))

    def _of_parent(self, request: Request) -> tuple[int, list[int]]:
        parent = request.fork_of
        if parent is None or parent.status != "running" or parent.computed < parent.prompt_tokens:
            return 0, []
        start = min(request.prompt_tokens, request.known_tokens - 1)
        return start, parent.blocks[: self.memory.pool.blocks_for(start)]

    def _by_key(self, request: Request) -> tuple[int, list[int]]:
        if not self.by_key or request.reads_whole_prompt:
            return 0, []
        size = self.memory.pool.block_size
        keys = request.block_keys(size, (request.known_tokens - 1) // size)
        blocks = self.memory.pool.first_of(keys)
        return size * len(blocks), blocks
