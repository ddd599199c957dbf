"""Memories of a size to draw, from rows that come at once."""

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.contiguous import FirstFit, reserve_exact, reserve_most
from tokenworks.serving.memory_map import map_at
from tokenworks.serving.waste import Contiguous, Paged

ROWS = [(0, 20 + 7 * n % 30, 5 + 11 * n % 40) for n in range(30)]
CELLS = 480


def memories():
    """Return the same memory under three rules, empty."""
    return {
        "the longest": Contiguous(FirstFit(CELLS), reserve_most(90)),
        "known": Contiguous(FirstFit(CELLS), reserve_exact),
        "blocks": Paged(BlockPool(CELLS // 8, 8)),
    }


def maps(step=3):
    """Return the three memories' maps in one step."""
    found = memories().items()
    return {name: map_at(memory, ROWS, step=step, step_seconds=1) for name, memory in found}
