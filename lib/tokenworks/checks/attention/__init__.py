"""Flash and paged attention.

Four are about attention in tiles: its softmax, what a tile needs, what moves through HBM, and what
a mask saves. Three are about pages: where a token lies, who may write, and who may share. The last
is a whole allocator.
"""

CHAPTER = "08-attention"
MINUTES = 100
