"""Prefill and decode.

How dense a matrix product is, when the first and the last token arrive, and what each kind of token
costs. All answers are in base units: bytes, seconds, operations.
"""

CHAPTER = "03-prefill-decode"
MINUTES = 60
