"""From a model, a chip and what users are to wait to a deployment that was replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.chip_links import link
from tokenworks.cost.hosts import host_of
from tokenworks.cost.kernel_constants import Constants
from tokenworks.number import Number, whole
from tokenworks.planner.answer import Plan
from tokenworks.planner.binding import Binding, obstacle, what_binds
from tokenworks.planner.demand import Demand, time_text, tokens_asked
from tokenworks.planner.remedies import to_be_fast, to_carry, to_hold
from tokenworks.planner.rents import prices_for
from tokenworks.planner.replay import COUNTED, enough_counted, replay_of, seen
from tokenworks.planner.replicas import ENGINE, NETWORKS, Replica, left_out, replicas_of
from tokenworks.planner.search import Search, families_of
from tokenworks.planner.sizing import Sizing
from tokenworks.serving.lengths import Samples
from tokenworks.specs import chip_named, model_spec
from tokenworks.validate.stated_error import error_text, expected_error
from tokenworks.validate.timed_steps import slice_errors

ALTERNATIVES = 3


class Asked(NamedTuple):
    """What a plan is for."""

    model: ModelSpec
    chip: Chip
    demand: Demand


class Stated(NamedTuple):
    """The published error of expected times: the median, and the words."""

    median: float
    text: str


def plan(
    model: str | ModelSpec,
    on: str | Chip,
    *,
    requests_per_s: Number,
    ttft_seconds: Number,
    tpot_seconds: Number,
    prompt_tokens: int | None = None,
    output_tokens: int | None = None,
    samples: Samples | None = None,
    percentile: Number = 99.0,
    seed: int = 0,
    weights: Sequence[str] = (),
    caches: Sequence[str] = (),
    offer: str | None = None,
    market: str | None = None,
    usd_per_chip_hour: Number | None = None,
    max_chips: int | None = None,
    counted: int = COUNTED,
    alternatives: int = ALTERNATIVES,
) -> Plan:
    """Return the cheapest deployment that keeps both times at the percentile, replayed.

    Requests have the two lengths that are given, or those of `samples`, drawn with equal chances.
    Every way in the answer passed the simulator with three seeds from `seed` on, with eight where
    first tokens came close to their bound, `counted` requests of each or more. Formats left out:
    those of 8 bits and more. Prices left out: the cheapest on demand of a cloud. Requests beyond
    the model's limit, unknown names and impossible values raise ValueError or KeyError.
    Source: derived: expected times (`scheduled_step`, `slice_loads`) and `simulate_cluster`.
    """
    spec = model_spec(model) if isinstance(model, str) else model
    chip = chip_named(on) if isinstance(on, str) else on
    tokens = tokens_asked(prompt_tokens, output_tokens, samples)
    demand = Demand(
        requests_per_s=requests_per_s,
        prompt_tokens=tokens[0],
        output_tokens=tokens[1],
        ttft_seconds=ttft_seconds,
        tpot_seconds=tpot_seconds,
        percentile=percentile,
        samples=samples,
    )
    demand, constants = _within(spec, demand), Constants.fitted()
    copies, missing = _copies(spec, chip, constants=constants, weights=weights, caches=caches)
    sizings = [Sizing(each, demand) for each in copies]
    search = Search(
        families_of(sizings),
        prices_for(chip, usd_per_chip_hour=usd_per_chip_hour, offer=offer, market=market),
        whole(seed, "seed", least=0),
        None if max_chips is None else whole(max_chips, "max_chips"),
        [each for each in sizings if not each.memory_batch],
        enough_counted(counted, demand),
    )
    asked = Asked(spec, chip, demand)
    found = _searched(asked, search, sizings, alternatives=alternatives)
    return replace(found, notes=(*constants.notes, *missing, *_notes(chip, found)))


def _copies(
    model: ModelSpec,
    on: Chip,
    *,
    constants: Constants,
    weights: Sequence[str],
    caches: Sequence[str],
) -> tuple[list[Replica], list[str]]:
    """Return every copy that can be, and which named formats cannot; none raises ValueError."""
    found, refused = replicas_of(model, on, constants=constants, weights=weights, caches=caches)
    if not found:
        raise ValueError(f"{model.label} on {on.label}: {refused[-1].reason}")
    return found, left_out(found, refused) if weights or caches else []


def _searched(
    asked: Asked, search: Search, sizings: Sequence[Sizing], *, alternatives: int
) -> Plan:
    """Return the plan with the best way, or with what stands in it."""
    frame = asked._asdict()
    stuck = obstacle(sizings, asked.demand)
    if stuck is not None:
        no_room = stuck.name == "memory"
        remedy = to_hold(*asked) if no_room else to_be_fast(sizings, asked.demand)
        return Plan(**frame, limit=stuck, remedy=remedy)
    found = list(islice(search.passing(), 1 + whole(alternatives, "alternatives", least=0)))
    if not found:
        return Plan(**frame, limit=_too_few(search), remedy=to_carry(search))
    found.sort(key=lambda each: each.candidate.preference)
    best, limit = what_binds(found[0], search)
    error = stated_error(asked.model, asked.chip)
    longer = seen(best.candidate, search.seed, counted=search.counted, slower=1 + error.median)
    return Plan(
        **frame,
        limit=limit,
        best=best,
        others=tuple(trial for trial in found if trial.likeness != best.likeness),
        median_error=error.median,
        error_text=error.text,
        slower=replay_of(best.candidate, {search.seed: longer}),
    )


def _too_few(search: Search) -> Binding:
    chips = search.max_chips
    if search.exhausted:
        where = f" on {chips} chips or fewer" if chips else ""
        text = f"none of the {search.tried} ways{where} that were tried passes its replay"
        return Binding("rate" if chips else "TTFT", f"{text}; others are left untried")
    if chips is None:
        return Binding("TTFT", "no number of copies that was tried keeps both percentiles")
    return Binding("rate", f"no way on {chips} chips or fewer passes its replay")


def _notes(on: Chip, found: Plan) -> list[str]:
    """Return what is assumed, in words."""
    notes = []
    if found.error_text:
        notes.append(f"expected times: {found.error_text}")
    notes.append(f"requests are {found.demand.lengths_text}, and come as a Poisson process")
    if found.best and found.best.candidate.replica.weights != "bf16":
        notes.append("what narrower formats cost in accuracy is not judged: name those you accept")
    if on.kind == "tpu" and on.name != "tpu-v5e":
        notes.append(f"links of {on.label} are taken at the share that was fitted to TPU v5e")
    if on.kind == "tpu":
        before = time_text(host_of(ENGINE).first_seconds)
        notes.append(f"before its first step a request takes {before}, as fitted on GPUs (assumed)")
    trials = [found.best, *found.others]
    if any(trial and trial.candidate.ratio for trial in trials):
        name = link(NETWORKS[on.kind]).label
        notes.append(f"between two pools: {name}, a port for each chip, at its full rate (assumed)")
    return notes


def _within(model: ModelSpec, demand: Demand) -> Demand:
    if demand.longest > model.context_tokens:
        raise ValueError(
            f"{demand.longest:,} tokens of a request are beyond the {model.context_tokens:,} that "
            f"{model.label} is built for: shorten prompt or answer"
        )
    return demand


def stated_error(model: ModelSpec, on: Chip) -> Stated:
    """Return the published error of the expected times that a plan is made of."""
    if on.kind == "tpu":
        error = slice_errors()
        text = f"half of {error.rows} measured decode steps on slices of TPU v5e are within"
        return Stated(error.median, f"{text} {error.median:.0%}, in sample")
    error = expected_error(model)
    return Stated(error.median, error_text(error, on=on, model=model))
