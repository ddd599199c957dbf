"""The key shape of each chapter, small: what the map on the landing page shows beside its name.

The shapes are signs and not to scale; the chapters draw the same things to scale. Colours are the
meanings of `theme.css`.
"""

from __future__ import annotations

WIDTH, HEIGHT = 96, 60
WEIGHTS, KV, QUERIES = "var(--tw-weights)", "var(--tw-kv)", "var(--tw-queries)"
SCORES, ACTIVATIONS = "var(--tw-scores)", "var(--tw-activations)"
PREFILL, DECODE, LINE = "var(--tw-prefill)", "var(--tw-decode)", "var(--tw-muted)"


def box(*place: float, fill: str, more: str = "") -> str:
    """Return a filled rectangle; `place` is x, y, width and height."""
    x, y, width, height = place
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" {more}/>'


def stroke(path: str, colour: str = LINE, *, more: str = "") -> str:
    """Return a line without a filling."""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5" {more}/>'


def row(
    count: int, x: float, y: float, *, step: float, size: tuple[float, float], fill: str
) -> str:
    """Return equal rectangles side by side."""
    return "".join(box(x + i * step, y, *size, fill=fill) for i in range(count))


def dot(x: float, y: float, radius: float, *, fill: str = DECODE) -> str:
    """Return a filled circle."""
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}"/>'


DASHED = 'stroke-dasharray="4 3"'
HATCHED = 'fill-opacity="0.25"'

SHAPES: dict[str, str] = {
    # six stages and the arrow that leads back
    "token-factory": row(6, 4, 24, step=15, size=(11, 16), fill=WEIGHTS)
    + stroke("M84 20V8H24V18", DECODE)
    + stroke("M19 14 24 20 29 14", DECODE),
    # probabilities of the next token, one drawn
    "generation": "".join(
        box(8 + 14 * i, 52 - tall, 10, tall, fill=DECODE if i == 1 else SCORES)
        for i, tall in enumerate((40, 27, 16, 9, 5, 3))
    )
    + stroke("M4 53H92"),
    # one wide pass, then many narrow ones
    "prefill-decode": box(4, 10, 34, 40, fill=PREFILL)
    + row(7, 42, 10, step=7.5, size=(4, 40), fill=DECODE)
    + stroke("M4 55H92"),
    # the roof, and one operation below it
    "roofline": stroke("M8 54 46 14H90")
    + stroke("M46 14V54", more=DASHED)
    + dot(27, 42, 5)
    + dot(72, 19, 5, fill=PREFILL),
    # one memory: weights, then conversations until it is full
    "kv-cache": box(4, 14, 48, 32, fill=WEIGHTS)
    + row(5, 55, 14, step=7.5, size=(5.5, 32), fill=KV)
    + stroke("M3 12H93V48H3Z"),
    # one request in time: the wait, the first token, the gaps
    "metrics": stroke("M6 38H92")
    + box(6, 30, 18, 8, fill=LINE, more=HATCHED)
    + box(24, 30, 16, 8, fill=PREFILL)
    + row(6, 44, 30, step=8.5, size=(3, 8), fill=DECODE)
    + stroke("M6 20V14H40V20")
    + stroke("M44 48V53H89V48"),
    # slots that are refilled as soon as they are free
    "batching": "".join(
        box(x, 8 + 12 * lane, width, 8, fill=fill)
        for lane, pieces in enumerate(
            (
                ((4, 40, DECODE), (46, 30, PREFILL)),
                ((4, 18, DECODE), (24, 52, KV)),
                ((4, 28, PREFILL), (34, 20, DECODE), (56, 34, KV)),
                ((4, 60, KV), (66, 24, DECODE)),
            )
        )
        for x, width, fill in pieces
    ),
    # slivers of queries and keys beside the square that is never written
    "flash-attention": box(6, 10, 5, 42, fill=QUERIES)
    + box(15, 10, 5, 42, fill=KV)
    + box(28, 10, 42, 42, fill=SCORES, more=HATCHED)
    + box(42, 24, 14, 14, fill=SCORES)
    + box(78, 10, 5, 42, fill=ACTIVATIONS),
    # a table of blocks, and a pool in which they lie anywhere
    "paged-attention": row(4, 6, 8, step=11, size=(9, 9), fill=LINE)
    + "".join(
        box(x, y, 12, 12, fill=KV) if held else box(x, y, 12, 12, fill=LINE, more=HATCHED)
        for x, y, held in (
            (6 + 15 * (i % 6), 26 + 15 * (i // 6), i in (1, 4, 6, 9)) for i in range(12)
        )
    ),
    # four guesses, three accepted
    "speculation": row(3, 8, 22, step=20, size=(16, 16), fill=DECODE)
    + box(68, 22, 16, 16, fill=LINE, more=HATCHED)
    + stroke("M68 22 84 38M84 22 68 38"),
    # the same number in 16, 8 and 4 bits
    "quantization": "".join(
        row(bits, 6, 8 + 16 * i, step=5.3, size=(4, 11), fill=WEIGHTS)
        for i, bits in enumerate((16, 8, 4))
    ),
    # four chips with a piece each, and the links between them
    "parallelism": stroke("M28 17H68M28 45H68M18 24V38M78 24V38", ACTIVATIONS)
    + "".join(box(x, y, 20, 16, fill=WEIGHTS) for x in (8, 68) for y in (8, 36)),
    # one address, several engines
    "serving": stroke("M24 30 62 12M24 30H62M24 30 62 48")
    + box(6, 22, 18, 16, fill=PREFILL)
    + "".join(box(62, y, 26, 12, fill=DECODE) for y in (6, 24, 42)),
    # the price of a token falls with the batch, down to its floor
    "economics": stroke("M8 8C14 40 30 46 90 47", DECODE)
    + stroke("M8 52H92", more=DASHED)
    + stroke("M8 6V54"),
    # a slice of 4 by 4 chips
    "llama-70b-on-tpu": "".join(
        box(22 + 14 * (i % 4), 4 + 14 * (i // 4), 10, 10, fill=WEIGHTS) for i in range(16)
    ),
    # controls
    "showcase": "".join(
        stroke(f"M8 {y}H88") + dot(x, y, 6) for x, y in ((30, 14), (66, 30), (48, 46))
    ),
    # measured against computed
    "model-vs-reality": stroke("M10 54 88 6", more=DASHED)
    + "".join(
        dot(x, y, 3.5) for x, y in ((22, 51), (34, 42), (45, 41), (54, 32), (66, 29), (78, 17))
    ),
}


def thumbnail(name: str) -> str:
    """Return a chapter's shape as an SVG; ValueError for a chapter that has none."""
    if name not in SHAPES:
        raise ValueError(f"draw a shape for {name!r} in {__name__}.SHAPES; it is on the map")
    return (
        f'<svg class="thumbnail" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'aria-hidden="true" focusable="false">{SHAPES[name]}</svg>'
    )
