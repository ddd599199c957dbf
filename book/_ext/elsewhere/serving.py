"""Serving many: caches that are shared, sent and moved, and what printed speeds leave out."""

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, worked
from tokenworks.accelerator import Chip
from tokenworks.cost import (
    Constants,
    Deployment,
    engine_plan,
    expected_seconds,
    first_visits_hit_share,
    kv_bytes,
    kv_bytes_per_chip,
    link,
    needed_bytes_per_s,
    prefill_step,
    weight_bytes,
)
from tokenworks.data import level
from tokenworks.worked_number import Worked

SEVENTY, H100 = model_spec("llama-3-70b"), chip("h100-sxm")
SERVER = Deployment(SEVENTY, H100, 8, overhead_bytes=2e9)
PORT = link("infiniband-ndr").bytes_per_s


def cached(literal: str, tokens: int, *, width: int = 2) -> Worked:
    """Work out the cache of so many tokens."""
    sizes = {"spec": SEVENTY, "tokens": tokens, "bytes_per_value": width}
    return worked(literal, kv_bytes, **sizes)


def sent(literal: str, tokens: int) -> Worked:
    """Work out what one port takes for it."""
    size = kv_bytes(SEVENTY, tokens, bytes_per_value=2)
    return worked(literal, "size_bytes / port", size_bytes=size, port=PORT)


def read(literal: str, tokens: int) -> Worked:
    """Work out what eight H100 are expected to take for a prompt."""
    step = prefill_step(engine_plan(SERVER), tokens, constants=Constants.fitted())
    return worked(literal, expected_seconds, step=step)


def share(literal: str, tokens: int, *, width: int, chips: int) -> Worked:
    """Work out what each chip has of a user's cache."""
    sizes = {"tokens": tokens, "bytes_per_value": width, "tp": chips}
    return worked(literal, kv_bytes_per_chip, spec=SEVENTY, **sizes)


def room(literal: str, on: Chip, chips: int) -> Worked:
    """Work out the memory of several chips, as plans take it, without bf16 weights."""
    held = weight_bytes(SEVENTY, 2)
    sizes = {"chips": chips, "on": on, "held_bytes": held}
    return worked(literal, "chips * on.planned_bytes - held_bytes", **sizes)


ENTRIES = (
    Entry(
        said="A prompt of 128K tokens on 70B makes 40 GB of cache. Two of them, and an H100 has "
        "no memory left.",
        premise="Llama-3 70B in BF16, 131,072 tokens.",
        slip="40 is in GiB. And there are weights: one H100 does not hold the model, so that no "
        "such request was ever on it.",
        right="It is 42.9 GB. Eight H100 have 543 GB beside the weights.",
        chapter="serving#where-a-cache-goes-when-memory-is-full",
        numbers=(cached("42.9 GB", 131_072), room("543 GB", H100, 8)),
    ),
    Entry(
        said="For prompts of 40,000 tokens the cache is handed over in about 80 ms.",
        premise="Llama-3 70B in BF16, one port of InfiniBand NDR.",
        slip="The bytes were not divided by the time.",
        right="It is 13.1 GB. So soon it takes 164 GB/s: four of the eight ports of a server. One "
        "port needs at least 262 ms.",
        chapter="serving#two-pools",
        numbers=(
            cached("13.1 GB", 40_000),
            worked(
                "164 GB/s",
                needed_bytes_per_s,
                handed_bytes=kv_bytes(SEVENTY, 40_000, bytes_per_value=2),
                transfer_seconds=0.08,
            ),
            sent("262 ms", 40_000),
        ),
    ),
    Entry(
        said="Reading takes half a millisecond a token.",
        premise="Llama-3 70B on eight H100, a prompt of 2,080 tokens.",
        slip="No number of chips, day or version is named.",
        right="Read at once the prompt is expected after 89.5 ms, 0.043 ms/token.",
        chapter="serving#a-prefix-is-read-once",
        numbers=(
            read("89.5 ms", 2080),
            worked(
                "0.043 ms/token",
                "prompt_seconds / prompt_tokens",
                prompt_seconds=prefill_step(
                    engine_plan(SERVER), 2080, constants=Constants.fitted()
                ).expected_seconds,
                prompt_tokens=2080,
            ),
        ),
    ),
    Entry(
        said="With a hundred requests, round robin over eight replicas finds a common prefix in "
        "one request of eight.",
        premise="One prefix, 100 requests in turn, nothing dropped.",
        slip="One in eight is the chance to meet one particular replica. All of them soon know "
        "the prefix.",
        right="Each misses once: 92 % find it.",
        chapter="serving#which-replica",
        numbers=(worked("92 %", first_visits_hit_share, requests=100, replicas=8),),
    ),
    Entry(
        said="A user with 4,096 tokens takes 0.32 GB of each of eight GPUs.",
        premise="Llama-3 70B in BF16, tensor parallel over eight H100.",
        slip="The bytes of a token were divided by four chips, not by eight.",
        right="It is 0.168 GB.",
        chapter="serving#a-thousand-users",
        numbers=(share("0.168 GB", 4096, width=2, chips=8),),
    ),
    Entry(
        said="The host's memory gives a cache back at 100 to 200 GB/s.",
        premise="Eight H100, each on sixteen lanes of PCIe 5.",
        slip="That is the memory's own rate. The cache has to pass PCIe.",
        right="One chip gets at most 63.0 GB/s, all eight together 504 GB/s, if the host's memory "
        "can give it.",
        chapter="serving#where-a-cache-goes-when-memory-is-full",
        numbers=(
            worked("63.0 GB/s", "pcie", pcie=level("h100-sxm-host").bytes_per_s),
            worked("504 GB/s", "8 * pcie", pcie=level("h100-sxm-host").bytes_per_s),
        ),
    ),
)
