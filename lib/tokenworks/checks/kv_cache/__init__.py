"""The KV cache.

What one sequence leaves in the cache, and how many sequences a chip can hold.
"""

CHAPTER = "05-kv-cache"
MINUTES = 60
