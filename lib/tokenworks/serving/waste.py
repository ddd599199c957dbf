"""What every position of a KV cache's memory is for: tokens, and three kinds of waste."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from tokenworks.number import Number, make_whole
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.contiguous import (
    Allocator,
    Buddy,
    FirstFit,
    Reserve,
    reserve_exact,
    reserve_most,
    reserve_power_of_two,
)


@dataclass(frozen=True)
class Waste:
    """Token positions of a memory by what they are for; added up they are the memory.

    `used` hold keys and values. `reserved` belong to a sequence that will fill them, `internal` to
    one that never will. `external` are lost between the sequences: the rounding of pieces, and
    gaps too short for the request that waits. `free` are for the taking.
    Source: https://arxiv.org/abs/2309.06180 (section 3.1, three kinds of waste).
    """

    used: Number
    reserved: Number
    internal: Number
    external: Number
    free: Number

    @property
    def total(self) -> Number:
        """All positions of the memory."""
        return sum(getattr(self, f.name) for f in fields(self))

    @property
    def shares(self) -> dict[str, float]:
        """The parts of the memory by name, adding up to 1."""
        return {f.name: getattr(self, f.name) / self.total for f in fields(self)}


@dataclass(eq=False)
class Running:
    """A request and the memory that it has: one piece, or blocks."""

    prompt_tokens: int
    output_tokens: int
    tokens: int  # with keys and values; after a preemption, those to be computed again
    number: int = 0  # its place in the list that it comes from
    piece: range = range(0)
    reserved: int = 0
    blocks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        make_whole(self, "prompt_tokens", "output_tokens")

    @property
    def total_tokens(self) -> int:
        """Tokens when it is done."""
        return self.prompt_tokens + self.output_tokens


@dataclass(frozen=True)
class Contiguous:
    """One piece for each sequence, as long as it may become, from its first step to its last."""

    allocator: Allocator
    reserve: Reserve

    @property
    def tokens(self) -> int:
        """Positions of the whole memory."""
        return self.allocator.tokens

    @property
    def free_tokens(self) -> int:
        """Positions that nobody holds."""
        return self.allocator.free_tokens

    def hold(self, request: Running, tokens: int) -> bool:
        """Give a request its piece, once; False where no gap is as long.

        A reserve that is too short for the whole sequence raises ValueError.
        """
        if request.piece:
            return True
        wanted = self.reserve(request.prompt_tokens, request.output_tokens)
        if wanted < request.total_tokens:
            raise ValueError(f"{wanted} positions are reserved for {request.total_tokens} tokens")
        piece = self.allocator.allocate(wanted)
        if piece is not None:
            request.piece, request.reserved = piece, wanted
        return piece is not None

    def held(self, request: Running) -> tuple[int, int]:
        """Return the positions that were set aside for a request, and those of its piece."""
        return request.reserved, len(request.piece)

    def release(self, request: Running) -> None:
        """Free the piece."""
        self.allocator.free(request.piece)
        request.piece, request.reserved = range(0), 0

    def lost(self, *, waiting: bool) -> int:
        """Return all gaps when someone waits: each is too short, and nobody else will use it."""
        return self.free_tokens if waiting else 0


@dataclass(frozen=True)
class Paged:
    """Blocks, allocated when a sequence needs them."""

    pool: BlockPool

    @property
    def tokens(self) -> int:
        """Positions of the whole memory."""
        return self.pool.tokens

    @property
    def free_tokens(self) -> int:
        """Positions of the blocks that nobody holds."""
        return self.pool.free_blocks * self.pool.block_size

    def hold(self, request: Running, tokens: int) -> bool:
        """Give a request the blocks that it lacks; False where fewer are free."""
        lacking = self.pool.blocks_for(tokens) - len(request.blocks)
        if lacking > self.pool.free_blocks:
            return False
        request.blocks += self.pool.allocate(lacking)
        return True

    def held(self, request: Running) -> tuple[int, int]:
        """Return the positions of a request's blocks, all of them for this request."""
        positions = len(request.blocks) * self.pool.block_size
        return positions, positions

    def release(self, request: Running) -> None:
        """Free the blocks."""
        self.pool.free(request.blocks)
        request.blocks = []

    def lost(self, *, waiting: bool) -> int:
        """Return none: a block is as good as any other, and who runs will want it."""
        return 0


Memory = Contiguous | Paged


def rival_memories(cells: int, *, most: int, block_size: int) -> dict[str, Memory]:
    """Return empty memories of one size by the way in which sequences get their cells.

    In pieces: `most` for each, the prompt and a guess of the answer, or the length itself, from a
    `FirstFit` or a `Buddy`. And in blocks.
    """
    rules = {"a good guess": reserve_power_of_two(most), "length known": reserve_exact}
    found: dict[str, Memory] = {"the longest": Contiguous(FirstFit(cells), reserve_most(most))}
    for rule, reserve in rules.items():
        found[f"{rule}, first fit"] = Contiguous(FirstFit(cells), reserve)
        found[f"{rule}, buddy"] = Contiguous(Buddy(cells), reserve)
    return found | {"blocks": Paged(BlockPool(cells // block_size, block_size))}


def account(memory: Memory, running: Iterable[Running], *, waiting: bool) -> Waste:
    """Return what every position of a memory is for.

    Source: derived: the definitions of Waste.
    """
    used = reserved = internal = external = 0
    for request in running:
        aside, taken = memory.held(request)
        used += request.tokens
        reserved += min(aside, request.total_tokens) - request.tokens
        internal += max(0, aside - request.total_tokens)
        external += taken - aside
    lost = memory.lost(waiting=waiting)
    return Waste(used, reserved, internal, external + lost, memory.free_tokens - lost)
