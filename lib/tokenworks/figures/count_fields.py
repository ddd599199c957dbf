"""How many of a thing there are: a small square for each, on one grid, with the count."""

from __future__ import annotations

from collections.abc import Mapping

from tokenworks.figures.marks import squares
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.units import plain

GAP = 1.5  # between two squares, px


def count_squares(
    counts: Mapping[str, int], unit: str, *, alt: str, caption: str = "", fill: str = "activations"
) -> Figure:
    """Draw a square for each of the things counted, name and count at each row of squares.

    `unit` names the things, in the plural. No counts, or one below 1, raise ValueError.
    """
    if not counts or min(counts.values()) < 1:
        raise ValueError("squares need something to count: at least one of each")
    most = max(counts.values())

    def layout(scene: Scene) -> None:
        names = max(scene.measure(name) for name in counts) + 12 if scene.wide else 0.0
        said = max(scene.measure(f"{plain(n)} {unit}", bold=True) for n in counts.values()) + 10
        columns = most if scene.wide else -(-most // 2)
        size = min(14.0, (scene.width - names - said + GAP) / columns - GAP)
        low = 0.0
        for name, count in counts.items():
            if not scene.wide:
                low = scene.text((0, low), name).bottom + 4
            tall = max(-(-count // columns) * (size + GAP), scene.line_height())
            top = low + (tall - -(-count // columns) * (size + GAP)) / 2
            field = squares(
                scene, (names, top), count, columns=columns, size=size, gap=GAP, fill=fill
            )
            middle = low + tall / 2 - scene.size() / 2
            if scene.wide:
                scene.text((names - 12, middle), name, side="end")
            scene.text((field.right + 10, middle), f"{plain(count)} {unit}", bold=True)
            low += tall + 9

    words = numbers_in(" ".join([*counts, unit, alt, caption]))
    return drawing(layout, alt=alt, caption=caption, numbers={**counts, **words})
