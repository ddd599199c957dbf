"""A load and two bounds to keep at least cost: settings beside the planner's and a baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tokenworks.cockpit.copies import copy_for, rent_for
from tokenworks.cockpit.driven import Cockpit
from tokenworks.cockpit.labels import label_of
from tokenworks.cockpit.script import Script
from tokenworks.cockpit.settings import CHOICES, LOAD, Settings
from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.serving.metrics import Slo
from tokenworks.serving.request import Request
from tokenworks.specs import model_spec
from tokenworks.units import plain, show

SEEDS = (11, 12, 13)
FROM_SECONDS, TO_SECONDS, END_SECONDS = 5.0, 20.0, 30.0  # arrivals that count, and the end
SHARE = 0.95  # of the requests that keep both bounds, with every seed


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """A load, a model, two bounds; what the planner picks for it, and a strong baseline.

    The baseline is what engines do unless told (continuous batches of up to 256, prefixes shared,
    16 bits, prompts in chunks) on the fewest chips with which that keeps the bounds.
    """

    id: str
    title: str
    rate: float
    mix: str
    model: str
    shared_prefix: int
    slo: Slo
    plan: Settings
    baseline: Settings

    @property
    def load(self) -> dict[str, Any]:
        """The settings that are given."""
        return {name: getattr(self, name) for name in (*LOAD, "model")}

    @property
    def task(self) -> str:
        """What is asked, in words."""
        ttft, tpot = self.slo.ttft_seconds, self.slo.tpot_seconds
        spec, words = model_spec(self.model).label, label_of("mix", self.mix).lower()
        within = "" if ttft is None else f"the first token within {show(ttft, 'ms')}"
        each = "" if tpot is None else f"at most {show(tpot, 'ms')} a token after it"
        return (
            f"{plain(self.rate)} requests a second, {words}, for {spec}. Of the answers "
            f"{show(SHARE, '%')} are to have {' and '.join(filter(None, (within, each)))}, "
            "for the least rent."
        )

    @property
    def start(self) -> dict[str, Any]:
        """The load, on one copy with the fewest chips that hold it: what a run begins with."""
        for chips in CHOICES["chips_per_replica"]:
            copy = {**self.load, "chips": chips, "chips_per_replica": chips}
            try:
                copy_for(Settings.from_dict(copy))
            except ValueError:
                continue
            return copy
        raise ValueError(
            f"no copy of {self.model} fits on {CHOICES['chips_per_replica'][-1]} chips"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"id": self.id, "title": self.title, "task": self.task, "start": self.start}


@dataclass(frozen=True)
class Scored:
    """What settings do under a challenge: shares within the bounds by seed, and their rent."""

    settings: Settings
    shares: tuple[float, ...]
    usd_per_hour: float
    usd_per_million: float

    @property
    def met(self) -> bool:
        """Whether enough requests kept both bounds, with every seed."""
        return min(self.shares) >= SHARE

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "met": self.met,
            "shares": list(self.shares),
            "usd_per_hour": self.usd_per_hour,
            "usd_per_million": self.usd_per_million,
            "settings": self.settings.to_dict(),
        }


_PLAIN = Settings(prefix_caching=True, max_batch=256, prefill="chunked")
# The plans are what `planner.plan` picks on H100 for 95 of 100 requests, with weights in bf16, fp8
# or int8 and caches in bf16 or fp8, its batch rounded up to one of the cockpit's.
CHALLENGES: tuple[Challenge, ...] = (
    Challenge(
        id="fast-chat",
        title="A chat that is fast to read",
        rate=30.0,
        mix="chat",
        model="llama-3-8b",
        shared_prefix=0,
        slo=Slo(ttft_seconds=0.3, tpot_seconds=0.006),
        plan=Settings(chips=2, chips_per_replica=2),
        baseline=_PLAIN.but(chips=2, chips_per_replica=2),
    ),
    Challenge(
        id="long-prompts",
        title="Long prompts, short answers",
        rate=8.0,
        mix="long-prompts",
        model="llama-3-8b",
        shared_prefix=0,
        slo=Slo(ttft_seconds=0.6, tpot_seconds=0.03),
        plan=Settings(),
        baseline=_PLAIN,
    ),
    Challenge(
        id="seventy-billion",
        title="Seventy billion parameters",
        rate=10.0,
        mix="chat",
        model="llama-3-70b",
        shared_prefix=0,
        slo=Slo(ttft_seconds=0.5, tpot_seconds=0.02),
        plan=Settings(
            model="llama-3-70b", chips=4, chips_per_replica=4, weights="fp8", max_batch=128
        ),
        baseline=_PLAIN.but(model="llama-3-70b", chips=8, chips_per_replica=8),
    ),
)


def challenge(name: str) -> Challenge:
    """Return a challenge by its id; ValueError names those that there are."""
    found = {each.id: each for each in CHALLENGES}
    if name not in found:
        raise ValueError(f"no challenge {name!r:.40}; there are {', '.join(found)}")
    return found[name]


@lru_cache(maxsize=32)  # a page asks for the plan and the baseline again and again
def scored(task: Challenge, settings: Settings, seeds: tuple[int, ...] = SEEDS) -> Scored:
    """Return what settings do under a challenge's load; its model takes the place of theirs.

    Requests that come from 5 to 20 s are judged at 30 s, those without their whole answer by what
    they have of it; without a token they have kept nothing. The rent is that of all chips.
    Source: derived: the cockpit's runs of three seeds.
    """
    asked = settings.but(**task.load)
    shares, tokens = [], 0
    for seed in seeds:
        run = Cockpit(Script.of(asked, seed=seed), slo=task.slo, keep=True)
        run.run_to(END_SECONDS)
        counted = [r for r in run.requests if FROM_SECONDS <= r.arrival_seconds < TO_SECONDS]
        shares.append(sum(_kept(run, each) for each in counted) / max(1, len(counted)))
        tokens += sum(
            FROM_SECONDS <= at < TO_SECONDS for each in run.requests for at in each.token_seconds
        )
    rent = rent_for(asked)
    rate = tokens / len(seeds) / (TO_SECONDS - FROM_SECONDS)
    usd = usd_per_million_tokens(rent.usd_per_hour, 1, rate) if tokens else math.inf
    return Scored(asked, tuple(shares), rent.usd_per_hour, usd)


def _kept(run: Cockpit, request: Request) -> bool:
    """Return whether a request has kept its bounds, as far as it has come."""
    return bool(request.token_seconds) and run.window.met(request)


def score(name: str, settings: Settings | Mapping[str, Any]) -> dict[str, Any]:
    """Return the score of settings in a challenge, beside the planner's and the baseline's.

    Unknown challenges and settings that cannot be raise ValueError.
    """
    task = challenge(name)
    asked = settings if isinstance(settings, Settings) else Settings.from_dict(settings)
    return {
        **scored(task, asked).to_dict(),
        "plan": scored(task, task.plan).to_dict(),
        "baseline": scored(task, task.baseline).to_dict(),
        "seeds": list(SEEDS),
    }
