"""Whether prompts and answers should have chips of their own: six gates, each with its number."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import combinations

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.disaggregation import ASSUMED, Readiness, phase_load, readiness
from tokenworks.cost.fleet import fleet_for
from tokenworks.cost.interference import Interference, prompt_beside
from tokenworks.specs import chip, model_spec, price
from tokenworks.units import show
from tokenworks.validate.timed_steps import slice_errors
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

ON = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"), weights="int8", kv="int8")
SHAPE, BATCH, ANSWER, CHUNK = "2x4", 32, 512, 512
TTFT_SECONDS, TPOT_SECONDS, SWING = 2, 0.1, 2
LINKS = {25: "3.1 GB/s", 100: "12.5 GB/s", 200: "25 GB/s", 400: "50 GB/s"}  # of a port in Gbit/s
PLATFORMS = {"apart": "scales apart, traced", "one": "one pool, no traces"}
GATES = {
    "prompts": "prompts are the wait",
    "interrupt": "prompts interrupt answers",
    "busy": "both pools are busy",
    "arrives": "the cache arrives in time",
    "apart": "pools scale apart",
    "traced": "failures are traced",
}


@cache
def beside(prompt_tokens: int) -> Interference:
    """Return what a prompt does to the answers beside it, read in chunks."""
    return prompt_beside(
        ON,
        SHAPE,
        prompt_tokens=prompt_tokens,
        decodes=BATCH,
        context_tokens=prompt_tokens + ANSWER // 2,
        chunk_tokens=CHUNK,
    )


def gates(place: Place) -> Readiness:
    """Return the six gates of a load."""
    fleet = fleet_for(
        ON,
        SHAPE,
        requests_per_s=place["rate"],
        prompt_tokens=place["prompt"],
        output_tokens=ANSWER,
        batch=BATCH,
        usd_per_chip_hour=price("google-tpu-v5e").usd_per_hour,
        busy_share=0.7,
    )
    ready = place["platform"] == "apart"
    return readiness(
        phase_load(
            fleet,
            beside(place["prompt"]),
            ttft_bound_seconds=TTFT_SECONDS,
            tpot_bound_seconds=TPOT_SECONDS,
            link_bytes_per_s=place["link"] * 1e9 / 8,
            ratio_swing=SWING,
            ratio_range=3 if ready else 1,
            traced_share=0.99 if ready else 0,
        )
    )


def named(gates: Iterable[str]) -> str:
    """Return the names of gates as a sentence has them."""
    return " and ".join(f"“{gate}”" for gate in gates) or "none"


def failed(found: Readiness) -> str:
    """Return the names of the gates that are not passed, in their order."""
    return named(found.missing)


FAILED = tuple(  # whatever fails together
    named(some) for count in range(len(GATES) + 1) for some in combinations(GATES.values(), count)
)


def at(place: Place) -> Point:
    """Return the gates' numbers, and whether all are passed."""
    found = gates(place)
    values = {name: found.gate(gate).number for name, gate in GATES.items() if name != "apart"}
    values["apart"] = found.gate(GATES["apart"]).bound
    values |= {"missing": len(found.missing), "split": found.split_ttft_seconds}
    values["failed"] = FAILED.index(failed(found))
    if found.ready:
        return Point(verdict="ready", values=values)
    shut = {name for name, gate in GATES.items() if gate in found.missing}
    if shut <= {"apart", "traced"}:
        return Point(verdict="platform", values=values)
    return Point(verdict="load", values=values)


_ERROR = slice_errors()
LOADED = (
    "Prompts of {prompt} tokens take {prompts} of the time that is promised for the first token, "
    "their cache {arrives}; at {rate} requests a second the emptier pool is busy for {busy}."
)
CALCULATION = Calculation(
    name="gates",
    title="Six gates before prompts get chips of their own",
    inputs=(
        choices("platform", "Platform", PLATFORMS),
        numbers("link", "Link", tuple(LINKS), text=lambda link: LINKS[link]),
        numbers("prompt", "Tokens of a prompt", (512, 1024, 2048, 4096, 8192)),
        numbers("rate", "Requests a second", (1, 5, 20, 100)),
    ),
    outputs=(
        Output(name="prompts", label=GATES["prompts"], unit="share", least=ASSUMED.prompt_share),
        Output(name="interrupt", label=GATES["interrupt"], unit="times", least=1),
        Output(name="busy", label=GATES["busy"], unit="share", least=ASSUMED.busy_share),
        Output(name="arrives", label=GATES["arrives"], unit="share", most=ASSUMED.transfer_share),
        Output(name="apart", label=GATES["apart"], unit="times", least=SWING),
        Output(name="traced", label=GATES["traced"], unit="share", least=ASSUMED.traced_share),
        Output(name="missing", label="gates not passed", unit="count", drawn=True),
        Output(name="failed", label="which are not passed", unit="word", words=FAILED, drawn=True),
        Output(name="split", label="first token, split", unit="seconds"),
    ),
    verdicts={
        "ready": Verdict(
            text=f"All six gates are passed: two pools are worth a trial. {LOADED} Reading and "
            "handing over take {split} until the first token."
        ),
        "platform": Verdict(
            text="The load asks for two pools, the platform is not ready: {failed} not passed. "
            f"{LOADED} Scaling of each pool and tracing come first."
        ),
        "load": Verdict(text=f"Not yet: {{failed}} not passed. {LOADED}"),
    },
    at=at,
    picture=Curve(
        over="prompt",
        lines=(("prompts", "reading the prompt", "prefill"), ("arrives", "handing it over", "kv")),
        title="share of the promised first token",
    ),
    note=f"{ON.model.label} in int8 on slices {SHAPE} of {ON.chip.label}, {BATCH} answers of "
    f"{ANSWER} tokens at once, prompts in chunks of {CHUNK}; promised are {TTFT_SECONDS} s to the "
    f"first token and {show(TPOT_SECONDS, 'ms')} a token; the ratio of both pools doubles through "
    "a day. Bounds are assumptions. Times are expected: half of "
    f"{_ERROR.rows} measured steps are within {show(_ERROR.median, '%', decimals=0)}, "
    f"nine of ten within {show(_ERROR.p90, '%', decimals=0)}.",
    start={"platform": "apart", "link": 200, "prompt": 2048, "rate": 20},
    rows="prompt",
    column="number",
)
