"""One streamed request as time, to scale: what it waits for, and which stretch each metric is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise

from tokenworks.figures.box import Box
from tokenworks.figures.marks import bracket
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.figures.timelines import Span, lanes, time_axis
from tokenworks.number import Number
from tokenworks.serving.metrics import (
    Scheduled,
    Timed,
    e2el_seconds,
    itl_seconds,
    tpot_seconds,
    ttft_seconds,
)
from tokenworks.units import show

TALL = 40


def request_timeline(client: Timed, server: Scheduled, *, caption: str = "") -> Figure:
    """Draw a request on one clock: the client saw the tokens, the server knows when it began.

    An answer of less than three tokens, or one that never stood in a batch, raises ValueError.
    """
    mean = tpot_seconds(client)
    if client.generated < 3 or server.scheduled_seconds is None or mean is None:
        raise ValueError("a timeline needs three tokens, and when the request was scheduled")
    numbers: dict[str, Number] = {
        "queue": server.scheduled_seconds - client.arrival_seconds,
        "TTFT": ttft_seconds(client),
        "E2EL": e2el_seconds(client),
        "TPOT": mean,
        "longest gap": max(itl_seconds(client)),
        "tokens": client.generated,
    }
    tokens = [time - client.arrival_seconds for time in client.token_seconds]
    said = {name: _time(value) for name, value in numbers.items()}
    alt = (
        f"One request over time. It waits {said['queue']} in the queue, its first token comes "
        f"after {said['TTFT']} (TTFT), its last of {len(tokens)} after {said['E2EL']} (E2EL). The "
        f"gaps between tokens are {said['TPOT']} on average (TPOT), the longest "
        f"{said['longest gap']} (ITL)."
    )
    layout = partial(_layout, tokens=tokens, numbers=numbers, said=said)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _layout(
    scene: Scene,
    *,
    tokens: Sequence[float],
    numbers: Mapping[str, Number],
    said: Mapping[str, str],
) -> None:
    begun, first, end = numbers["queue"], numbers["TTFT"], numbers["E2EL"]
    top = 2 * scene.line_height("note") + 14
    spans = [Span(0, begun, "panel", "waits in the queue|queue")]
    spans += [Span(begun, first, "prefill"), Span(first, end, "decode", faint=True)]
    at = lanes(scene, Box(5, top, scene.width - 5, TALL), {" ": spans}, end=end)
    for time in tokens:
        x = at(time)
        scene.shape(f"M{x:.1f} {top}v{TALL}", top + TALL, stroke="decode", thick=1.5)
    _above(scene, top, [at(time) for time in tokens], said=said, read=(at(begun), at(first)))
    low = bracket(scene, (at(0), at(first)), f"TTFT {said['TTFT']}", y=top + TALL + 4).bottom
    mean = f"TPOT, their mean: {said['TPOT']}"
    bracket(scene, (at(first) + 3, at(end)), mean, y=top + TALL + 4)
    low = bracket(scene, (at(0), at(end)), f"E2EL {said['E2EL']}", y=low + 4).bottom
    time_axis(scene, at, y=low + 10, end=end)


def _above(
    scene: Scene,
    top: Number,
    marks: Sequence[Number],
    *,
    said: Mapping[str, str],
    read: tuple[Number, Number],
) -> None:
    """Name what stands in the bar from above: the longest gap, and the prefill."""
    gap = max(pairwise(marks), key=lambda pair: pair[1] - pair[0])
    bracket(scene, gap, y=top - 3, side="above")
    words, line = f"ITL, each gap: here {said['longest gap']}", scene.line_height("note")
    left = min(gap[0], scene.width - scene.measure(words, "note"))
    scene.text((left, top - 9 - line), words, "note")
    middle = read[0] - 8
    scene.text((middle, 0), "prefill", "note", side="middle", colour="prefill", bold=True)
    scene.line([(middle, line - 2), (sum(read) / 2, top - 2)], "prefill", thick=1)


def _time(seconds: Number) -> str:
    return show(seconds, "s", decimals=2) if seconds >= 1 else show(seconds, "ms", decimals=0)
