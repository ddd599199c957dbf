"""How many requests a server finishes in a second, and how many of them in time."""

from __future__ import annotations

from collections.abc import Mapping

from tokenworks.figures.box import Box
from tokenworks.figures.marks import hatch, key
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

TALL = 26


def good_and_late(servers: Mapping[str, tuple[Number, Number]], *, caption: str = "") -> Figure:
    """Draw each server's rates as one bar: requests/s in time, then hatched those too late.

    `servers` maps a name to the two rates. No server, or one that finishes nothing, raises
    ValueError.
    """
    if not servers or any(sum(rates) <= 0 for rates in servers.values()):
        raise ValueError("give at least one server that finishes requests")
    most = max(sum(rates) for rates in servers.values())
    numbers: dict[str, Number] = {}
    for name, (good, late) in servers.items():
        numbers |= {f"{name}: good": good, f"{name}: late": late, f"{name}: finished": good + late}

    def layout(scene: Scene) -> None:
        low = 0.0
        for name, (good, late) in servers.items():
            head = scene.text((0, low), name, bold=True)
            said = f"finishes {show(good + late, 'requests/s', decimals=0)}"
            scene.text((scene.width, low), said, "note", side="end")
            scale = (scene.width - 2) / most
            bar = scene.rect(Box(1, head.bottom + 4, good * scale, TALL), "good")
            words = show(good, "requests/s", decimals=0)
            scene.inside(bar, f"goodput {words}", words)
            if late:
                rest = Box(bar.right, bar.y, late * scale, TALL)
                hatch(scene, rest)
                words = f"{late:,.0f} too late"
                scene.inside(rest, words, "late", role="note", colour="ink", halo=True)
            low = bar.bottom + 10
        key(scene, (0, low), {"kept every bound": "good", "finished too late": "hatch"})

    told = "; ".join(
        f"{name}: {good:,.0f} good and {late:,.0f} late a second"
        for name, (good, late) in servers.items()
    )
    return drawing(layout, alt=f"A bar a server. {told}.", caption=caption, numbers=numbers)
