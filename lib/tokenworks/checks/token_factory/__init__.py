"""The token factory.

What a token costs in bytes, seconds and dollars.
"""

CHAPTER = "01-token-factory"
MINUTES = 45
