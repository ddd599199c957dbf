"""Quantization.

The grid of a group of weights, what its scale adds to their bits, how the columns to come make up
for an error, how a channel is spared, and what a narrow cache saves.
"""

CHAPTER = "11-quantization"
MINUTES = 60
