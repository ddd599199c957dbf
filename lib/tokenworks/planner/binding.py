"""What keeps a deployment from costing less, and what would make an impossible demand possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tokenworks.number import Number
from tokenworks.planner.candidate import Candidate
from tokenworks.planner.demand import Demand, time_text
from tokenworks.planner.replay import Tail
from tokenworks.planner.saturation import MOST_ABOVE, MOST_BUSY
from tokenworks.planner.search import Family, Search, Trial, families_of
from tokenworks.planner.sizing import MOST_SEQUENCES, Sizing
from tokenworks.units import show

LIKELY = 0.5  # of the copies that the means ask for


Constraint = Literal["memory", "TPOT", "TTFT", "TTFT and TPOT", "prompts", "batch", "rate", "price"]


class Binding(NamedTuple):
    """One constraint by name, and a sentence with its numbers."""

    name: Constraint
    text: str


def what_binds(best: Trial, search: Search) -> tuple[Trial, Binding]:
    """Return the best way, and the constraint on which the best that costs less fails.

    A cheaper way that passes after all, where the search stopped short of it, is the best.
    Source: derived: of the ways with a lower rent the one that carries most of the rate.
    """
    closest = _closest(best, search)
    if closest is None:
        return best, _nothing_cheaper(best, search)
    share, family, groups = closest
    if share >= 1:
        trial = search.trial(family, groups)
        return what_binds(trial, search) if trial.met else (best, _failed(trial))
    return best, _too_little(search.candidate(family, groups), share)


def _closest(best: Trial, search: Search) -> tuple[float, Family, int] | None:
    """Return of the ways that cost less the one that carries most, and which share of the rate.

    Those that cannot carry more than it are not simulated.
    """
    cheaper = [
        (_by_means(family, groups), family, groups)
        for family in search.families
        if (groups := _most_below(search, family, best.candidate))
    ]
    closest = None
    for means, family, groups in sorted(cheaper, key=lambda each: -each[0]):
        if closest and MOST_BUSY * MOST_ABOVE * means <= closest[0]:
            break
        share = _share(search, family, groups)
        if closest is None or share > closest[0]:
            closest = (share, family, groups)
    return closest


def _most_below(search: Search, family: Family, best: Candidate) -> int:
    """Return the most groups of a family whose rent is below that of the best way."""
    groups = min(best.chips, family.first + best.groups)
    while groups and search.candidate(family, groups).rent.usd_per_hour >= best.rent.usd_per_hour:
        groups -= 1
    return groups


def _by_means(family: Family, groups: int) -> float:
    """Return the share of the rate that the means alone give to so many groups."""
    return groups * family.means_per_s / family.sizing.demand.requests_per_s


def _share(search: Search, family: Family, groups: int) -> float:
    """Return the share of the rate that so many groups can be given, none too busy."""
    means = _by_means(family, groups)
    if means < LIKELY:  # far from enough, so that it need not be simulated
        return MOST_BUSY * means
    return groups * MOST_BUSY * search.requests_per_s(family) / family.sizing.demand.requests_per_s


def _failed(trial: Trial) -> Binding:
    replay = trial.replay
    tails: tuple[tuple[Constraint, Tail], ...] = (("TPOT", replay.tpot), ("TTFT", replay.ttft))
    for name, tail in tails:
        if not tail.met:
            start = f"{_cheaper(trial.candidate)} has a {trial.candidate.demand.name} of {name} of"
            bound, found = time_text(tail.bound_seconds), time_text(tail.seconds)
            if tail.seconds > tail.bound_seconds:
                return Binding(name, f"{start} {found}, and {bound} are asked for")
            close = f"too close to {bound} to be sure of after {replay.requests:,} requests"
            return Binding(name, f"{start} {found}: {close}")
    raise ValueError(f"{trial.candidate.name} does not fail")


def _too_little(candidate: Candidate, share: float) -> Binding:
    sizing, batch = candidate.sizing, candidate.batch
    start = f"{_cheaper(candidate)} carries {show(share, '%', decimals=0)} of the rate"
    if _by_prompts(candidate):
        return Binding("prompts", f"{start}: its copies read no more prompts in the time")
    if batch == sizing.memory_batch:
        return Binding("memory", f"{start}: its caches hold {batch} answers at once, and no more")
    if batch == MOST_SEQUENCES:
        return Binding("batch", f"{start}: engines run {batch} answers at once unless told")
    slower = f"with more than {batch} answers at once a token takes longer than"
    return Binding("TPOT", f"{start}: {slower} {time_text(candidate.demand.tpot_seconds)}")


def _by_prompts(candidate: Candidate) -> bool:
    """Return whether no larger batch would help: prompts take the time, not answers."""
    sizing, ratio = candidate.sizing, candidate.ratio
    if ratio is None:
        return not candidate.demand.decoded
    return sizing.group_requests_per_s(ratio) == sizing.reading_requests_per_s(ratio)


def _nothing_cheaper(best: Trial, search: Search) -> Binding:
    if search.without_room:
        name = search.without_room[-1].replica.name
        return Binding("memory", f"on fewer chips nothing fits, such as {name}")
    return Binding("price", "no way to serve this model on this chip costs less, whatever the load")


def _cheaper(candidate: Candidate) -> str:
    usd = candidate.rent.usd_per_hour
    return f"the next that costs less, {candidate.name} at USD {usd:,.2f} an hour,"


def obstacle(sizings: Sequence[Sizing], demand: Demand) -> Binding | None:
    """Return what no copy alone keeps, at no load at all; None where one keeps everything."""
    held = [each for each in sizings if each.memory_batch]
    if not held:
        return Binding("memory", "no copy within these limits holds the model and one request")
    fast = min(held, key=lambda each: each.lone_step_seconds)
    floor = min(held, key=lambda each: each.floor_lone_step_seconds)
    if demand.decoded and fast.lone_step_seconds > demand.tpot_seconds:
        times = _Times(fast, fast.lone_step_seconds, floor, floor.floor_lone_step_seconds)
        return _below("TPOT", demand.tpot_seconds, times)
    quick = min(held, key=lambda each: each.first_token_seconds)
    least = min(held, key=lambda each: each.floor_prompt_seconds)
    first = quick.first_token_seconds
    if first > demand.ttft_seconds:
        times = _Times(quick, first, least, least.floor_prompt_seconds)
        return _below("TTFT", demand.ttft_seconds, times)
    return None if families_of(held) else _not_both(quick, fast)


def _not_both(quick: Sizing, fast: Sizing) -> Binding:
    """Return that the copy which reads in time is another than the one which answers in time."""
    parts = [
        f"{each.replica.name} has its first token after {time_text(each.first_token_seconds)} and "
        f"another every {time_text(each.lone_step_seconds)}"
        for each in (quick, fast)
    ]
    return Binding("TTFT and TPOT", f"no copy keeps both, even alone: {', '.join(parts)}")


class _Times(NamedTuple):
    """An expected time and a floor, each with the copy that has it."""

    expected: Sizing
    expected_seconds: float
    floor: Sizing
    floor_seconds: float


def _below(name: Constraint, asked: Number, times: _Times) -> Binding:
    where = "below" if times.floor_seconds > asked else "above"
    return Binding(
        name,
        f"{time_text(asked)} is {where} the floor of {name}, {time_text(times.floor_seconds)} "
        f"({times.floor.replica.name}); to be expected is {time_text(times.expected_seconds)} at "
        f"best ({times.expected.replica.name}), with nobody else there",
    )
