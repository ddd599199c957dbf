"""What reports and load tests say about a server."""

from book._ext.elsewhere.entry import Entry
from tokenworks import worked
from tokenworks.cost import user_seconds

ENTRIES = (
    Entry(
        said="200 tokens at 40 ms each take 8,000 ms, plus 300 ms for the first: 8.3 s.",
        premise="TPOT as the mean gap between two tokens, TTFT as the time to the first one.",
        slip="The first token is in the 300 ms already: 200 tokens have 199 gaps. Guides to load "
        "tests have the same slip in their formula, TTFT plus TPOT times the number of tokens.",
        right="The answer takes 8.26 s. In an answer of one token the formula invents a step that "
        "never runs.",
        chapter="metrics#fence-posts",
        numbers=(
            worked(
                "8.26 s", user_seconds, ttft_seconds=0.300, tpot_seconds=0.040, output_tokens=200
            ),
        ),
    ),
    Entry(
        said="A P99 more than ten times the P50 means that the server has a tail problem.",
        premise="The time of whole answers, on a server that delays nobody.",
        slip="Whole answers differ in length, so their times differ too.",
        right="The ratio says how unlike the requests are. It may stay the same while a rising "
        "load makes all of them late together. Compare a percentile with a limit, and with itself "
        "last week.",
        chapter="metrics#mean-median-and-tail",
    ),
    Entry(
        said="A server reads more input tokens per second than it writes output tokens, because "
        "prefill is parallel.",
        premise="Rates over a window in which the server neither fills nor empties.",
        slip="It takes the speed of one prompt for the rate of a service.",
        right="A server reads as many prompts as it writes answers, so the two rates stand as the "
        "mean lengths do. With short questions and long answers the output rate is the larger one.",
        chapter="metrics#requests-and-tokens-per-second",
    ),
    Entry(
        said="A larger batch means more queuing, a smaller one less.",
        premise="One server under one load; the batch is the number of requests inside at once.",
        slip="It takes the length of a step for the length of the line.",
        right="A larger batch makes each step longer, and the line shorter, because more requests "
        "are inside.",
        chapter="metrics#what-moves-which-number",
    ),
)
