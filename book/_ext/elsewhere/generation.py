"""Parameters and sampling."""

from math import exp

from book._ext.elsewhere.entry import Entry
from tokenworks import worked

LOGITS = (8.2, 7.1, 6.9, 6.5, 6.3)
SHARES = [0.42 * exp(value - LOGITS[0]) for value in LOGITS]
SQUARES = sum(share**2 for share in SHARES)
REST = 1 - sum(SHARES)

ENTRIES = (
    Entry(
        said="Five candidates have the logits 8.2, 7.1, 6.9, 6.5 and 6.3, and the first a "
        "probability of 42 %. At a temperature of one half it has 72 %.",
        premise="The five are the five most probable tokens; the rest of the vocabulary is below.",
        slip="The printed probabilities do not follow from the printed logits.",
        right="At a temperature of one half each probability is squared and scaled. The first then "
        "has 81 % if the rest is spread thinly, and 77 % if the rest stands as close below the "
        "fifth as it can.",
        chapter="generation#aside-the-same-by-hand",
        numbers=(
            worked("81 %", "first**2 / squares", first=SHARES[0], squares=SQUARES),
            worked(
                "77 %",
                "first**2 / (squares + rest * fifth)",
                first=SHARES[0],
                squares=SQUARES,
                rest=REST,
                fifth=SHARES[4],
            ),
        ),
    ),
)
