"""One streamed request as time, to scale: what it waits for, and which stretch each metric is."""

from __future__ import annotations

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
    if client.generated < 3 or server.scheduled_seconds is None:
        raise ValueError("a timeline needs three tokens, and when the request was scheduled")
    sent, gaps = client.arrival_seconds, itl_seconds(client)
    begun, first = server.scheduled_seconds - sent, ttft_seconds(client)
    tokens = [time - sent for time in client.token_seconds]
    end, longest = e2el_seconds(client), max(gaps)
    at_longest = gaps.index(longest)
    numbers: dict[str, Number] = {"queue": begun, "TTFT": first, "E2EL": end}
    numbers |= {"TPOT": tpot_seconds(client), "longest gap": longest, "tokens": len(tokens)}

    def layout(scene: Scene) -> None:
        top = 2 * scene.line_height("note") + 14
        spans = [Span(0, begun, "panel", "waits in the queue|queue")]
        spans += [Span(begun, first, "prefill"), Span(first, end, "decode", faint=True)]
        at = lanes(scene, Box(5, top, scene.width - 5, TALL), {" ": spans}, end=end)
        for time in tokens:
            x = at(time)
            scene.shape(f"M{x:.1f} {top}v{TALL}", top + TALL, stroke="decode", thick=1.5)
        held = (at(tokens[at_longest]), at(tokens[at_longest + 1]))
        bracket(scene, held, y=top - 3, side="above")
        words, row = f"ITL, each gap: here {_time(longest)}", top - 9 - scene.line_height("note")
        scene.text((min(held[0], scene.width - scene.measure(words, "note")), row), words, "note")
        left, foot = at(begun) - 8, scene.line_height("note") - 2
        scene.text((left, 0), "prefill", "note", side="middle", colour="prefill", bold=True)
        scene.line([(left, foot), ((at(begun) + at(first)) / 2, top - 2)], "prefill", thick=1)
        low = bracket(scene, (at(0), at(first)), f"TTFT {_time(first)}", y=top + TALL + 4).bottom
        mean = f"TPOT, their mean: {_time(numbers['TPOT'])}"
        bracket(scene, (at(first) + 3, at(end)), mean, y=top + TALL + 4)
        low = bracket(scene, (at(0), at(end)), f"E2EL {_time(end)}", y=low + 4).bottom
        time_axis(scene, at, y=low + 10, end=end)

    alt = (
        f"One request over time. It waits {_time(begun)} in the queue, its first token comes after "
        f"{_time(first)} (TTFT), its last of {len(tokens)} after {_time(end)} (E2EL). The gaps "
        f"between tokens are {_time(numbers['TPOT'])} on average (TPOT), the longest "
        f"{_time(longest)} (ITL)."
    )
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _time(seconds: Number) -> str:
    return show(seconds, "s", decimals=2) if seconds >= 1 else show(seconds, "ms", decimals=0)
