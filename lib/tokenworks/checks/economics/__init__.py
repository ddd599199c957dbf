"""Economics.

What a batch does to the price of a token, why answers are dearer than prompts, from which call on a
cache pays, what an accepted result costs, what a log of requests is worth, and with which batch to
plan. All prices are in USD, all times in seconds, all sizes in bytes.
"""

CHAPTER = "14-economics"
MINUTES = 60
