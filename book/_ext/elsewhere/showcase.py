"""A server at work."""

from __future__ import annotations

from book._ext.elsewhere.entry import Entry
from tokenworks import worked
from tokenworks.cockpit import drive


def flooded(**changes: object) -> dict[str, float]:
    """Return the dashboard of a chip after 30 seconds of some load."""
    script = {"seed": 1, "changes": [[0, {"set": changes}]]}
    return drive(script, until=30, since=30)["frames"][0]["board"]


ENTRIES = (
    Entry(
        said="With static batching on one GPU the queue grows, latency spikes, and utilisation is "
        "low.",
        premise="Llama-3 8B in bf16 on an H100, ten requests a second, batches of 64.",
        slip="A chip whose batch is half empty still runs a step at every moment.",
        right="The queue grows while the chip is busy for 100 % of the time. What is low is what a "
        "step gets done.",
        chapter="showcase#suffering",
        numbers=(
            worked(
                "100 %",
                "board['utilisation']",
                board=flooded(rate=10.0, batching="static", paging=False),
            ),
        ),
    ),
    Entry(
        said="Continuous batching, prefix caching and speculative decoding together give 5-10× the "
        "throughput of naive serving. Each optimization is multiplicative.",
        premise="One H100 with Llama-3 8B, flooded with chat.",
        slip="A remedy moves one limit. What the next one brings depends on the limit that is met "
        "then.",
        right="No throughput is gained where nobody waits, and much where static batches drown. "
        "Behind a prefix cache an int8 cache and guesses bring more than alone; without a prefix "
        "to share, guesses cost.",
        chapter="showcase#five-to-ten-times-and-multiplicative",
    ),
)
