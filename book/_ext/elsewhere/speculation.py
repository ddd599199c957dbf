"""Guessing ahead: what it gives, what it costs, and when it loses."""

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, worked
from tokenworks.cost import (
    eagle_parameter_count,
    medusa_parameter_count,
    parameter_count,
    speculative_speedup,
    weight_bytes,
)
from tokenworks.worked_number import Worked

LLAMA, DRAFT, A100 = model_spec("llama-3-70b"), model_spec("llama-3.2-1b"), chip("a100-80gb")
PASS_SECONDS, GUESS_SECONDS = 0.035, 0.002  # of the case that goes round
COST = GUESS_SECONDS / PASS_SECONDS


def tau(literal: str, gamma: int) -> Worked:
    """Work out the tokens a pass at an acceptance of 0.8."""
    formula = "(1 - alpha**(gamma + 1)) / (1 - alpha)"
    return worked(literal, formula, alpha=0.8, gamma=gamma)


def gain(literal: str, acceptance: float, gamma: int) -> Worked:
    """Work out the speed-up in the case that goes round."""
    return worked(literal, speculative_speedup, acceptance=acceptance, gamma=gamma, draft_cost=COST)


def round_time(literal: str, gamma: int) -> Worked:
    """Work out how long a round takes in the case that goes round."""
    formula = "pass_seconds + gamma * guess_seconds"
    times = {"pass_seconds": PASS_SECONDS, "guess_seconds": GUESS_SECONDS}
    return worked(literal, formula, gamma=gamma, **times)


def share(literal: str, more: int) -> Worked:
    """Work out what a draft's parameters are of the model's."""
    formula = "draft_parameters / model_parameters"
    return worked(literal, formula, draft_parameters=more, model_parameters=parameter_count(LLAMA))


def reading(literal: str, chips: int) -> Worked:
    """Work out how long a step reads the matrices."""
    read = 2 * (parameter_count(LLAMA) - LLAMA.vocab_size * LLAMA.d_model)
    formula = "read_bytes / (chips * hbm_bytes_per_s)"
    return worked(
        literal, formula, read_bytes=read, chips=chips, hbm_bytes_per_s=A100.hbm_bytes_per_s
    )


BOTH = {"target_bytes": weight_bytes(LLAMA, 2), "draft_bytes": weight_bytes(DRAFT, 2)}

ENTRIES = (
    Entry(
        said="Speed-up = α / (1 − α^(k+1)), the expected tokens for each verification.",
        premise="An acceptance of 0.8, five guesses a pass, a draft that costs nothing.",
        slip="The sum of a geometric series is upside down, and α stands where 1 − α belongs. "
        "It gives about one token whatever is guessed.",
        right="(1 − α^(k+1)) / (1 − α): 3.69 tokens/pass. That is the speed-up only where the "
        "draft and the wider pass cost nothing; else it is divided by what a round takes.",
        chapter="speculation#tokens-a-pass",
        numbers=(tau("3.69 tokens/pass", 5),),
    ),
    Entry(
        said="With α = 0.8 and eight guesses a pass gives 4.46 tokens, 3.06 times as fast.",
        premise="A pass of 35 ms, 2 ms for each guess, in a table whose other rows are right.",
        slip="One row of the table was not computed by the formula above it.",
        right="A round of 51 ms gives 4.33 tokens/pass and is 2.97× as fast.",
        chapter="speculation#what-a-round-costs",
        numbers=(round_time("51 ms", 8), tau("4.33 tokens/pass", 8), gain("2.97×", 0.8, 8)),
    ),
    Entry(
        said="Below α = 0.5 the draft wastes more time than the parallel check saves.",
        premise="The same table: five guesses, a guess at 2 ms, a pass at 35 ms.",
        slip="The table's own first row, α = 0.5, has a gain of half.",
        right="A round takes 45 ms, so it has to give 1.29 tokens/pass, and five guesses do from "
        "α = 0.22 on. At α = 0.5 they are 1.53× as fast. Which α breaks even is a question of "
        "costs, not a number to remember.",
        chapter="speculation#what-a-round-costs",
        numbers=(
            round_time("45 ms", 5),
            worked(
                "1.29 tokens/pass",
                "round_seconds / pass_seconds",
                round_seconds=PASS_SECONDS + 5 * GUESS_SECONDS,
                pass_seconds=PASS_SECONDS,
            ),
            gain("1.53×", 0.5, 5),
        ),
    ),
    Entry(
        said="A pass of a 70B model takes about 35 ms on an A100, loading 140 GB at 2 TB/s.",
        premise="Llama-3 70B in 16 bits; the time is then used for everything that follows.",
        slip="The division was by two chips' bandwidth, and one was named. One has no room for it.",
        right="The matrices that a step reads are 139 GB: 68 ms at the rate of one A100, and 34 ms "
        "with two. Both are floors.",
        chapter="speculation#what-a-round-costs",
        numbers=(
            worked(
                "139 GB",
                "2 * (parameters - V * M)",
                parameters=parameter_count(LLAMA),
                V=LLAMA.vocab_size,
                M=LLAMA.d_model,
            ),
            reading("68 ms", 1),
            reading("34 ms", 2),
        ),
    ),
    Entry(
        said="Medusa's heads and EAGLE's layer add about 1 % of the model's parameters.",
        premise="Llama-3 70B with its vocabulary of 128,256 tokens, five heads as published.",
        slip="A head ends in a matrix over the vocabulary, and each head has its own.",
        right="Five heads have 5.59 billion parameters, 7.9 % of the model. A layer of EAGLE, "
        "which uses the model's own vocabulary matrix, is 1.4 %.",
        chapter="speculation#who-guesses",
        numbers=(
            worked("5.59 billion parameters", medusa_parameter_count, spec=LLAMA, heads=5),
            share("7.9 %", medusa_parameter_count(LLAMA, 5)),
            share("1.4 %", eagle_parameter_count(LLAMA)),
        ),
    ),
    Entry(
        said="A 70B target and a 1B draft take 143 GB: on two A100s with 80 GB that is tight.",
        premise="Both in 16 bits, and the memory that the driver of two A100s reports.",
        slip="80 GB on the box are 80 GiB in the driver, and what is left is not tight for a chat.",
        right="Weights of 141 GB and 2.5 GB leave 28 GB of 172 GB for caches and the runtime.",
        chapter="speculation#who-guesses",
        numbers=(
            worked("141 GB", weight_bytes, spec=LLAMA, bytes_per_param=2),
            worked("2.5 GB", weight_bytes, spec=DRAFT, bytes_per_param=2),
            worked("172 GB", "2 * usable_bytes", usable_bytes=A100.planned_bytes),
            worked(
                "28 GB",
                "2 * usable_bytes - target_bytes - draft_bytes",
                usable_bytes=A100.planned_bytes,
                **BOTH,
            ),
        ),
    ),
)
