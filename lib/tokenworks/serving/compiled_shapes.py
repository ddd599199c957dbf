"""Which shapes of a step are compiled, and what a step that comes too early waits for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tokenworks.serving.buckets import Shape

LOG = logging.getLogger("tokenworks.compiling")


class CompiledShapes:
    """The shapes that have been compiled; a step that needs another one compiles it and says so."""

    def __init__(self) -> None:
        self._known: set[Shape] = set()

    def __contains__(self, shape: Shape) -> bool:
        return shape in self._known

    def add(self, shape: Shape) -> None:
        """Note that a shape is compiled."""
        self._known.add(shape)

    @contextmanager
    def needed(self, shape: Shape) -> Iterator[None]:
        """Run a step in a shape; log how long one took that had to be compiled for it."""
        if shape in self._known:
            yield
            return
        start = time.perf_counter()
        yield
        self.add(shape)
        LOG.info("a step of %s waited %.2f s to be compiled", shape, time.perf_counter() - start)


def compile_next(warming: Iterator[object], asked: Callable[[], bool]) -> bool:
    """Compile one piece more while nobody waits; return whether one was left.

    Log how long those waited at most who `asked` meanwhile.
    """
    start = time.perf_counter()
    more = next(warming, None) is not None
    if more and asked():
        waited = time.perf_counter() - start
        LOG.info("a request waited up to %.2f s for a shape that was being compiled", waited)
    return more
