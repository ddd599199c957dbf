"""What would make an impossible demand possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.kernel_constants import Constants
from tokenworks.planner.demand import MOST_RATE, Demand, time_text
from tokenworks.planner.replay import Tail
from tokenworks.planner.replicas import NETWORKS, Replica, replicas_of
from tokenworks.planner.search import Family, Search
from tokenworks.planner.sizing import Sizing
from tokenworks.specs import chip, prices
from tokenworks.units import show_as

NARROW = ("fp8", "int8", "fp4", "int4")
TRIED_RATES = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.35, 0.2)  # of what the means alone carry


def to_hold(model: ModelSpec, on: Chip, demand: Demand) -> str:
    """Return the least that holds a model: narrower formats on this chip, and other chips.

    Source: derived: `Replica.capacity` of each, the smallest memory first.
    """
    constants = Constants.fitted()
    here = replicas_of(model, on, constants=constants, weights=NARROW)[0]
    there = [each for other in _priced(on) for each in _some(model, other, constants)]
    parts = []
    for found in (here, there):
        held = [each for each in found if each.capacity(demand.longest)]
        if held:
            least = min(held, key=lambda each: each.chips * each.chip.planned_bytes)
            parts.append(f"{least.chips} × {least.chip.label} ({least.name})")
    if not parts:
        return "no copy within a server or a slice of any priced chip holds it: take a smaller one"
    return f"the smallest that does: {' or '.join(parts)}"


def _priced(on: Chip) -> Iterator[Chip]:
    names = dict.fromkeys(row.chip for row in prices() if row.chip != on.name)
    yield from (chip(name) for name in names if chip(name).kind in NETWORKS)


def _some(model: ModelSpec, on: Chip, constants: Constants) -> list[Replica]:
    try:
        return replicas_of(model, on, constants=constants)[0]
    except ValueError:
        return []


def to_carry(search: Search) -> str:
    """Return what rate the chips that are allowed carry, as replayed, or which times they keep."""
    least = min(
        (search.candidate(family, family.first) for family in search.families),
        key=lambda each: each.preference,
    )
    chips = search.max_chips
    if chips is None:
        return _longer_times(search)
    tried = [family for family in search.families if not family.ratio] or search.families
    most, way = max(
        ((_most_carried(search, each), each) for each in tried), key=lambda found: found[0]
    )
    more = max(least.rent.chips, chips + 1)
    they = "1 chip carries" if chips == 1 else f"{chips} chips carry"
    if not most:
        return f"{they} no such requests in time: allow {more} or more"
    rate, name = show_as(most, "requests_per_s"), way.sizing.replica.name
    return (
        f"{they} {rate} as replayed, in copies of {name}: allow more chips, by the means about "
        f"{more} in copies of {least.replica.name}"
    )


def _longer_times(search: Search) -> str:
    """Return the times that the copies kept which came closest, where any was tried."""
    if not search.trials:
        return "allow longer times: copies serve too few requests in these for any number of them"
    closest = min(
        search.trials, key=lambda each: max(_over(each.replay.ttft), _over(each.replay.tpot))
    )
    ttft, tpot = closest.replay.ttft, closest.replay.tpot
    longer = [time_text(1.1 * tail.upper_seconds) for tail in (ttft, tpot)]
    return (
        f"allow TTFT {longer[0]} and TPOT {longer[1]}, or a lower percentile: "
        f"{closest.candidate.name} came closest, with {time_text(ttft.seconds)} and "
        f"{time_text(tpot.seconds)}"
    )


def _over(tail: Tail) -> float:
    return tail.upper_seconds / tail.bound_seconds


def to_be_fast(sizings: Sequence[Sizing], demand: Demand) -> str:
    """Return the times that the fastest copies keep with nobody else there.

    Source: derived: the expected step of one sequence, and of a prompt alone.
    """
    held = [each for each in sizings if each.memory_batch]
    step = min(each.lone_step_seconds for each in held)
    first = min(each.first_token_seconds for each in held)
    late, slow = first > demand.ttft_seconds, bool(demand.decoded) and step > demand.tpot_seconds
    if not (late or slow):  # one copy keeps the one, another the other
        closest = min(held, key=lambda each: _farther(each, demand))
        step, first = closest.lone_step_seconds, closest.first_token_seconds
        late, slow = first > demand.ttft_seconds, step > demand.tpot_seconds
    parts = [f"TPOT {time_text(step)}"] if slow else []
    if late:
        parts.append(f"TTFT {time_text(first)}")
    return (
        f"allow more than {' and '.join(parts)}, take a chip with more bandwidth, or narrower "
        "formats (--weights, --kv)"
    )


def _farther(sizing: Sizing, demand: Demand) -> float:
    """Return the larger of both times alone over their bounds."""
    return float(
        max(
            sizing.lone_step_seconds / demand.tpot_seconds,
            sizing.first_token_seconds / demand.ttft_seconds,
        )
    )


def _most_carried(search: Search, family: Family) -> float:
    """Return a rate at which the copies that are allowed pass their replay, 0 where none is."""
    assert search.max_chips is not None
    each = family.sizing.replica.chips * (sum(family.ratio) if family.ratio else 1)
    groups = search.max_chips // each
    sizing, ratio = family.sizing, family.ratio
    if not groups:
        return 0.0
    means = min(MOST_RATE, groups * search.requests_per_s(family))
    for share in TRIED_RATES:
        asked = replace(sizing.demand, requests_per_s=share * means)
        again = Family(Sizing(sizing.replica, asked), ratio)
        lower = replace(search, families=[again])
        if lower.candidate(again, groups).rent.chips > search.max_chips:
            return 0.0
        if lower.trial(again, groups).met:
            return share * means
    return 0.0
