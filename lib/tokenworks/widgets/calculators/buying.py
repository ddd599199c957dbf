"""Replicas of one's own, rented or bought, beside a seller of tokens: from which rate they pay."""

from __future__ import annotations

from functools import cache

from tokenworks.cost.accepted_results import attempt_cost, listed_rates
from tokenworks.cost.buy_or_api import OwnOrApi, owned_hour
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.deployment_rent import DeploymentRent, rent_on_chips
from tokenworks.cost.kernel_constants import Constants
from tokenworks.data.hosted_price import token_price
from tokenworks.data.purchase_price import purchase
from tokenworks.specs import chip, model_spec
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
from tokenworks.widgets.calculators.rented import MANY, basis_text, error_words, rent

CHIP = "h100-sxm"
PROMPT, ANSWER, BUSY = 1000, 250, 0.7
PAIRS = {  # the seller's row: model, chips and batch of one's own
    "qwen3-8b-fireworks": ("llama-3-8b", 1, 128),
    "llama-3.3-70b-groq": ("llama-3-70b", 8, 64),
    "llama-3.3-70b-together": ("llama-3-70b", 8, 64),
}
API_PASSED = 0.9  # of the seller's answers
YEARS, USD_PER_KWH, SERVER, OVERHEAD, UPKEEP = 4, 0.1, 0.5, 1.3, 0.05
BOUGHT = purchase(CHIP)


@cache
def replica(seller: str) -> DeploymentRent:
    """Return a replica that is rented."""
    model, chips, batch = PAIRS[seller]
    return rent_on_chips(
        Deployment(model_spec(model), chip(CHIP), chips),
        batch=batch,
        prompt_tokens=PROMPT,
        output_tokens=ANSWER,
        usd_per_chip_hour=rent(CHIP).usd_per_hour,
        busy_share=BUSY,
        constants=Constants.fitted(),
    )


def replica_usd_per_hour(seller: str, how: str) -> float:
    """Return what a replica costs an hour, rented or bought."""
    if how == "rented":
        return replica(seller).usd_per_hour
    watts = chip(CHIP).tdp_watts
    assert watts is not None  # its row has it
    hour = owned_hour(
        BOUGHT.usd,
        years=YEARS,
        chip_watts=watts,
        usd_per_kwh=USD_PER_KWH,
        server_share=SERVER,
        power_overhead=OVERHEAD,
        upkeep_share=UPKEEP,
    )
    return PAIRS[seller][1] * hour.usd


def compared(place: Place, *, floor: bool = False) -> OwnOrApi:
    """Return both ways; at the floor a replica is never idle and reaches its floors."""
    own = replica(place["seller"])
    listed = listed_rates(token_price(place["seller"]))
    return OwnOrApi(
        replica_usd_per_hour=replica_usd_per_hour(place["seller"], place["how"]),
        requests_per_s=1 / own.floor_request_seconds if floor else own.requests_per_s,
        api_usd_per_request=attempt_cost(listed, prompt_tokens=PROMPT, output_tokens=ANSWER).usd,
        own_pass_share=place["passed"],
        api_pass_share=API_PASSED,
    )


def at(place: Place) -> Point:
    """Return what a thousand accepted results cost both ways."""
    found, least = compared(place), compared(place, floor=True)
    rate = place["rate"]
    values = {
        "own": MANY * found.own_usd_per_accepted(rate),
        "api": MANY * found.api_usd_per_accepted,
        "replicas": found.replicas(rate),
        "even": found.break_even_per_s if found.ever_pays else None,
        "share": found.break_even_share,
        "full": MANY * found.full_usd_per_accepted,
    }
    floors = {
        "own": MANY * least.own_usd_per_accepted(rate),
        "full": MANY * least.full_usd_per_accepted,
    }
    if not found.ever_pays:
        return Point(verdict="never", values=values, floors=floors)
    return Point(verdict=found.cheaper(rate), values=values, floors=floors)


CALCULATION = Calculation(
    name="buying",
    title="Chips of one's own beside a seller of tokens",
    inputs=(
        choices("seller", "Seller", {name: token_price(name).label for name in PAIRS}),
        choices("how", "Own chips", {"rented": "rented", "bought": "bought, four years"}),
        numbers("rate", "Accepted results a second", (0.1, 0.3, 1, 3, 10, 30, 100)),
        numbers("passed", "Own answers accepted", (0.7, 0.8, 0.9, 0.95), text=share_text),
    ),
    outputs=(
        Output(name="own", label="own, a thousand results", unit="usd", floor=True),
        Output(name="full", label="the same, all full", unit="usd", floor=True),
        Output(name="api", label="seller, a thousand results", unit="usd"),
        Output(name="replicas", label="replicas", unit="count"),
        Output(name="share", label="as dear when so full", unit="share"),
        Output(name="even", label="that is, results/s", unit="count"),
    ),
    verdicts={
        "own": Verdict(
            text="Own chips are cheaper: {own} for a thousand accepted results, the seller {api}. "
            "One replica pays from {even} results a second on. Replicas needed for {rate} a second "
            "with {passed} accepted: {replicas}, paid for whether full or not."
        ),
        "api": Verdict(
            text="The seller is cheaper: {api} for a thousand accepted results, own chips {own}. "
            "Replicas needed for {rate} a second with {passed} accepted: {replicas}, paid for "
            "whether full or not. One replica pays from {even} results a second on."
        ),
        "never": Verdict(
            text="The seller is cheaper at any rate: {api} for a thousand accepted results, own "
            "chips at {rate} a second {own}. Even full, with {passed} accepted, a replica takes "
            "{full}, and {full.floor} if it reached its floor."
        ),
    },
    at=at,
    picture=Curve(
        over="rate",
        lines=(
            ("own", "own, expected", "decode"),
            ("own.floor", "own, floor", "floor"),
            ("api", "seller", "1"),
        ),
        title="USD a thousand accepted results",
        mark=("even", "own pays from here"),
    ),
    note=f"Requests of {PROMPT:,} and {ANSWER} tokens; replicas of Llama-3 8B on one H100 or 70B "
    f"on eight, busy {BUSY:.0%} at most; {share_text(API_PASSED)} of the seller's answers are "
    "accepted. The models differ: ask your gate. "
    f"Bought: a {BOUGHT.term} H100 ({BOUGHT.day}), written off in {YEARS} years; "
    f"assumed are half of its price for the server, {UPKEEP:.0%} a year for upkeep, "
    f"USD {USD_PER_KWH:.2f} a kWh, {OVERHEAD} W of power for each of the chip. "
    f"{basis_text()}. {error_words(model_spec('llama-3-8b'))}.",
    start={"seller": "qwen3-8b-fireworks", "how": "rented", "rate": 1, "passed": 0.9},
    rows="rate",
)
