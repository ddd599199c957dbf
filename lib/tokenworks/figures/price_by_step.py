"""Ways to serve a model by how fast a token comes and what it costs, and those that none beats."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from string import ascii_lowercase

from tokenworks.cost.frontier import Option, best_options
from tokenworks.figures.line_chart import SERIES
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, titled_axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

MILLISECOND = 1e-3
FAINT = 4.0  # px, a way that another one beats


def price_frontier(
    options: Sequence[Option], *, title: str, named: Sequence[int] = (), caption: str = ""
) -> Figure:
    """Draw each way that fits at its expected step and the price of its answers, both log.

    The line joins those that none beats; `named` are the places in it, fastest first, that are
    named. Fewer than two ways on the line raise ValueError.
    """
    fitting = [each for each in options if each.fits]
    best = best_options(fitting)
    if len(best) < 2:
        raise ValueError("a frontier needs two ways that fit and that do not beat each other")
    said = [best[place] for place in named or (0, len(best) - 1)]
    numbers: dict[str, Number] = {}
    for each in said:
        numbers |= {f"{each.name}: step": each.step.expected_seconds, each.name: each.batch}
        numbers |= {f"{each.name}: price": _usd(each), f"{each.name}: chips": each.step.chips}
        numbers |= {f"{each.name}: tokens": each.context_tokens}
        numbers[f"{each.name}: USD"] = each.usd_per_million
    told = "; ".join(f"{each.name}: {_told(each)}" for each in said)
    counts = f"{len(fitting)} ways that fit"
    alt = "A chart of price over time a token, both log. "
    alt += f"{counts}; of those that none beats: {told}."
    own = numbers_in(" ".join([title, caption, counts, *(each.name for each in said)]))
    layout = partial(_layout, fitting=fitting, best=best, said=said, title=title)
    return drawing(layout, alt=alt, caption=caption, numbers=own | numbers)


def _usd(each: Option) -> float:
    return each.usd_per_million * 1e-6


def _told(each: Option) -> str:
    step = show(each.step.expected_seconds, "ms", decimals=1)
    return f"{step}, {show(_usd(each), 'USD/million tokens', decimals=2)}"


def _formats(each: Option) -> str:
    return f"{each.on.weights}/{each.on.kv}"


def _layout(
    scene: Scene,
    *,
    fitting: Sequence[Option],
    best: Sequence[Option],
    said: Sequence[Option],
    title: str,
) -> None:
    steps = [each.step.expected_seconds for each in fitting]
    prices = [each.usd_per_million for each in fitting]
    scales = (
        Scale(min(steps) / 1.2, max(steps) * 1.2, "log"),
        Scale(min(prices) / 1.3, max(prices) * 1.2, "log"),
    )
    labels = ("expected time a token (ms)", "USD/million tokens of answers")
    plane = titled_axes(scene, title, scales, labels=labels, margin=8, units=(MILLISECOND, 1))
    kinds = list(dict.fromkeys(_formats(each) for each in fitting))
    shades = dict(zip(kinds, SERIES, strict=False))
    for kind, colour in shades.items():
        points = [_place(plane, each) for each in fitting if _formats(each) == kind]
        scene.dots(points, colour, thick=FAINT)
        scene.strokes += [((x - FAINT / 2, y), (x + FAINT / 2, y)) for x, y in points]
    points = [(each.step.expected_seconds, each.usd_per_million) for each in best]
    plane.curve(points, "ink", thick=1.25)
    for each in best:
        point = (each.step.expected_seconds, each.usd_per_million)
        plane.dot(point, shades[_formats(each)])
        plane.keep_free(point)
    for letter, each in zip(ascii_lowercase, said, strict=False):
        plane.name((each.step.expected_seconds, each.usd_per_million), letter)
    meanings = {f"{kind} (weights/cache)": colour for kind, colour in shades.items()}
    low = key(scene, (0, scene.low + 8), meanings) + 6
    for letter, each in zip(ascii_lowercase, said, strict=False):
        scene.text((0, low), letter, "note", colour="ink", bold=True)
        words = f"{each.name}: {_told(each)}"
        low = scene.text((18, low), words, "note", colour="ink", width=scene.width - 18).bottom + 4


def _place(plane: Plane, each: Option) -> tuple[float, float]:
    return plane.at(each.step.expected_seconds, each.usd_per_million)
