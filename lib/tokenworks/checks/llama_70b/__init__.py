"""Llama-3 70B on TPU.

Which batch fills the arithmetic, what a chip holds and which slice is enough, what tokens cost, how
many slices read prompts and how many write answers, which ways to serve nothing beats, and where
the links end it. All sizes are in bytes, all times in seconds and all rates per second.
"""

CHAPTER = "15-llama-70b-on-tpu"
MINUTES = 70
