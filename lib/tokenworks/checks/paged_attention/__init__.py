"""Paged attention.

A cache in pages: how many sequences fit, where a token lies, who may write, and who may share. The
last is a whole allocator.
"""

CHAPTER = "09-paged-attention"
MINUTES = 60
