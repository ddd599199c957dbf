"""A larger batch: its step and price, the zone it is in, and the promise that it breaks."""

from __future__ import annotations

from functools import cache

from tokenworks.cost.batch_zones import ZONES, BatchPoint, batch_curve, slo_crossing
from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.data.batch_tail import BATCHES, BatchTail, batch_tails, batch_tails_record
from tokenworks.widgets.calculation import (
    Calculation,
    Curve,
    Output,
    Place,
    Point,
    Verdict,
    choices,
    numbers,
    share_text,
)
from tokenworks.widgets.calculators.rented import (
    CHIPS,
    MODELS,
    basis_text,
    chip_texts,
    error_words,
    on_chip,
    rent,
)
from tokenworks.widgets.kit import seconds_text

RECORD = batch_tails_record()
PASSED = 0.9  # of the answers, accepted


@cache
def curve(model: str, chip: str, context_tokens: int) -> dict[int, BatchPoint]:
    """Return the points of all batches, fitting or not."""
    points = batch_curve(
        on_chip(model, chip),
        BATCHES,
        context_tokens=context_tokens,
        usd_per_chip_hour=rent(chip).usd_per_hour,
        constants=Constants.fitted(),
    )
    return {point.batch: point for point in points}


@cache
def tails(model: str, chip: str, context_tokens: int) -> dict[int, BatchTail]:
    """Return what users wait, by how many are inside."""
    found = batch_tails(MODELS[model].name, chip, context_tokens)
    return {tail.batch: tail for tail in found}


def at(place: Place) -> Point:
    """Return what a batch costs and whether it keeps the promise."""
    model, chip, context = place["model"], place["chip"], place["context"]
    if context > MODELS[model].context_tokens:
        return Point(verdict="long")
    point = curve(model, chip, context)[place["batch"]]
    found = tails(model, chip, context)
    tail = found.get(point.batch)
    crossing = slo_crossing(
        [(each.batch, each.tpot_p99_seconds) for each in found.values()], place["promise"]
    )
    whole = tail and usd_per_million_tokens(rent(chip).usd_per_hour, 1, tail.output_tokens_per_s)
    values = {
        "usd": point.usd_per_million,
        "served": whole,
        "accepted": whole and whole / PASSED,
        "step": point.expected_seconds,
        "tpot": tail and tail.tpot_p99_seconds,
        "ttft": tail and tail.ttft_p99_seconds,
        "gap": tail and tail.itl_p99_seconds,
        "zone": ZONES.index(point.zone),
        "most": max_batch(on_chip(model, chip), context),
        "kept": crossing.kept,
    }
    floors = {"usd": point.floor_usd_per_million, "step": point.floor_seconds}
    if not point.fits:
        return Point(verdict="full", values=values, floors=floors)
    if crossing.kept is None:
        verdict = "never"
    else:
        verdict = "keeps" if point.batch <= crossing.kept else "breaks"
    return Point(verdict=verdict, values=values, floors=floors)


CALCULATION = Calculation(
    name="frontier",
    title="What a larger batch costs, and which promise it breaks",
    inputs=(
        choices("model", "Model", {name: MODELS[name].label for name in ("7b", "8b")}),
        choices("chip", "Chip", chip_texts()),
        numbers(
            "promise",
            "Promised: mean gap of an answer, P99",
            (0.01, 0.02, 0.05, 0.1),
            text=seconds_text,
        ),
        numbers("context", "Tokens of each sequence", (512, 2048, 8192)),
        numbers("batch", "Sequences at once", BATCHES),
    ),
    outputs=(
        Output(name="usd", label="million tokens, steps alone", unit="usd", floor=True),
        Output(name="served", label="million tokens, with prompts", unit="usd"),
        Output(name="accepted", label=f"the same, {share_text(PASSED)} accepted", unit="usd"),
        Output(name="step", label="a step", unit="seconds", floor=True),
        Output(name="tpot", label="mean gap of an answer, P99", unit="seconds"),
        Output(name="gap", label="a gap between tokens, P99", unit="seconds"),
        Output(name="ttft", label="the first token, P99", unit="seconds"),
        Output(
            name="zone",
            label="most of the floor goes to",
            unit="word",
            words=("weights", "caches", "products"),
            drawn=True,
        ),
        Output(name="most", label="sequences that fit", unit="count"),
        Output(name="kept", label="largest batch that keeps it", unit="count"),
    ),
    verdicts={
        "keeps": Verdict(
            text="Keeps the promise: the slowest answer in a hundred has a mean gap of {tpot}, "
            "{promise} are promised, and its first token comes after {ttft}. The largest of these "
            "batches that keeps it is {kept}: plan with its price, not with a larger one's."
        ),
        "breaks": Verdict(
            text="Breaks the promise: the slowest answer in a hundred has a mean gap of {tpot}, "
            "{promise} are promised. Plan with {kept} at once, not with the price of {batch}."
        ),
        "never": Verdict(
            text="No batch keeps a mean gap of {promise} on this chip: alone, a sequence's step "
            "takes {step.floor} at its floor. Promise less, or take a faster chip or several."
        ),
        "full": Verdict(
            text="Does not fit: {batch} caches of {context} tokens are too much for this memory, "
            "which holds {most} beside the weights.",
            refused=True,
        ),
        "long": Verdict(
            text="Not possible: {model} was not made for {context} tokens. Take shorter sequences.",
            refused=True,
        ),
    },
    at=at,
    picture=Curve(
        over="batch",
        lines=(
            ("served", "with prompts, expected", "prefill"),
            ("usd", "steps alone, expected", "decode"),
            ("usd.floor", "floor", "floor"),
        ),
        title="USD a million tokens",
        band="zone",
        band_colours=("weights", "kv", "5"),
        mark=("kept", "last that keeps it"),
        refused="does not fit",
    ),
    note=f"Answers of {RECORD['output_tokens']} tokens; as many users as sequences, who ask again "
    f"at once. Prompts are read in chunks of {RECORD['chunk_tokens']} tokens beside the answers; "
    "P99 is simulated from expected steps. "
    f"The chip is busy all the time. {basis_text()}. {error_words(MODELS['8b'])}.",
    start={"model": "7b", "chip": CHIPS[0], "promise": 0.05, "context": 2048, "batch": 8},
    rows="batch",
)
