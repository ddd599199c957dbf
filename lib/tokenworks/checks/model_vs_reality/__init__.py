"""Model against reality.

Doubt a table before you trust it, take constants from what was timed, predict a token's time before
you look, and score the prediction without cheating.
"""

CHAPTER = "17-model-vs-reality"
MINUTES = 70
