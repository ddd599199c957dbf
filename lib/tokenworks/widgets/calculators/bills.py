"""What a request costs by kind of token, and which part of it is worth changing."""

from __future__ import annotations

from functools import cache

from tokenworks.cost.accepted_results import (
    TokenRates,
    accepted_cost,
    attempt_cost,
    listed_rates,
    rent_rates,
)
from tokenworks.cost.deployment_rent import DeploymentRent, rent_on_chips
from tokenworks.cost.kernel_constants import Constants
from tokenworks.data.hosted_price import token_price
from tokenworks.widgets.calculation import (
    Bars,
    Calculation,
    Output,
    Place,
    Point,
    Verdict,
    choices,
    numbers,
    share_text,
)
from tokenworks.widgets.calculators.rented import (
    MANY,
    MODELS,
    basis_text,
    error_words,
    on_chip,
    rent,
)

PROMPT_TOKENS, BATCH = 8500, 32
OWN = "own"
SELLERS = ("claude-opus-5", "gpt-5-nano", "minimax-m3", "llama-3.3-70b-groq")
PLACES = {"found": "a later call finds them", "written": "the first call writes them"}


@cache
def rented(output_tokens: int) -> DeploymentRent:
    """Return the rent of an 8B on one H100 that writes 32 answers at a time."""
    return rent_on_chips(
        on_chip("8b", "h100-sxm"),
        batch=BATCH,
        prompt_tokens=PROMPT_TOKENS,
        output_tokens=output_tokens,
        usd_per_chip_hour=rent("h100-sxm").usd_per_hour,
        busy_share=1,
        constants=Constants.fitted(),
    )


def rates(seller: str, output_tokens: int, *, floor: bool = False) -> TokenRates:
    """Return a seller's list prices, or the rent of one's own."""
    if seller == OWN:
        return rent_rates(rented(output_tokens), floor=floor)
    return listed_rates(token_price(seller))


def bill(place: Place, *, floor: bool = False, **changes: int) -> Point:
    """Return the parts of the bill of many requests, with other numbers of tokens where given."""
    tokens = place | changes
    found = attempt_cost(
        rates(place["seller"], place["output"], floor=floor),
        prompt_tokens=PROMPT_TOKENS,
        output_tokens=tokens["output"],
        cached_tokens=tokens["cached"] if place["call"] == "found" else 0,
        written_tokens=tokens["cached"] if place["call"] == "written" else 0,
    )
    values = {
        "new": MANY * found.new_usd,
        "cached_usd": MANY * found.cached_usd,
        "write": MANY * found.write_usd,
        "answer": MANY * found.output_usd,
        "usd": MANY * found.usd,
        "share": found.output_share,
        "accepted": MANY * accepted_cost(found.usd, pass_share=place["passed"]).usd_per_accepted,
    }
    return Point(verdict="", values=values)


def at(place: Place) -> Point:
    """Return the bill of many requests, and what two changes would save of it."""
    now, half = bill(place).values, bill(place, output=place["output"] // 2).values
    rest = bill(place | {"call": "found"}, cached=PROMPT_TOKENS).values
    usd, all_found = now["usd"] or 0, (rest["cached_usd"] or 0) + (now["answer"] or 0)
    saved = {"half": usd - (half["usd"] or 0), "rest": usd - all_found}
    floors = {}
    if place["seller"] == OWN:
        low = bill(place, floor=True).values
        floors = {name: low[name] for name in ("usd", "accepted")}
    if saved["rest"] < 1e-9:
        verdict = "same"
    else:
        verdict = "answer" if saved["half"] > saved["rest"] else "prompt"
    return Point(verdict=verdict, values={**now, **saved}, floors=floors)


OPENS = "A thousand requests cost {usd}; the answers take {share} of it. "
CALCULATION = Calculation(
    name="bill",
    title=f"The bill of a prompt of {PROMPT_TOKENS:,} tokens",
    inputs=(
        choices(
            "seller",
            "Seller",
            {name: token_price(name).label for name in SELLERS}
            | {OWN: f"own {MODELS['8b'].label} on H100"},
        ),
        choices("call", "Cached tokens", PLACES),
        numbers("cached", "Of the prompt, cached", (0, 2000, 5500, 8000)),
        numbers("output", "Tokens of the answer", (50, 150, 250, 500, 1000)),
        numbers("passed", "Answers accepted", (0.5, 0.7, 0.9, 1), text=share_text),
    ),
    outputs=(
        Output(name="new", label="prompt, new tokens", unit="usd", drawn=True),
        Output(name="cached_usd", label="prompt, found in the cache", unit="usd", drawn=True),
        Output(name="write", label="prompt, written to the cache", unit="usd", drawn=True),
        Output(name="answer", label="answer", unit="usd", drawn=True),
        Output(name="usd", label="a thousand requests", unit="usd", floor=True),
        Output(name="share", label="the answers' part", unit="share"),
        Output(name="accepted", label="a thousand accepted results", unit="usd", floor=True),
        Output(name="half", label="saved by half the answer", unit="usd"),
        Output(name="rest", label="saved if all of the prompt is found", unit="usd"),
    ),
    verdicts={
        "answer": Verdict(
            text=f"{OPENS}The answer is the larger lever: half of each saves {{half}}, finding the "
            "whole prompt in the cache {rest}. A thousand accepted results cost {accepted}."
        ),
        "prompt": Verdict(
            text=f"{OPENS}The prompt is the larger lever: finding all of it in the cache saves "
            "{rest}, half the answers {half}. A thousand accepted results cost {accepted}."
        ),
        "same": Verdict(
            text=f"{OPENS}This seller asks as much for cached tokens as for new ones, so that only "
            "fewer tokens save: half the answers {half}. A thousand accepted results cost "
            "{accepted}."
        ),
    },
    at=at,
    picture=Bars(
        parts=(("new", "prefill"), ("cached_usd", "kv"), ("write", "4"), ("answer", "decode")),
        title="The bill of a thousand requests by kind of token",
        stacked=True,
    ),
    note=f"Own: {BATCH} answers at once. List prices on their days: "
    + "; ".join(f"{token_price(name).label} {token_price(name).day}" for name in SELLERS)
    + ". Own is a chip that is busy all the time; what its own cache finds is counted as free. "
    f"{basis_text()}. {error_words(MODELS['8b'])}.",
    start={"seller": SELLERS[0], "call": "found", "cached": 5500, "output": 250, "passed": 0.9},
    rows="output",
    column="price",
)
