"""What attention keeps: the causal triangle with the newest row lit, and where its bytes lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tokenworks.architecture import AttentionSpec
from tokenworks.cost.memory import kv_bytes_per_token
from tokenworks.figures.box import Box, Point
from tokenworks.figures.marks import polygon
from tokenworks.figures.matrices import edge, matrix
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain, show


def causal_triangle(tokens: Sequence[str], *, alt: str, caption: str = "") -> Figure:
    """Draw who looks at whom among these tokens: the last one's row is lit, its past kept.

    Keys and values of all tokens are solid, queries but the last are outlines: thrown away.
    Fewer than two tokens raise ValueError.
    """
    if len(tokens) < 2:
        raise ValueError("a triangle needs at least two tokens")
    count = len(tokens)

    def layout(scene: Scene) -> None:
        side = 34.0 if scene.wide else 24.0
        left = max(scene.measure(token, "note") for token in tokens) + 8
        squares = Box(left + side + 12, 0, count * side, side)
        top = scene.text((squares.x, 0), "keys: kept", colour="keys", bold=True).bottom + 4
        matrix(scene, replace(squares, y=top), "keys", columns=count, gap=2)
        top += side + 8
        _scores(scene, Box(squares.x, top, squares.w, squares.w), count)
        _asked(scene, Box(left, top, side, squares.w), tokens)
        low = top + squares.w + 8
        matrix(scene, replace(squares, y=low), "values", columns=count, gap=2)
        scene.text((squares.x, low + side + 2), "values: kept", colour="values", bold=True)
        if scene.wide:
            _notes(scene, (squares.right + 26, top), step=3 * side)
        else:
            _notes(scene, (0, low + side + 28), step=0)

    return drawing(layout, alt=alt, caption=caption, numbers={"tokens": count})


NOTES = (
    "No token looks at a later one, so an old row never changes.",
    "The queries of old tokens have been asked and answered: thrown away.",
    "The newest token asks once: its query against all keys, then a mix of all values.",
)


def _scores(scene: Scene, box: Box, count: int) -> None:
    """Draw the triangle, its last row in full colour."""
    matrix(
        scene,
        box,
        lambda row, column: "scores" if row == count - 1 else "",
        rows=count,
        columns=count,
        gap=2,
        faint=lambda row, column: "scores" if column <= row else "",
    )


def _asked(scene: Scene, box: Box, tokens: Sequence[str]) -> None:
    """Draw the queries with their tokens: outlines but for the last."""
    newest = len(tokens) - 1
    paint = {newest: "queries"}
    cell = matrix(scene, box, lambda row, _: paint.get(row, ""), rows=len(tokens), gap=2)
    for row, token in enumerate(tokens):
        if row < newest:
            scene.rect(cell(row, 0), stroke="muted", dashed=True)
        edge(scene, cell(row, 0), token, at="left", colour="ink" if row == newest else "muted")


def _notes(scene: Scene, at: Point, *, step: Number) -> None:
    """Say what the parts of the triangle mean, each `step` px below the last one's top or more."""
    x, low = at
    for i, words in enumerate(NOTES):
        low = max(low, at[1] + i * step)
        low = scene.text((x, low), words, "note", width=scene.width - x).bottom + 6


def kv_block(
    spec: AttentionSpec, *, bytes_per_value: Number, alt: str, caption: str = ""
) -> Figure:
    """Draw what one token leaves: a block of layers, KV heads and numbers, twice; its bytes.

    Models with windowed layers or a latent raise ValueError: they keep no such block.
    """
    if spec.kv_lora_rank or spec.is_windowed:
        raise ValueError(f"{spec.name} keeps no block of layers, heads and numbers for a token")
    L, K, D = spec.n_layers, spec.n_kv_heads, spec.d_head
    total = kv_bytes_per_token(spec, bytes_per_value)
    width = "1 byte" if bytes_per_value == 1 else f"{plain(bytes_per_value)} bytes"
    product = f"2 × {L} layers × {K} heads × {D} numbers × {width}"

    def layout(scene: Scene) -> None:
        side = scene.measure(f"K = {K} heads", "note") + 10
        deep, row = ((110.0, 70.0), 14.0) if scene.wide else ((44.0, 40.0), 12.0)
        gap = 26.0 if scene.wide else 12.0
        wide = (scene.width - side - 2 * deep[0] - gap) / 2
        top = deep[1] + 24
        for i, (name, colour) in enumerate((("a key", "keys"), ("a value", "values"))):
            box = Box(side + i * (wide + deep[0] + gap), top, wide, K * row)
            _extrude(scene, box, deep, sheets=L, fill=colour)
            matrix(scene, box, colour, rows=K, gap=1.5)
            edge(scene, box, f"D = {D} numbers" if scene.wide else f"D = {D}", at="below")
            scene.text((box.x, box.bottom + 24), name, colour=colour, bold=True)
        edge(scene, Box(side, top, wide, K * row), f"K = {K} heads", at="left")
        scene.text((side + (wide + deep[0]) / 2, 0), f"L = {L} layers", "note", side="middle")
        low = scene.text((0, scene.low + 14), product, width=scene.width).bottom + 4
        scene.text((0, low), f"= {show(total, 'KB', decimals=0)} for one token", "title")

    numbers = {
        "key and value": 2,
        "layers": L,
        "heads": K,
        "numbers": D,
        "bytes": bytes_per_value,
        "token": total,
    }
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _extrude(scene: Scene, box: Box, deep: Point, *, sheets: int, fill: str) -> None:
    """Draw the top and the right side of a block behind a box, a line for each sheet."""
    dx, dy = deep
    top = [
        (box.x, box.y),
        (box.right, box.y),
        (box.right + dx, box.y - dy),
        (box.x + dx, box.y - dy),
    ]
    right = [(box.right, box.y), (box.right, box.bottom)]
    right += [(box.right + dx, box.bottom - dy), (box.right + dx, box.y - dy)]
    polygon(scene, top, fill, faint=True)
    polygon(scene, right, fill, faint=True)
    d = ""
    for i in range(1, sheets + 1):
        x, y = dx * i / sheets, dy * i / sheets
        d += f"M{box.x + x:.1f} {box.y - y:.1f}H{box.right + x:.1f}V{box.bottom - y:.1f}"
    scene.shape(d, box.bottom, stroke=fill, thick=0.5)
