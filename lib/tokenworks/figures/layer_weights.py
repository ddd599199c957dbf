"""The matrices of one layer to scale, and what leaves them in a prefill and in a decode step."""

from __future__ import annotations

from tokenworks.architecture import ModelSpec
from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.shapes import layer_shapes
from tokenworks.units import plain, show_as

NAMES = {  # as the checkpoint calls a matrix -> as the picture does
    "wq": "query", "wk": "key", "wv": "value", "wo": "output",
    "w_gate": "gate", "w_up": "up", "w_down": "down",
}  # fmt: skip


def layer_matrices(spec: ModelSpec, *, prompt_tokens: int, bytes_per_param: Number = 2) -> Figure:
    """Draw every matrix of a layer as high as its input is wide, and the rows that leave it.

    A model whose layer has other matrices than a gated Llama's raises ValueError.
    """
    shapes = _shapes(spec)
    params = sum(d_out * d_in for d_out, d_in in shapes.values())
    weights, T = params * bytes_per_param, prompt_tokens
    work = {"prefill": 2 * params * T, "decode": 2 * params}
    numbers = {"weights": weights, "rows": T} | work
    numbers |= {f"{name}, out": d_out for name, (d_out, _) in shapes.items()}
    numbers |= {f"{name}, in": d_in for name, (_, d_in) in shapes.items()}
    said = {
        f"{plain(T)} rows leave each matrix: {show_as(work['prefill'], 'flops')}": "prefill",
        f"one row leaves it: {show_as(work['decode'], 'flops')}": "decode",
        f"read once for either: {show_as(weights, 'bytes')}": "weights",
    }

    def layout(scene: Scene) -> None:
        gap = 12 if scene.wide else 9
        across = sum(d_out for d_out, _ in shapes.values())
        per_px = across / (scene.width - 2 - gap * (len(shapes) - 1))
        top, x, edges = scene.line_height("note") + 4, 1.0, []
        for name, (d_out, d_in) in shapes.items():
            box = scene.rect(Box(x, top, d_out / per_px, d_in / per_px), "weights")
            rows = Box(x, box.bottom + 2, box.w, T / per_px)
            scene.rect(rows, "prefill")
            scene.rect(Box(x, rows.bottom + 2, box.w, max(1.0, 1 / per_px)), "decode")
            scene.inside(box, f"{plain(d_in)} × {plain(d_out)}", role="note")
            _name(scene, box, name)
            edges.append(rows.bottom)
            x = box.right + gap
        room = min(edges) + 16
        key(scene, (1, room if scene.wide else max(edges) + 14), said)

    alt = (
        "Seven matrices of one layer, to scale: key and value are slivers, the feed-forward three "
        f"are the largest. Under each a strip of {plain(T)} rows and a hairline, one row."
    )
    return drawing(layout, alt=alt, caption=_caption(spec), numbers=numbers)


def _shapes(spec: ModelSpec) -> dict[str, tuple[int, ...]]:
    found = {name.split(".")[-1]: s for name, s in layer_shapes(spec, 0).items() if len(s) == 2}
    if set(found) != set(NAMES):
        raise ValueError(f"{spec.name} has other matrices than {', '.join(NAMES)}")
    return {NAMES[name]: shape for name, shape in found.items()}


def _caption(spec: ModelSpec) -> str:
    return (
        f"One layer of {spec.label}, to scale. A prefill and a decode step read the same weights; "
        "what differs is how many rows they serve."
    )


def _name(scene: Scene, box: Box, name: str) -> None:
    """Name a matrix above it; a sliver by its first letter."""
    short = name if scene.measure(name, "note") <= box.w + 8 else name[0]
    wide = scene.measure(short, "note")
    x = min(max(box.cx, wide / 2), scene.width - wide / 2)
    scene.text((x, 0), short, "note", side="middle", colour="ink")
