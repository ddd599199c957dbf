"""Generation.

The loop from text to text, without the model in the middle.
"""

CHAPTER = "02-generation"
MINUTES = 70
