"""Every plot of the book; the only importer of matplotlib."""

from tokenworks.figures.bars import bars
from tokenworks.figures.roofline import Roof, chip_roof, roofline
from tokenworks.figures.theme import Figure

__all__ = ["Figure", "Roof", "bars", "chip_roof", "roofline"]
