"""Every plot of the book; the only importer of matplotlib."""

from tokenworks.figures.bar_chart import bars
from tokenworks.figures.roofline_chart import Roof, chip_roof, roofline
from tokenworks.figures.theme import Figure

__all__ = ["Figure", "Roof", "bars", "chip_roof", "roofline"]
