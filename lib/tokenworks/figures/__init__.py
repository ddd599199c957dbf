"""Every plot of the book; the only importer of matplotlib."""

from tokenworks.figures.bars import bars
from tokenworks.figures.theme import Figure

__all__ = ["Figure", "bars"]
