"""How query heads share keys and values: wires from heads to stripes whose widths are to scale."""

from __future__ import annotations

from collections.abc import Mapping

from tokenworks.architecture import AttentionSpec
from tokenworks.cost.memory import kv_bytes_per_token
from tokenworks.figures.box import Box
from tokenworks.figures.matrices import matrix
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show


def kv_sharing(
    kinds: Mapping[str, AttentionSpec], *, bytes_per_value: Number, alt: str, caption: str = ""
) -> Figure:
    """Draw each kind of attention: query heads above, wired to the stripes that a layer keeps.

    A stripe is as wide as the numbers of its keys and values; the widest kind takes the whole
    width. Windowed models, and kinds with different numbers of query heads, raise ValueError.
    """
    if len({spec.n_heads for spec in kinds.values()}) != 1:
        raise ValueError("kinds of attention are compared at the same number of query heads")
    most = max(spec.kv_values_per_layer for spec in kinds.values())
    bytes_of = {name: kv_bytes_per_token(spec, bytes_per_value) for name, spec in kinds.items()}

    def layout(scene: Scene) -> None:
        low = 0.0
        for name, spec in kinds.items():
            words = f"{show(bytes_of[name], 'KB', decimals=0)} a token"
            text = scene.text((0, low), name, "title")
            beside = text.right + 14 + scene.measure(words) <= scene.width
            top = low if beside else text.bottom + 2
            text = scene.text(
                (scene.width if beside else 0, top), words, side="end" if beside else "start"
            )
            low = _wired(scene, text.bottom + 6, spec, most=most) + 20

    numbers: dict[str, Number] = {"heads": next(iter(kinds.values())).n_heads}
    for name, spec in kinds.items():
        numbers |= {name: bytes_of[name], f"{name}, KV heads": spec.n_kv_heads}
        numbers |= {f"{name}, latent": spec.kv_lora_rank, f"{name}, rope": spec.d_head_rope}
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _wired(scene: Scene, top: Number, spec: AttentionSpec, *, most: int) -> Number:
    """Draw one kind: heads, wires, stripes; return the lower edge."""
    heads, wide = spec.n_heads, scene.width
    tall, drop = (10.0, 26.0) if scene.wide else (8.0, 22.0)
    matrix(scene, Box(0, top, wide, tall), "queries", columns=heads, gap=1.0)
    stripes = 1 if spec.kv_lora_rank else spec.n_kv_heads
    each = spec.kv_values_per_layer / most * wide / stripes
    below = top + tall + drop
    d, group = "", heads // stripes
    for head in range(heads):
        middle = (head // group + 0.5) * wide / stripes
        d += f"M{(head + 0.5) * wide / heads:.1f} {top + tall + 1:.1f}L{middle:.1f} {below - 1:.1f}"
    scene.shape(d, below, stroke="muted", thick=0.6)
    gap = min(1.0, each / 4)
    for i in range(stripes):
        x = (i + 0.5) * wide / stripes - each / 2 + gap / 2
        if spec.kv_lora_rank:
            scene.rect(Box(x, below, each - gap, 22), "kv")
        else:
            half = (each - gap) / 2
            scene.rect(Box(x, below, half, 22), "keys")
            scene.rect(Box(x + half, below, half, 22), "values")
    return below + 22
