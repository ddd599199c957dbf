"""What the first token of each request waited for, on one scale: the queue, then its prompt."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.figures.timelines import Span, lanes, time_axis
from tokenworks.number import Number
from tokenworks.serving.metrics import Scheduled, Timed, ttft_seconds
from tokenworks.units import show

TALL, GAP = 15, 4  # px


def first_token_waits(
    requests: Mapping[str, tuple[Timed, Scheduled]], *, caption: str = ""
) -> Figure:
    """Draw each request as a bar from sending to first token: in the queue, then in prefill.

    A request is what its client saw and what its server knew. None at all, or one that never stood
    in a batch, raises ValueError.
    """
    if not requests:
        raise ValueError("there is nothing to draw: give at least one request")
    parts: dict[str, tuple[float, float]] = {}
    numbers: dict[str, Number] = {}
    for name, (client, server) in requests.items():
        if server.scheduled_seconds is None:
            raise ValueError(f"{name!r} never stood in a batch")
        queue = server.scheduled_seconds - client.arrival_seconds
        parts[name] = (queue, ttft_seconds(client))
        numbers |= {f"{name}: queue": queue, f"{name}: TTFT": parts[name][1]}
    told = "; ".join(
        f"{name} {show(ttft, 's', decimals=2)}, "
        f"of which {show(queue, 's', decimals=2)} in the queue"
        for name, (queue, ttft) in parts.items()
    )
    alt = f"Bars from sending a request to its first token: {told}."
    layout = partial(_layout, parts=parts)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _layout(scene: Scene, *, parts: Mapping[str, tuple[float, float]]) -> None:
    longest = max(ttft for _, ttft in parts.values())
    rows = {
        name: [Span(0, queue, "panel"), Span(queue, ttft, "prefill")]
        for name, (queue, ttft) in parts.items()
    }
    box = Box(0, 0, scene.width, (TALL + GAP) * len(rows) - GAP)
    end = longest * (1.16 if scene.wide else 1.3)
    at = lanes(scene, box, rows, end=end, gap=GAP)
    for i, (_, ttft) in enumerate(parts.values()):
        middle = i * (TALL + GAP) + TALL / 2 - scene.size("note") / 2
        said = show(ttft, "s", decimals=2)
        scene.text((at(ttft) + 6, middle), said, "note", colour="ink", bold=True)
    low = time_axis(scene, at, y=box.bottom + 6, end=end)
    key(scene, (0, low + 8), {"waits in the queue": "panel", "prefill": "prefill"})
