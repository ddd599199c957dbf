"""Experts as curves: how many a batch reads, what a full one drops, and layers that were timed."""

from __future__ import annotations

from collections.abc import Sequence

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.expert_routing import (
    capacity,
    dropped_share,
    expected_experts,
    expert_shares,
    loads,
    route,
    routed_weight_bytes,
)
from tokenworks.cost.expert_times import TimedExperts
from tokenworks.data.silicon import LICENCE
from tokenworks.figures.line_chart import Points, curves
from tokenworks.figures.picture import Figure
from tokenworks.number import Number
from tokenworks.units import plain

TOKENS = tuple(2**power for power in range(10))
FACTORS = tuple(1 + step / 4 for step in range(29))
EVEN, LEAST = "even", "no two share one"
FORMATS = {"fp8_block": "fp8 with a scale for each block"}


def _names(skews: Sequence[Number]) -> list[str]:
    return [f"skew {skew:g}" if skew else EVEN for skew in skews]


def experts_by_batch(
    spec: ModelSpec, *, skews: Sequence[Number] = (0, 1.0), tokens: Sequence[int] = TOKENS
) -> Figure:
    """Draw how many experts of a layer a batch reads, for even routing and for skewed ones.

    A model without experts raises ValueError.
    """
    if not spec.n_experts:
        raise ValueError(f"{spec.label} has no experts")
    experts, active = spec.n_experts, spec.n_experts_active
    laws = [expert_shares(experts, active, skew=skew) for skew in skews]
    lines: dict[str, Points] = {
        name: [(n, expected_experts(law, n)) for n in tokens]
        for name, law in zip(_names(skews), laws, strict=True)
    }
    routed = dict(lines)
    lines[LEAST] = [(n, n * active) for n in tokens if n * active <= experts]
    some = tokens[len(tokens) // 2]
    counts = (f"{name} {plain(round(dict(line)[some]))}" for name, line in routed.items())
    said = f"with {plain(some)} tokens " + "; ".join(counts)
    return curves(
        lines,
        title=f"Experts of a layer that a batch reads, {spec.label}",
        xlabel="tokens in the batch",
        ylabel="experts read",
        alt=f"Both axes logarithmic. All rise from {active} experts towards {experts}: {said}.",
        caption=f"{active} of {experts} experts a token. Skew: Zipf's exponent over the ranks.",
        floors=(LEAST,),
        colours={LEAST: "muted"},
    )


def weight_bytes_by_batch(
    spec: ModelSpec,
    *,
    bytes_per_param: Number,
    skews: Sequence[Number] = (0, 1.0),
    tokens: Sequence[int] = TOKENS,
) -> Figure:
    """Draw the weights that a decode step reads, in GB, by the batch: from one token's to all.

    A model without experts raises ValueError.
    """
    lines: dict[str, Points] = {
        name: [(n, routed_weight_bytes(spec, bytes_per_param, n, skew=skew) / 1e9) for n in tokens]
        for name, skew in zip(_names(skews), skews, strict=True)
    }
    one, *_, most = lines[_names(skews)[0]]
    first, last = (plain(round(read)) for _, read in (one, most))
    return curves(
        lines,
        title=f"Weights that a step of {spec.label} reads",
        xlabel="tokens in the batch",
        ylabel="weights read (GB)",
        alt="Both axes logarithmic. The weights that a step reads rise with the batch, "
        f"{next(iter(lines))} from {first} to {last} gigabytes.",
        caption=f"{spec.n_experts_active} of {spec.n_experts} experts a token, "
        f"{bytes_per_param:g} byte{'s' * (bytes_per_param != 1)} a weight."
        + " Skew: popularity is 1/rank to that power."
        * any(skews),
    )


def dropped_by_capacity(
    experts: int,
    active: int,
    *,
    tokens: int,
    skews: Sequence[Number] = (0, 0.5, 1.0),
    factors: Sequence[Number] = FACTORS,
    seed: int = 0,
) -> Figure:
    """Draw the share of choices that find their expert full, by the capacity factor.

    Routing is drawn once for each skew, with a seed.
    """
    lines: dict[str, Points] = {}
    for name, skew in zip(_names(skews), skews, strict=True):
        drawn = route(tokens, expert_shares(experts, active, skew=skew), seed=seed)
        counts = loads(drawn, experts)
        lines[name] = [
            (f, 100 * dropped_share(counts, capacity(tokens, experts, active, factor=f)))
            for f in factors
        ]
    some = factors[len(factors) // 4]
    shares = (f"{name} {plain(round(dict(line)[some], 1))}" for name, line in lines.items())
    return curves(
        lines,
        title="Choices that find their expert full",
        xlabel="capacity of an expert, in even shares",
        ylabel="dropped (%)",
        scale="linear",
        alt=f"Falling curves. In percent, with {plain(some)} even shares: {'; '.join(shares)}.",
        caption=f"{tokens:,} tokens, {active} of {experts} experts each; routing drawn once.",
    )


def timed_expert_lines(rows: Sequence[TimedExperts], *, on: Chip, spec: ModelSpec) -> Figure:
    """Draw the measured time of a layer's experts by tokens, with what was expected and the floor.

    No rows raise ValueError.
    """
    if not rows:
        raise ValueError("no timed layer was given: see cost.timed_experts")
    first = rows[0].timed
    lines: dict[str, Points] = {
        "measured": [(row.timed.tokens, 1e6 * row.timed.seconds) for row in rows],
        "expected": [(row.timed.tokens, 1e6 * row.expected_seconds) for row in rows],
        "floor": [(row.timed.tokens, 1e6 * row.floor_seconds) for row in rows],
    }
    chips = first.tp * first.ep
    way = f"each expert cut in {first.tp}" if first.tp > 1 else "whole experts"
    ends = [plain(round(y)) for y in (lines["measured"][0][1], lines["measured"][-1][1])]
    return curves(
        lines,
        title=f"One layer's experts on {chips} × {on.label.split()[0]}, {spec.label}",
        xlabel="tokens of all chips",
        ylabel="time (µs)",
        alt=f"Both axes logarithmic. Measured from {ends[0]} to {ends[1]} microseconds: rising "
        "while more experts are read, flat once all are, rising again where arithmetic decides.",
        caption=f"{way.capitalize()}, {first.distribution} routing, "
        f"{FORMATS.get(first.format, first.format)}. {LICENCE}",
        colours={"measured": "1", "expected": "decode", "floor": "floor"},
        floors=("floor",),
    )
