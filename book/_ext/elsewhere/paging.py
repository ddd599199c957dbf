"""Caches in blocks."""

from book._ext.elsewhere.entry import Entry
from tokenworks import claim, worked
from tokenworks.worked_number import Worked

PAPER = "https://arxiv.org/abs/2309.06180"


def wasted(literal: str, name: str) -> Worked:
    """Work out what is left of the memory beside the share that holds tokens."""
    return worked(literal, "1 - used", used=claim(name).value / 100)


ENTRIES = (
    Entry(
        said="Copy-on-write reduces the memory of beam search by 55 %.",
        premise=f"The measurements of the [PagedAttention paper]({PAPER}), section 6.3.",
        slip="The best case of one of the two workloads is given for both.",
        right="Sharing saves 37.6 % to 55.2 % of the blocks of a beam search with the prompts of "
        "Alpaca, which are short, and 44.3 % to 66.3 % with those of ShareGPT. When several "
        "answers are drawn in parallel it saves 6.1 % to 30.5 %.",
        chapter="paged-attention#copies-that-wait-for-a-write",
        numbers=(
            worked("37.6 %", claim("paged-beam-low")),
            worked("55.2 %", claim("paged-beam-alpaca-high")),
            worked("44.3 %", claim("paged-beam-sharegpt-low")),
            worked("66.3 %", claim("paged-beam-high")),
            worked("6.1 %", claim("paged-parallel-low")),
            worked("30.5 %", claim("paged-parallel-high")),
        ),
    ),
    Entry(
        said="Serving systems waste 60 to 80 % of the cache memory, paging under 4 %.",
        premise=f"The servers of 2023 in figure 2 of the [PagedAttention paper]({PAPER}).",
        slip="A measurement of some servers of one year is printed as a property of all. What they "
        "lost, they had reserved for the longest answer or rounded up to a power of two.",
        right="Those servers wasted 61.8 % to 79.6 %, and the paper's own 3.7 %. A server that "
        "reserves nothing today stands near the second.",
        chapter="paged-attention#room-for-the-longest",
        numbers=(
            wasted("61.8 %", "paged-used-high"),
            wasted("79.6 %", "paged-used-low"),
            wasted("3.7 %", "paged-used-vllm"),
        ),
    ),
    Entry(
        said="Prefix caching costs the memory in which the cached prefixes are kept.",
        premise="A cache in blocks, as [vLLM designs it](https://docs.vllm.ai/en/stable/design/"
        "prefix_caching/).",
        slip="It takes blocks that are kept for blocks that are taken.",
        right="A kept block counts as free, and the oldest one goes first when a place is needed. "
        "What prefix caching costs is the search for the names of blocks.",
        chapter="paged-attention#shared-beginnings",
    ),
)
