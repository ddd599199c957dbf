"""What a longer context takes: sequences that fit, the first token, and the price of a request."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.deployment_rent import DeploymentRent, rent_on_chips
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.widgets.calculation import (
    Calculation,
    Curve,
    Output,
    Place,
    Point,
    Verdict,
    choices,
    numbers,
)
from tokenworks.widgets.calculators.rented import (
    CHIPS,
    MANY,
    MODELS,
    basis_text,
    chip_texts,
    error_words,
    on_chip,
    rent,
)

CONTEXTS = (2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072)
ANSWER, KEPT_BYTES, BASE = 256, 4e9, CONTEXTS[0]
USES = (
    "a short chat",
    "a chat",
    "a question with passages found for it",
    "a paper",
    "a report",
    "a long contract",
    "a book",
)
FORMATS = {"bf16": "cache in bf16", "fp8": "cache in FP8"}


def deployment(chip: str, kv: str) -> Deployment:
    """Return the model on one chip, some memory kept back for the runtime."""
    return replace(on_chip("8b-long", chip), kv=kv, overhead_bytes=KEPT_BYTES)


@cache
def full(chip: str, kv: str, context_tokens: int) -> DeploymentRent:
    """Return the rent where as many sequences run as fit."""
    on = deployment(chip, kv)
    return rent_on_chips(
        on,
        batch=max_batch(on, context_tokens),
        prompt_tokens=context_tokens - ANSWER,
        output_tokens=ANSWER,
        usd_per_chip_hour=rent(chip).usd_per_hour,
        busy_share=1,
        constants=Constants.fitted(),
    )


def chip_seconds(found: DeploymentRent, *, floor: bool = False) -> float:
    """Return how long a chip works on one request: its prompt, and its part of all steps."""
    return found.floor_request_seconds if floor else 1 / found.requests_per_s


def at(place: Place) -> Point:
    """Return what a context takes."""
    found = full(place["chip"], place["kv"], place["context"])
    base = chip_seconds(full(place["chip"], place["kv"], BASE))
    seconds, second = chip_seconds(found), found.usd_per_hour / 3600
    low = chip_seconds(found, floor=True)
    values = {
        "sequences": found.batch,
        "usd": MANY * seconds * second,
        "use": CONTEXTS.index(place["context"]),
        "chip_seconds": seconds,
        "first": found.prompt_seconds,
        "ratio": seconds / base,
        "reading": found.prompt_seconds / seconds,
    }
    floors = {"usd": MANY * low * second, "chip_seconds": low, "first": found.floor_prompt_seconds}
    return Point(
        verdict="base" if place["context"] == BASE else "longer", values=values, floors=floors
    )


CALCULATION = Calculation(
    name="context",
    title=f"What a longer context takes: {MODELS['8b-long'].label}",
    inputs=(
        choices("chip", "Chip", chip_texts()),
        choices("kv", "Format", FORMATS),
        numbers("context", "Tokens of a sequence", CONTEXTS),
    ),
    outputs=(
        Output(name="sequences", label="sequences that fit", unit="count"),
        Output(name="use", label="as long as", unit="word", words=USES),
        Output(name="usd", label="a thousand requests", unit="usd", floor=True),
        Output(name="ratio", label=f"in requests of {BASE:,} tokens", unit="times"),
        Output(name="chip_seconds", label="a chip works on it", unit="seconds", floor=True),
        Output(name="first", label="the first token, alone", unit="seconds", floor=True),
        Output(name="reading", label="of the work, reading the prompt", unit="share"),
    ),
    verdicts={
        "base": Verdict(
            text="{context} tokens are {use}, and {sequences} of them fit. A thousand requests "
            "cost {usd}, at least {usd.floor}; reading prompts is {reading} of the work."
        ),
        "longer": Verdict(
            text="{context} tokens are {use}, and {sequences} of them fit. A thousand requests "
            f"cost {{usd}}, at least {{usd.floor}}: {{ratio}} what they cost with {BASE:,} tokens. "
            "Alone, a first token comes after {first}, not before {first.floor}."
        ),
    },
    at=at,
    picture=Curve(
        over="context",
        lines=(("usd", "expected", "decode"), ("usd.floor", "floor", "floor")),
        title="USD a thousand requests",
    ),
    note="What is so long is an example. "
    f"The last {ANSWER} tokens are the answer. As many sequences as fit run at once, "
    f"{KEPT_BYTES / 1e9:g} GB are kept back for the runtime, and the chip is busy all the time. "
    f"{basis_text()}. {error_words(MODELS['8b'])}; such contexts were hardly measured.",
    start={"chip": CHIPS[0], "kv": "bf16", "context": 32_768},
    rows="context",
)
