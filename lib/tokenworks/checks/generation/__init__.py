"""Generation.

The loop from text to text, without the model in the middle. Plain Python is enough, and NumPy is
fine.
"""

CHAPTER = "02-generation"
MINUTES = 70
