"""A progress bar on stderr: drawn on a terminal, silent everywhere else."""

from __future__ import annotations

import sys
from io import TextIOBase
from types import TracebackType

WIDTH = 24


class Bar:
    """Shows how many of the expected bytes are there."""

    def __init__(self, label: str, total_bytes: int, *, out: TextIOBase | None = None) -> None:
        self.label = label
        self.total_bytes = total_bytes
        self.out = out or sys.stderr
        self.visible = self.out.isatty()

    def show(self, done_bytes: int) -> None:
        """Redraw the bar."""
        if not self.visible:
            return
        share = min(1.0, done_bytes / self.total_bytes)
        filled = "#" * int(share * WIDTH)
        size = f"{done_bytes / 1e6:.0f} of {self.total_bytes / 1e6:.0f} MB"
        self.out.write(f"\r{self.label} [{filled:<{WIDTH}}] {size} ")
        self.out.flush()

    def __enter__(self) -> Bar:
        self.show(0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.visible:
            self.out.write("\n")
            self.out.flush()
