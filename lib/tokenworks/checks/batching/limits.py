"""What limits a step: its token budget, its time, its memory."""

from __future__ import annotations

from math import floor
from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, list_apart


def _step(rng: Random) -> Case:
    budget = rng.choice([64, 128, 256, 512])
    size = rng.randrange(2, 6)
    prompts = [rng.choice([rng.randrange(5, 60), rng.randrange(60, 700)]) for _ in range(size)]
    full = rng.random() < 0.2  # of decodes, but for a token or two
    return (budget - rng.randrange(3) if full else rng.randrange(3, 40), prompts, budget)


def _shortest_first(decodes, prompts, budget):
    left, read = budget - decodes, [0] * len(prompts)
    for i in sorted(range(len(prompts)), key=lambda i: prompts[i]):
        read[i] = min(prompts[i], left)
        left -= read[i]
    return read


@exercise(
    6,
    examples=(Example((4, [10, 50], 32), "[10, 18]"),),
    cases=(
        (4, [20, 50, 10], 64),
        (12, [300], 128),
        (3, [10, 20], 64),
        (40, [90, 400, 30], 256),
        (60, [9, 12, 30], 64),
        (8, [500, 20, 20], 128),
        (64, [9, 5], 64),
    ),
    draw=_step,
    mistakes=(
        Mistake(
            "the decodes are forgotten",
            ("budget - decodes", "budget"),
            "Every decode takes one token of the budget first; prompts get what is left.",
        ),
        Mistake(
            "no budget",
            ("min(prompt, left)", "prompt"),
            "A step takes as many tokens as the budget has, not the whole prompts.",
        ),
        Mistake(
            "each prompt with a budget of its own",
            ("left -= read[-1]", "..."),
            "There is one budget: what the first prompt takes, the second cannot have.",
        ),
        Mistake(
            "a prompt is never cut",
            ("min(prompt, left)", "prompt * (prompt <= left)"),
            "A prompt that does not fit is cut: it takes what is left, the rest comes later.",
        ),
        Mistake(
            "the last prompt goes beyond the budget",
            ("min(prompt, left)", "prompt * (left > 0)"),
            "A prompt takes no more than what is left of the budget.",
        ),
        Mistake(
            "equal shares",
            ("min(prompt, left)", "min(prompt, (budget - decodes) // len(prompts))"),
            "First come, first served: the first prompt takes all it can use.",
        ),
        Mistake(
            "the shortest prompt first",
            _shortest_first,
            "First come, first served: serve in the order of the list.",
        ),
    ),
    unit="tokens",
    distance=list_apart,
    tolerance=0.0,
)
def chunks(decodes, prompts, budget):
    """The token budget of a step.

    A step may compute `budget` tokens. `decodes` running requests take one each. The rest goes to
    the `prompts` (the tokens that each still has to read), first come, first served: the first
    takes all it can use, then the second, and so on. A prompt that does not fit is cut. Return the
    list of the tokens that each prompt gets in this step. The budget is large enough for all
    decodes.

    Example: 4 decodes, prompts of 10 and 50 tokens, a budget of 32: `[10, 18]`.
    """
    left, read = budget - decodes, []
    for prompt in prompts:
        read.append(min(prompt, left))
        left -= read[-1]
    return read


def _two_limits(rng: Random) -> Case:
    weights, kv = rng.choice([16e9, 70e9, 141e9]), rng.randrange(2, 40) * 33_554_432
    bytes_per_s = rng.choice([3.35e12, 4.8e12, 6.7e12])
    in_time = rng.randrange(3, 90) + rng.choice([0.03, 0.37, 0.97])  # never whole sequences
    in_memory = floor(in_time * rng.choice([0.55, 0.8, 1.6, 2.3])) + 0.6
    kind = rng.random()
    if kind < 0.2:  # not even the weights in time
        in_time = -0.2 * weights / kv
    elif kind < 0.3:  # not even the weights in memory
        in_memory = -0.2 * weights / kv
    limit_ms = (weights + in_time * kv) / bytes_per_s * 1000
    return (weights, kv, bytes_per_s, int(weights + in_memory * kv), limit_ms)


TIME = "(limit_ms / 1000 * bytes_per_s - weight_bytes)"
MEMORY = "(hbm_bytes - weight_bytes)"
TIGHTER = "min(in_time, in_memory)"


@exercise(
    8,
    examples=(
        Example(
            (10, 2, 1000, 17, 20),
            "3",
            shows=(("5 sequences", lambda w, kv, rate, _, ms: (ms / 1000 * rate - w) // kv),),
        ),
    ),
    cases=(
        (16e9, 268_435_456, 3.35e12, 76e9, 11.99),
        (16e9, 268_435_456, 3.35e12, 76e9, 40.0),
        (141e9, 671_088_640, 6.7e12, 152e9, 50.0),
        (70e9, 335_544_320, 3.35e12, 150e9, 25.0),
        (70e9, 335_544_320, 3.35e12, 150e9, 18.0),
        (141e9, 671_088_640, 3.35e12, 80e9, 60.0),
    ),
    draw=_two_limits,
    mistakes=(
        Mistake(
            "the memory is endless",
            (TIGHTER, "in_time"),
            "The caches have to fit beside the weights as well: take the tighter limit.",
        ),
        Mistake(
            "the time is endless",
            (TIGHTER, "in_memory"),
            "All that fits must also be read in time. The limit is in milliseconds, the bandwidth "
            "per second.",
        ),
        Mistake(
            "the looser of the two",
            ("min(", "max("),
            "Both limits have to hold, so the smaller number decides.",
        ),
        Mistake(
            "the weights are not read",
            (TIME, "limit_ms / 1000 * bytes_per_s"),
            "A step reads all weights once before the caches have their turn.",
        ),
        Mistake(
            "the weights for every sequence",
            (f"{TIME} // kv_bytes", "limit_ms / 1000 * bytes_per_s // (weight_bytes + kv_bytes)"),
            "The weights are read once for the whole batch: that is why batches pay.",
        ),
        Mistake(
            "the weights take no memory",
            (MEMORY, "hbm_bytes"),
            "The weights lie in the same memory as the caches.",
        ),
        Mistake(
            "rounded up",
            (
                (f"{TIME} // kv_bytes", f"-(-{TIME} // kv_bytes)"),
                (f"{MEMORY} // kv_bytes", f"-(-{MEMORY} // kv_bytes)"),
            ),
            "One sequence more would break the limit.",
        ),
        Mistake(
            "fewer than no sequences",
            (f"max(0, int({TIGHTER}))", f"int({TIGHTER})"),
            "Where not even the weights are read in time, the answer is 0.",
        ),
    ),
    unit="sequences",
    tolerance=0.0,
)
def largest_batch(weight_bytes, kv_bytes, bytes_per_s, hbm_bytes, limit_ms):
    """The largest batch within two limits.

    In a decode step a chip reads its weights once (`weight_bytes`) and the cache of every sequence
    of the batch (`kv_bytes` each), at `bytes_per_s`; arithmetic is no limit. A step may take at
    most `limit_ms` milliseconds. Weights and caches must also fit into `hbm_bytes`. Return the
    largest batch that keeps both limits, 0 where there is none.

    Example: weights of 10 bytes, caches of 2 bytes, 1,000 bytes/s and 20 ms allow 5 sequences. A
    memory of 17 bytes holds 3: the answer is 3.
    """
    in_time = (limit_ms / 1000 * bytes_per_s - weight_bytes) // kv_bytes
    in_memory = (hbm_bytes - weight_bytes) // kv_bytes
    return max(0, int(min(in_time, in_memory)))
