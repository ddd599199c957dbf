"""Who runs when: requests in the slots of a batch, what a batch wastes, where a batch pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.roofline import critical_batch_at
from tokenworks.cost.step_kernels import decode_step
from tokenworks.cost.step_time import decode_seconds, kv_read_bytes
from tokenworks.figures.box import Box
from tokenworks.figures.marks import bracket, hatch, key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, titled_axes
from tokenworks.figures.scales import scale_of
from tokenworks.figures.scene import Scene
from tokenworks.figures.timelines import Span, lanes, time_axis
from tokenworks.number import Number
from tokenworks.serving.driver import Run
from tokenworks.serving.request import Request
from tokenworks.units import plain, show

ZONES = {"weights": "weights", "sharing": "kv", "the floor": "prefill"}  # name: its colour
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def schedules(runs: Mapping[str, Run], *, unit: str = "ticks", slots: int) -> Figure:
    """Draw the same requests under several schedulers, slot by slot: work, and slots held idle."""
    end = max(run.segments[-1].end_seconds for run in runs.values())
    idle = {name: sum(map(_held, run.requests)) for name, run in runs.items()}
    numbers = {f"{name}: over after": run.segments[-1].end_seconds for name, run in runs.items()}
    numbers |= {f"{name}: held idle": found for name, found in idle.items()}
    numbers |= {f"{name}: steps": run.steps for name, run in runs.items()}

    def layout(scene: Scene) -> None:
        low, tall, at = 0.0, 17.0, float
        for name, run in runs.items():
            over = plain(run.segments[-1].end_seconds)
            head = scene.text((0, low), name, bold=True)
            said = f"{plain(run.steps)} steps, over after {over} {unit}"
            scene.text((scene.width, low), said, "note", side="end")
            rows = _slot_rows(run.requests, slots)
            box = Box(0, head.bottom + 6, scene.width, slots * tall + (slots - 1) * 3)
            at = lanes(scene, box, rows, end=end, gap=3)
            low = box.bottom + 16
        low = time_axis(scene, at, y=low - 8, end=end, unit=unit)
        key(scene, (0, low + 8), {"makes tokens": "decode", "done, and holds its slot": "hatch"})

    alt = "The same requests in the slots of a batch. " + " ".join(
        f"{name}: slots are held idle for {plain(found)} {unit}." for name, found in idle.items()
    )
    return drawing(layout, alt=alt, numbers=numbers)


def _held(request: Request) -> Number:
    return (request.finished_seconds or 0) - request.token_seconds[-1]


def _slot_rows(requests: Sequence[Request], slots: int) -> dict[str, list[Span]]:
    """Lay requests into slots, each into the lowest that is free, with a letter for each."""
    rows: dict[str, list[Span]] = {f"slot {i + 1}": [] for i in range(slots)}
    free_from = [0.0] * slots
    for request in sorted(requests, key=lambda r: (r.scheduled_seconds or 0.0, int(r.id))):
        start, end = request.scheduled_seconds or 0.0, request.finished_seconds or 0.0
        slot = next(i for i, moment in enumerate(free_from) if moment <= start)
        letter = LETTERS[int(request.id)]
        last = request.token_seconds[-1]
        rows[f"slot {slot + 1}"] += [Span(start, last, "decode", letter)]
        if end > last:
            rows[f"slot {slot + 1}"] += [Span(last, end, "hatch")]
        free_from[slot] = end
    return rows


def batch_waste(tokens: Sequence[int]) -> Figure:
    """Draw the answers of one static batch, and the steps in which each slot holds what is done."""
    longest, made = max(tokens), sum(tokens)
    wasted = 1 - made / (longest * len(tokens))
    numbers = {"longest": longest, "wasted": wasted, "mean": made / len(tokens)}
    numbers |= {f"answer {i}": n for i, n in enumerate(tokens)}

    def layout(scene: Scene) -> None:
        tall, gap = (13.0, 4.0) if scene.wide else (11.0, 3.0)
        room = scene.width - scene.measure(plain(longest), "note") - 8
        for i, count in enumerate(sorted(tokens, reverse=True)):
            top = i * (tall + gap)
            bar = scene.rect(Box(0, top, room * count / longest, tall), "decode")
            if count < longest:
                hatch(scene, Box(bar.right, top, room - bar.w, tall), step=5)
        low = len(tokens) * (tall + gap)
        mean = made / len(tokens)
        words = f"mean {mean:,.0f}"
        bracket(scene, (0, room * mean / longest), words, y=low, bold=True)
        low = bracket(scene, (0, room), f"longest {plain(longest)} steps", y=low + 34, bold=True)
        said = f"{show(wasted, '%', decimals=0)} of the slots' steps make nothing"
        scene.text((0, low.bottom + 8), said, "note", width=scene.width)

    alt = (
        f"{len(tokens)} bars, hatched up to the longest: {show(wasted, '%', decimals=0)} "
        "of the field is hatched."
    )
    numbers |= {"mean, rounded": round(made / len(tokens)), "answers": len(tokens)}
    return drawing(layout, alt=alt, numbers=numbers)


def frontier_zones(
    on: Deployment, context_tokens: int, *, usd_per_hour: Number, caption: str = ""
) -> Figure:
    """Draw the price of a token against its gap, from one user to a full memory, in its zones.

    The floor is dashed, and has the zones; the line above it is what to expect of the kernels.
    """
    drawn = _Frontier(on, context_tokens, usd_per_hour)
    (_, alone), (_, least) = (drawn.point(batch, floor=True) for batch in (1, drawn.full))
    (_, alone_wanted), (_, wanted) = (drawn.point(n, floor=False) for n in (1, drawn.full))
    numbers: dict[str, Number] = {"full": drawn.full, "caches = weights": drawn.equal}
    numbers |= {"context": context_tokens, "alone, USD": alone, "full, USD": least}
    numbers |= {"alone, expected USD": alone_wanted, "full, expected USD": wanted}
    alt = (
        f"Price against gap falls steeply up to {drawn.equal} users, then less and less, and "
        f"ends at {drawn.full}, where memory is full. What to expect lies above the floor "
        "everywhere."
    )
    known = numbers_in(f"{drawn.title} {caption}") | numbers
    return drawing(drawn.layout, alt=alt, caption=caption, numbers=known)


@dataclass(frozen=True)
class _Frontier:
    """Price against gap on the floor and as expected, and where the zones of the floor end."""

    on: Deployment
    context_tokens: int
    usd_per_hour: Number

    @cached_property
    def full(self) -> int:
        """Users whose caches fill the memory."""
        return max_batch(self.on, self.context_tokens)

    @cached_property
    def equal(self) -> int:
        """Users whose caches are as large as the weights."""
        weights = step_weight_bytes(self.on.model, self.on.bytes_per_param)
        return round(weights / kv_read_bytes(self.on, self.context_tokens))

    @property
    def title(self) -> str:
        """What stands above the chart."""
        return f"{self.on.label}, {plain(self.context_tokens)} tokens each"

    def point(self, batch: int, *, floor: bool) -> tuple[float, float]:
        """Return the gap of a batch in ms, and its price."""
        if floor:
            gap = decode_seconds(self.on, self.context_tokens, batch=batch)
        else:
            plan, constants = engine_plan(self.on), Constants.fitted()
            step = decode_step(plan, batch, self.context_tokens, constants=constants)
            gap = step.expected_seconds
        return gap * 1e3, usd_per_million_tokens(self.usd_per_hour, self.on.chips, batch / gap)

    def layout(self, scene: Scene) -> None:
        """Draw both lines over the zones, and name what is marked on them."""
        full, equal = self.full, self.equal
        batches = sorted({*(2**n for n in range(12) if 2**n < full), equal, full})
        points, wanted = ([self.point(batch, floor=f) for batch in batches] for f in (True, False))
        both = [*points, *wanted]
        scales = scale_of([x for x, _ in both], "log"), scale_of([y for _, y in both], "log")
        labels = "gap between two tokens of a user, ms", "USD a million tokens"
        plane = titled_axes(scene, self.title, scales, labels=labels, margin=8)
        limit = critical_batch_at(self.on, self.context_tokens) or full
        borders = [b for b in (equal, min(limit, full)) if 1 < b < full]
        edges = (self.point(b, floor=True)[0] for b in borders)
        zones = _shade(plane, [plane.x.low, *edges, plane.x.high])
        plane.curve(points, "1", thick=3, dashed=True)
        plane.curve(wanted, "1", thick=3)
        _name_zones(scene, zones)
        for words, line in {"floor": points, "expected": wanted}.items():
            plane.name(line[2], words, colour="1")
        marks = {"1 user": 1, f"{equal} users:\ncaches = weights": equal}
        marks |= {f"{full} users:\nmemory full": full}
        for floor in (False, True):
            for batch in marks.values():
                plane.dot(self.point(batch, floor=floor), "1", hollow=floor)
        for words, batch in marks.items():
            plane.name(self.point(batch, floor=words == "1 user"), words)


def _shade(plane: Plane, edges: Sequence[Number]) -> list[Box]:
    """Tint the zones between these gaps; return their boxes."""
    box, zones = plane.box, []
    for (left, right), colour in zip(pairwise(edges), ZONES.values(), strict=False):
        ends = (plane.at(edge, plane.y.low)[0] for edge in (left, right))
        x0, x1 = (min(max(x, box.x), box.right) for x in ends)
        d = f"M{x0:.1f} {box.y:.1f}H{x1:.1f}V{box.bottom:.1f}H{x0:.1f}z"
        plane.scene.shape(d, box.bottom, colour, opacity=0.12)
        zones.append(Box(x0, box.y, x1 - x0, box.h))
    return zones


def _name_zones(scene: Scene, zones: Sequence[Box]) -> None:
    """Name each zone at its upper edge, or at its lower one where the curve is in the way."""
    for i, (zone, (name, colour)) in enumerate(zip(zones, ZONES.items(), strict=False), 1):
        for words in (f"zone {i}: {name}", f"zone {i}:\n{name}", f"{i}"):
            wide = max(scene.measure(line, "note", bold=True) for line in words.split("\n"))
            tall = scene.size("note") * (1 + 1.3 * words.count("\n"))
            tops = (zone.y + 6, zone.bottom - tall - 8)
            places = [Box(zone.cx - wide / 2, top, wide, tall) for top in tops]
            place = next((p for p in places if scene.is_free(p) and wide < zone.w), None)
            if place:
                at = (zone.cx, place.y)
                scene.text(at, words, "note", side="middle", colour=colour, bold=True)
                break
