"""Batching.

What a batch wastes, when it starts, who is in it, and how large it may be. The fifth is a whole
scheduler.

A step is one forward pass. The step that reads a prompt also writes the first token of the answer,
and each further step writes one more.
"""

CHAPTER = "07-batching"
MINUTES = 100
