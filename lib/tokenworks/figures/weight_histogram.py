"""How the weights of a layer are spread, its outliers in sight, over the levels of a grid."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, titled_axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain

BINS = (121, 61)  # odd, so that 0 is in the middle of one: on a wide screen, and on a phone
STROKE = 14.0  # px, of a level


def weights_and_levels(
    weights: Sequence[Number],
    levels: Mapping[str, Sequence[Number]],
    *,
    title: str,
    fill: str = "weights",
    caption: str = "",
) -> Figure:
    """Draw how many weights have which value, on a log scale, and the levels of each grid below.

    The farthest weight is marked with its distance in standard deviations. Fewer than two different
    weights raise ValueError.
    """
    values = [float(weight) for weight in weights]
    if len(set(values)) < 2:
        raise ValueError("a histogram needs at least two different weights")
    mean = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))
    far = max(values, key=abs)
    away = plain(round(abs(far - mean) / deviation))
    words = f"farthest: {plain(round(far, 3))},\n{away} standard\ndeviations"
    told = f"{plain(len(values))} weights, standard deviation {plain(round(deviation, 4))}, "
    told += words.replace("\n", " ")
    alt = f"A histogram with logarithmic counts. {title}: {told}. "
    alt += "; ".join(f"{name}: {len(v)} levels" for name, v in levels.items()) + "."
    numbers: dict[str, Number] = dict(numbers_in(f"{title} {caption} {told} {' '.join(levels)}"))
    numbers |= {f"{name}: levels": len(found) for name, found in levels.items()}
    layout = partial(
        _layout, values=values, levels=levels, title=title, fill=fill, mark=(far, words)
    )
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _layout(
    scene: Scene,
    *,
    values: Sequence[float],
    levels: Mapping[str, Sequence[Number]],
    title: str,
    fill: str,
    mark: tuple[float, str],
) -> None:
    edge = 1.04 * max(abs(value) for value in [*values, *(v for lv in levels.values() for v in lv)])
    bins = BINS[not scene.wide]
    counts = Counter(min(bins - 1, int((v + edge) / (2 * edge) * bins)) for v in values)
    scales = (Scale(-edge, edge), Scale(0.6, 3 * max(counts.values()), "log"))
    labels = ("weight", "weights of this value, log scale")
    plane = titled_axes(scene, title, scales, labels=labels, margin=8)
    _bars(plane, counts, bins=bins, fill=fill)
    _name_farthest(plane, *mark)
    for name, found in levels.items():
        head = scene.text((0, scene.low + 8), f"{name}, {len(found)} levels", "note", colour="ink")
        top = head.bottom + 4
        d = "".join(f"M{plane.at(v, 1)[0]:.1f} {top:.1f}v{STROKE:g}" for v in found)
        scene.shape(d, top + STROKE, stroke="2", thick=2)


def _name_farthest(plane: Plane, far: float, words: str) -> None:
    """Say in the upper corner of its side which weight is farthest, with a line down to it."""
    scene, box = plane.scene, plane.box
    side = "end" if far > 0 else "start"
    at = (box.right if far > 0 else box.x + 4, box.y + 4)
    low = scene.text(at, words, "note", side=side, colour="ink").bottom + 4
    x, tip = plane.at(far, 2)
    scene.line([(x, low), (x, tip)], "muted", thick=1, dashed=True)


def _bars(plane: Plane, counts: Mapping[int, int], *, bins: int, fill: str) -> None:
    """Draw the histogram as one path."""
    box, wide = plane.box, plane.box.w / bins
    bars = []
    for i, count in sorted(counts.items()):
        top = plane.at(plane.x.low, count)[1]
        left, right = box.x + i * wide, box.x + (i + 1) * wide
        bars.append(f"M{left:.1f} {box.bottom:.1f}V{top:.1f}H{right:.1f}V{box.bottom:.1f}z")
    plane.scene.shape("".join(bars), box.bottom, fill)
