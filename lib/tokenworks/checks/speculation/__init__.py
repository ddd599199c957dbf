"""Speculation.

What replaces a rejected token, how many tokens a pass brings, whether that pays, and what is left
in the cache. One of them is judged by the law of what it writes.
"""

CHAPTER = "10-speculation"
MINUTES = 90
