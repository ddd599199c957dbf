"""Three kernels of naive attention between HBM and the chip, or one: what each reads and writes.

Pipes as wide as bytes. The fused kernel moves each array once, which is a floor for its traffic.
"""

from __future__ import annotations

from typing import Any

from tokenworks import specs
from tokenworks.cost.attention import flash_traffic, naive_traffic
from tokenworks.cost.attention_call import Tiles, Traffic, call_of
from tokenworks.widgets.kit import bytes_text, count_text, ratio
from tokenworks.widgets.stage import Stage, html_table

GRID: dict[str, tuple[Any, ...]] = {"fused": (False, True)}
KERNELS = {  # name: arrays that it reads, and that it writes
    False: (
        ("S = QKᵀ ÷ √D", "QK", "S"),
        ("P = softmax(S)", "S", "P"),
        ("O = PV", "PV", "O"),
    ),
    True: (("flash attention", "QKV", "O"),),
}


def traffic_of(model: str, tokens: int, *, fused: bool) -> Traffic:
    """Return what one layer's attention moves without a mask: in three kernels, or once each."""
    spec = specs.model_spec(model)
    call = call_of(spec, tokens, tokens)
    return flash_traffic(call, Tiles(tokens, 64)) if fused else naive_traffic(call)


def shown_at(model: str, tokens: int, chip: str, *, fused: bool) -> dict[str, Any]:
    """Return the kernels with the bytes of their arrays, all bytes, and two times in seconds.

    The fused kernel's operations are those of the whole square, as the three have them.
    """
    on, moved = specs.chip(chip), traffic_of(model, tokens, fused=fused)
    naive = traffic_of(model, tokens, fused=False)
    kernels = [
        {
            "name": name,
            "reads": [[array, moved.read[array]] for array in reads],
            "writes": [[array, moved.written[array]] for array in writes],
        }
        for name, reads, writes in KERNELS[fused]
    ]
    return {
        "kernels": kernels,
        "bytes": moved.bytes,
        "moving": ratio(moved.bytes, on.hbm_bytes_per_s),
        "working": ratio(naive.flops, on.peak()),
    }


class Fusion(Stage):
    """The live widget; `state` holds whether the kernels are fused."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return both ways as a table."""
        rows = []
        for way in self.data["ways"]:
            for kernel in way["kernels"]:
                said = (
                    ", ".join(f"{array} {bytes_text(size)}" for array, size in kernel[side])
                    for side in ("reads", "writes")
                )
                rows.append((kernel["name"], *said))
            rows.append(("in all", bytes_text(way["bytes"]), ""))
        return html_table(self.data["about"], ("Kernel", "reads", "writes"), rows)


def fusion(model: str = "llama-3-70b", tokens: int = 4096, chip: str = "a100-80gb") -> Fusion:
    """Return one layer's attention of a model as three kernels, with a button that fuses them."""
    spec, on = specs.model_spec(model), specs.chip(chip)
    ways = [shown_at(model, tokens, chip, fused=fused) for fused in GRID["fused"]]
    about = f"One layer of {spec.label}, {count_text(tokens)} tokens, {on.label}"
    data = {"ways": ways, "about": about, "rate": on.hbm_bytes_per_s}
    return Fusion(data=data, state={"fused": False})
