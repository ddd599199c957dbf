"""Demands and copies that the planner's tests share: small ones, so that replays are quick."""

from functools import cache

from tokenworks import planner
from tokenworks.cost.kernel_constants import Constants
from tokenworks.planner.candidate import Candidate
from tokenworks.planner.demand import Demand
from tokenworks.planner.rents import prices_for
from tokenworks.planner.replicas import replicas_of
from tokenworks.planner.sizing import Sizing
from tokenworks.serving.lengths import Samples
from tokenworks.specs import chip, chip_named, model_spec

SPREAD = Samples(((20, 20), (300, 30), (500, 60), (1500, 100), (3900, 200)))
USUAL = {
    "requests_per_s": 6,
    "prompt_tokens": 500,
    "output_tokens": 60,
    "ttft_seconds": 1.0,
    "tpot_seconds": 0.03,
}


def demand(**changes):
    return Demand(**(USUAL | changes))


@cache
def copies(model="llama-3-8b", on="h100-sxm"):
    return replicas_of(model_spec(model), chip(on), constants=Constants.fitted())[0]


def copy(layout="TP1", weights="bf16", cache="bf16", *, model="llama-3-8b", on="h100-sxm"):
    named = f"{layout}, weights {weights}, cache {cache}"
    return next(each for each in copies(model, on) if each.name == named)


def sizing(replica=None, **changes):
    return Sizing(replica or copy(), demand(**changes))


def candidate(groups=1, batch=16, *, ratio=None, each=None):
    each = each or sizing()
    prices = prices_for(each.replica.chip)
    return Candidate(sizing=each, batch=batch, groups=groups, prices=prices, ratio=ratio)


BUSY = USUAL | {
    "requests_per_s": 20,
    "ttft_seconds": 0.5,
    "counted": 100,
    "alternatives": 1,
    "weights": ("fp8",),
    "caches": ("bf16",),
}


@cache
def found(model="llama-3-8b", on="h100-sxm", **changes):
    """Return a plan for a busy server, with fewer requests and formats than by default."""
    return planner.plan(model, chip_named(on), **(BUSY | changes))
