"""Flash attention.

Attention in tiles: its softmax, what a tile needs, what moves through HBM, and what a mask saves.
"""

CHAPTER = "08-flash-attention"
MINUTES = 50
