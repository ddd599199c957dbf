"""The techniques, in the order in which one meets them."""

from __future__ import annotations

from functools import cache

from book._ext.cheat_sheet import gains
from book._ext.cheat_sheet.technique import Technique, hold_techniques
from tokenworks.cost import Split

GUIDE = "Llama-3 70B in bf16 on eight H100"


BATCHING = (
    Technique(
        name="Batching",
        fixes="Every step reads all weights, for however few users.",
        costs="A longer gap between tokens, and a cache for each user.",
        when="Always, up to the gap that you promised.",
        gain="27.7× the tokens of one user",
        kind="expected",
        case=f"{GUIDE}: 32 users with 2,048 tokens each, over one.",
        chapter="batching#why-a-batch-pays",
        numbers=(gains.of_guide("batching", "27.7×"),),
    ),
    Technique(
        name="Continuous batching",
        fixes="Places in a step stay empty until the longest answer ends.",
        costs="A scheduler that decides before every step.",
        when="Always where answers differ in length.",
        gain="1.4× to 3.4× the places in use",
        kind="simulated",
        case="Eight places under full load; answers that are nearly equal, or very unequal.",
        chapter="batching#two-times-ten-times-twenty-three-times",
        numbers=(gains.of_guide("continuous", "1.4×", "3.4×"),),
    ),
    Technique(
        name="Chunked prefill",
        fixes="A long prompt, read in one piece, stops all streams.",
        costs="Its own first token comes later: each piece reads the weights again.",
        when="Always where long prompts and streams meet.",
        gain="slowest gaps of 39.8 ms, not 135 ms",
        kind="simulated",
        case="Llama-3 70B on two replicas of four H100, expected steps: prompts of 2,000 "
        "tokens, five a second, in pieces of 512; 99th percentile.",
        chapter="batching#chunked-prefill",
        numbers=(gains.pool_gap("39.8 ms", "chunks"), gains.pool_gap("135 ms", "whole")),
    ),
)

MEMORY = (
    Technique(
        name="FlashAttention",
        fixes="Scores of every pair of tokens pass through memory, and have to fit.",
        costs="A kernel for each kind of chip; in training some arithmetic twice.",
        when="Always; it decides where prompts are long.",
        gain="a prompt 1.2× to 3.0× as fast; one layer, by its authors, 5.7×",
        kind="floors, measured",
        case="Floors of Llama-3 70B at 2,048 and at 32,768 tokens. The layer is GPT-2's, "
        "forward and backward, on an A100.",
        chapter="flash-attention#what-a-prompt-gains",
        numbers=(gains.of_guide("flash", "1.2×", "3.0×"), gains.paper_flash("5.7×")),
    ),
    Technique(
        name="PagedAttention",
        fixes="Memory that is set aside for the longest answer and not used.",
        costs="A table to look up, and now and then a request that is put out.",
        when="Always where lengths differ.",
        gain="1.7× to 2.3× the sequences at once; by its authors 4.3×",
        kind="simulated, measured",
        case="Lengths of a chat, against room set aside by a good guess and for the longest. "
        "The authors served OPT-13B.",
        chapter="paged-attention#how-large-is-a-block",
        numbers=(gains.of_guide("paged", "1.7×", "2.3×"), gains.paper_paging("4.3×")),
    ),
    Technique(
        name="Prefix caching",
        fixes="The same beginning of a prompt is read for every request.",
        costs="Memory that would be free; one changed token loses all behind it.",
        when="Prompts begin alike: instructions, examples, a conversation's history.",
        gain="1.8× to 7.2× sooner to the first token",
        kind="expected",
        case=f"{GUIDE}, idle: half, or all, of the first 2,000 of 2,080 tokens are known.",
        chapter="serving#a-prefix-is-read-once",
        numbers=(gains.of_guide("prefix", "1.8×", "7.2×"),),
    ),
    Technique(
        name="KV offloading",
        fixes="A cache that is dropped for want of room is read again.",
        costs="Links to the host, and a wait where the slower memory is busy.",
        when="Conversations pause and come back; take the host's memory before a disk.",
        gain="at least 5.3 ms to copy, not 353 ms to read",
        kind="floor, expected",
        case=f"8,192 tokens, {GUIDE}; all eight links to the host carry.",
        chapter="serving#where-a-cache-goes-when-memory-is-full",
        numbers=(gains.copied_back("5.3 ms"), gains.read_again("353 ms")),
    ),
)

TOKENS = (
    Technique(
        name="Speculative decoding",
        fixes="One reading of the weights gives one token.",
        costs="Work on guesses that are refused; with many users it is slower.",
        when="Few users, arithmetic to spare, text that is easy to guess.",
        gain="1.53× copying, 0.93× chatting; by others 0.94× to 2.36×",
        kind="measured",
        case="SmolLM2 on two CPU cores, guesses looked up in the text. The others: published "
        "servers, one to many users.",
        chapter="speculation#what-each-is-worth-here",
        numbers=(
            gains.drafted("1.53×", "copy"),
            gains.drafted("0.93×", "chat"),
            gains.of_others("0.94×", "2.36×"),
        ),
    ),
    Technique(
        name="Quantization",
        fixes="Weights, or caches, that are too large or take too long to read.",
        costs="Some quality, first where you do not look; large batches can get slower.",
        when="Memory or gaps bind, and you measured your own tail.",
        gain="a product 2.56× as fast for one token, 0.88× for many; 5.1× the conversations",
        kind="measured, computed",
        case="Weights in INT4. Products on an A100, one and 8,192 tokens; conversations of "
        "Llama-3 70B on two H100, 4,096 tokens each.",
        chapter="quantization#faster-or-only-smaller",
        numbers=(
            gains.product_gain("2.56×", 1),
            gains.product_gain("0.88×", 8192),
            gains.room_gain("5.1×", "int4-g128"),
        ),
    ),
)

CHIPS = (
    Technique(
        name="Tensor parallelism",
        fixes="A model too large for a chip, or a token that takes too long.",
        costs="Two sums a layer over the links, waited for by all.",
        when="Inside one server, or one slice.",
        gain="10.1 ms a token, not 28.0 ms",
        kind="expected",
        case="Llama-3 70B in bf16, one user with 4,096 tokens: eight H100, over two.",
        chapter="parallelism#matrices-tensor-parallel",
        numbers=(gains.one_user("10.1 ms", 8), gains.one_user("28.0 ms", 2)),
    ),
    Technique(
        name="Pipeline parallelism",
        fixes="A model too large for a server.",
        costs="Stages that wait; no token comes sooner.",
        when="Between servers, where links are slow.",
        gain="50.7 GB of weights a chip, not 101 GB; 27 % of a prompt's time idle",
        kind="computed",
        case="Llama-3 405B in bf16 on two servers of eight H100; idle: four stages, eight "
        "micro-batches.",
        chapter="parallelism#layers-pipeline-parallel",
        numbers=(
            gains.a_chip_holds("50.7 GB", Split(8, 2)),
            gains.a_chip_holds("101 GB", Split(8)),
            gains.idle("27 %", 8),
        ),
    ),
    Technique(
        name="Data parallelism",
        fixes="More requests than one copy carries.",
        costs="All weights once more for each copy, and a router.",
        when="A copy fits and has many users; with few, a group is faster.",
        gain="1.23× a group's tokens with many users, 0.37× with eight",
        kind="expected",
        case="Llama-3 8B on eight H100: eight copies over one group of eight; 1,904 users, "
        "or eight, with 2,048 tokens each.",
        chapter="parallelism#conversations-data-parallel",
        numbers=(gains.copies_gain("1.23×", 1904), gains.copies_gain("0.37×", 8)),
    ),
    Technique(
        name="Expert parallelism",
        fixes="A mixture whose experts do not fit together.",
        costs="Two journeys of each token a layer; all wait for the busiest expert.",
        when="Mixtures of experts, on the fastest network there is.",
        gain="2.55 GB of experts a chip; a journey of 194 µs, with eight chips 77 µs",
        kind="computed, measured",
        case="DeepSeek-V3 in FP8, one expert a layer on each of 256 chips; its authors' "
        "kernels over InfiniBand, 128 tokens a chip.",
        chapter="parallelism#mixtures-of-experts",
        numbers=(
            gains.experts_of("2.55 GB"),
            gains.dispatched("194 µs", -1),
            gains.dispatched("77 µs", 0),
        ),
    ),
)

FLEET = (
    Technique(
        name="Disaggregation",
        fixes="Reading and writing disturb each other on the same chips.",
        costs="The cache travels; neither pool can help the other.",
        when="Chunks do not keep both promises, and both pools are busy.",
        gain="slowest gaps of 17.7 ms, not 39.8 ms; slowest first tokens of 860 ms, not 359 ms",
        kind="simulated",
        case="The case of chunked prefill: one replica reads and one writes, over prompts in "
        "pieces.",
        chapter="serving#two-pools",
        numbers=(
            gains.pool_gap("17.7 ms", "apart"),
            gains.pool_gap("39.8 ms", "chunks"),
            gains.pool_first("860 ms", "apart"),
            gains.pool_first("359 ms", "chunks"),
        ),
    ),
    Technique(
        name="Cache-aware routing",
        fixes="A turn lands on a replica that does not know the conversation.",
        costs="Replicas of unequal load; it needs a limit and a way past it.",
        when="Several replicas, and prompts with a past.",
        gain="a mean of 12 ms to the first token, not 102 ms",
        kind="simulated",
        case="Ten conversations of twenty turns with one prefix, Llama-3 8B, an A100 a "
        "replica, floors: to where the prefix is, over eight replicas in turn.",
        chapter="serving#which-replica",
        numbers=(gains.routed("12 ms", "prefix-aware"), gains.routed("102 ms", "round-robin")),
    ),
)


@cache
def techniques() -> tuple[Technique, ...]:
    """Return all techniques, their numbers held."""
    return hold_techniques((*BATCHING, *MEMORY, *TOKENS, *CHIPS, *FLEET))
