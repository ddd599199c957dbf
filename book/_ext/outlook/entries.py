"""What comes next: what is reported of each direction, and what this book's floor says to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from book._ext.held_numbers import hold_numbers
from book._ext.outlook import numbers
from tokenworks.worked_number import Worked


@dataclass(frozen=True)
class Outlook:
    """A direction: its idea, what is reported and when, the floor, what is assumed, its sources.

    `numbers` computes each number with a unit of `reported` and `floor`; `chapters` are places
    that teach what it builds on.
    """

    name: str
    idea: str
    reported: str
    floor: str
    assumed: str
    chapters: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    numbers: tuple[Worked, ...]


DIFFUSION = Outlook(
    name="Diffusion models",
    idea="A diffusion language model writes a block of tokens at once and corrects all of it in a "
    "few passes, instead of one token after the other.",
    reported="In June 2025 Mercury Coder Mini was reported at 1,109 tokens/s on H100.",
    floor="A pass reads the weights once, however many tokens it changes. So the floor is that of "
    "a pass, divided by the tokens that it finishes. Llama-3 8B in bf16 has at most "
    "223 tokens/s on one H100; to reach that report it would have to finish 5.0 tokens/pass. For "
    "one user wide passes are nearly free: over 32 tokens one is expected to take 1.02× a plain "
    "step. With 64 users it is 5.03×, about what such a pass finishes: then parallel writing gains "
    "next to nothing. It is the bargain of guessing ahead, with another guesser.",
    assumed="The size: what Mercury has is not published, nor on how many chips. Caches are left "
    "out of the floor, and a block that sees what follows it cannot keep its cache as it is.",
    chapters=("speculation#when-it-loses", "roofline#the-critical-batch"),
    sources=(("Mercury (2025-06-17)", "https://arxiv.org/abs/2506.17298"),),
    numbers=numbers.diffusion(),
)
KERNELS = Outlook(
    name="Kernels",
    idea="Between two kernels a chip reads nothing: the next one is launched, fills its pipes and "
    "waits for the last of the one before. Fused kernels have fewer such gaps; one kernel for the "
    "whole step has none.",
    reported="In May 2025 a group at Stanford read 78 % of an H100's bandwidth with Llama-3.2 1B "
    "in a single kernel, and found 50 % at most in two engines.",
    floor="That model's floor is 0.74 ms a token. Our model of an engine, made of timed "
    "kernels, expects 1.50 ms, 49 % of the floor's rate. So there is a factor of two to win, "
    "and no more: nothing in software goes below the floor. With the size of the model the gain "
    "shrinks: Llama-3 8B is expected at 69 % already.",
    assumed="One sequence with a hundred tokens behind it, as in the report.",
    chapters=("roofline#real-kernels-under-the-roof", "model-vs-reality#the-ladder"),
    sources=(
        (
            "No Bubbles (2025-05-27)",
            "https://hazyresearch.stanford.edu/blog/2025-05-27-no-bubbles",
        ),
    ),
    numbers=numbers.kernels(),
)
AGENTS = Outlook(
    name="Several models",
    idea="A router sends easy requests to a small model and hard ones to a large one. A mixture of "
    "agents goes the other way: several models answer, others read all answers, one writes the "
    "last.",
    reported="In June 2024 RouteLLM was reported to make answers more than 2× cheaper at equal "
    "quality, in some cases. The mixture of agents, of the same month, reports better answers.",
    floor="Routing: a token of Llama-3 70B reads 9.3× the bytes of one of 8B. If prices go with "
    "bytes, half the bill allows 44 % of the requests to go to the large model. Mixing: layers "
    "of six, six and one make 13× the answers, and three in turn. With 70B on eight H100 an "
    "answer of 500 tokens is expected after 5.1 s, the mixture's after 15.4 s, of which reading "
    "takes little. What it buys has to be worth that wait.",
    assumed="Prices in proportion to weights read; six models as large as each other, one server "
    "for each; prompts of 500 tokens, and each later layer reads six answers more.",
    chapters=("economics#divide-by-accepted-results", "serving#which-replica"),
    sources=(
        ("RouteLLM (2024-06-26)", "https://arxiv.org/abs/2406.18665"),
        ("Mixture-of-Agents (2024-06-07)", "https://arxiv.org/abs/2406.04692"),
    ),
    numbers=numbers.agents(),
)
HARDWARE = Outlook(
    name="Chips made for it",
    idea="Weights that lie in SRAM need no trip to HBM. The chip has to be a whole wafer, or there "
    "have to be many.",
    reported="In August 2024 Cerebras gave 44 GB of SRAM and 21 PB/s for a wafer, and 450 tokens/s "
    "for Llama-3.1 70B in bf16.",
    floor="The weights take four wafers, and leave 34.9 GB for caches: 25 conversations of 4,096 "
    "tokens. For one user the wafers work one after the other: reading takes at least 6.6 µs a "
    "token; what is reported takes 2.2 ms. So memory has stopped being the limit: it stands for "
    "0.30 % of the time. What is "
    "left are 80 layers in turn, 28 µs each, and what passes between wafers. Eight H100 are "
    "expected to give one user 99 tokens/s. The floor of this book then no longer says what to "
    "expect; a model of messages has to.",
    assumed="Four wafers, one user, no cache read, and all of the SRAM for weights and caches.",
    chapters=("parallelism#what-an-all-reduce-takes", "roofline#the-distance-of-a-byte"),
    sources=(
        (
            "Cerebras inference (2024-08-27)",
            "https://cerebras.ai/blog/introducing-cerebras-inference-ai-at-instant-speed",
        ),
    ),
    numbers=numbers.hardware(),
)


@cache
def outlooks() -> tuple[Outlook, ...]:
    """Return all directions; ValueError where a number of one is not held."""
    found = (DIFFUSION, KERNELS, AGENTS, HARDWARE)
    for one in found:
        hold_numbers(one.name, f"{one.reported} {one.floor}", one.numbers)
        hold_numbers(one.name, f"{one.idea} {one.assumed}", ())
    return found
