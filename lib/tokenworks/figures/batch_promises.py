"""Batches by what users wait for a token and what it costs, and the batch that a promise allows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tokenworks.cost.batch_zones import slo_crossing
from tokenworks.cost.dollars import usd_per_token
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import titled_axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number, bounded
from tokenworks.serving.tail_by_batch import TailPoint
from tokenworks.units import show

MILLISECOND = 1e-3
LINES = {"middle of steps": "decode", "slowest hundredth": "prefill"}
TITLE = "What was promised, and what it costs"


def promised_batches(
    tails: Sequence[TailPoint],
    *,
    usd_per_hour: Number,
    bound_seconds: Number,
    chips: int = 1,
    caption: str = "",
) -> Figure:
    """Draw each batch twice, at its median step and at the P99 of its gaps, by its price, both log.

    A price is the rent over all tokens of answers, the prompts beside them included. The largest
    batch that keeps the bound is marked on either line. Fewer than two batches, and a bound that
    either breaks at the smallest, raise ValueError.
    """
    points = sorted(tails, key=lambda each: each.batch)
    if len(points) < 2:
        raise ValueError("a line needs two batches at least")
    bound = bounded(bound_seconds, "bound_seconds", above=True)
    prices = {p.batch: usd_per_token(usd_per_hour, chips, p.output_tokens_per_s) for p in points}
    waits = [{p.batch: p.tpot_p50_seconds for p in points}]
    waits.append({p.batch: p.itl_p99_seconds for p in points})
    kept = [slo_crossing(own.items(), bound).kept for own in waits]
    if None in kept:
        raise ValueError(f"no batch keeps {show(bound, 'ms')}: allow more, or try a smaller one")
    lines = dict(zip(LINES, waits, strict=True))
    allowed = {name: int(batch or 0) for name, batch in zip(LINES, kept, strict=True)}
    numbers: dict[str, Number] = {"bound": bound, "P99": 99}
    for name, batch in allowed.items():
        numbers |= {f"{name}: batch": batch, f"{name}: price": prices[batch]}
    numbers |= {f"users {p.batch}": p.batch for p in points}
    told = "; ".join(f"{name}: {_told(batch, prices)}" for name, batch in allowed.items())
    alt = f"Price of a token over the time a token, both log, for {points[0].batch} to "
    alt += f"{points[-1].batch} users. Within {show(bound, 'ms', decimals=0)}: {told}."
    layout = partial(_layout, lines=lines, prices=prices, allowed=allowed, bound=bound)
    own = numbers_in(caption) | numbers
    return drawing(layout, alt=alt, caption=caption, numbers=own)


def _told(batch: int, prices: dict[int, float]) -> str:
    return f"{batch} users, {show(prices[batch], 'USD/million tokens', decimals=2)}"


def _layout(
    scene: Scene,
    *,
    lines: dict[str, dict[int, float]],
    prices: dict[int, float],
    allowed: dict[str, int],
    bound: float,
) -> None:
    times = [bound, *(each for own in lines.values() for each in own.values())]
    scales = (
        Scale(min(times) / 1.15, max(times) * 1.15, "log"),
        Scale(min(prices.values()) / 1.3, max(prices.values()) * 1.2, "log"),
    )
    labels = ("expected time between two tokens (ms)", "USD/million tokens of answers")
    plane = titled_axes(scene, TITLE, scales, labels=labels, margin=8, units=(MILLISECOND, 1e-6))
    edge = plane.at(bound, scales[1].low)[0]
    scene.line([(edge, plane.box.y), (edge, plane.box.bottom)], "floor", thick=1.25, dashed=True)
    drawn = {name: [(own[b], prices[b]) for b in own] for name, own in lines.items()}
    for name, points in drawn.items():
        plane.curve(points, LINES[name])
        for point in points:
            plane.keep_free(point)
    for name, points in drawn.items():
        for batch, point in zip(lines[name], points, strict=True):
            plane.dot(point, LINES[name], hollow=batch != allowed[name])
    first = next(iter(lines))
    for name, own in lines.items():
        ends = {min(own), max(own)} if name == first else set()
        for batch in sorted({*ends, allowed[name]}):
            plane.name((own[batch], prices[batch]), f"{batch}", colour=LINES[name])
    low = scene.low + 8
    for name, colour in LINES.items():
        words = f"{name}: {_told(allowed[name], prices)}"
        low = scene.text((0, low), words, "note", colour=colour, width=scene.width).bottom + 4
    words = f"Dashed: {show(bound, 'ms', decimals=0)}. Full dots keep it; numbers: users."
    scene.text((0, low), words, "note", width=scene.width)
