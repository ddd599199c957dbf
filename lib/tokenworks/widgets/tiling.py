"""SIM-09: naive and flash attention side by side: HBM traffic, and the SRAM that a tile needs.

Traffic and SRAM are those of one head of one sequence, as cost/attention.py counts them. What a
tile does to m, ℓ and o is in `tile_walk`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenworks import specs
from tokenworks.cost.attention import flash_traffic, naive_traffic
from tokenworks.cost.attention_call import AttentionCall, Tiles, matrix_bytes, query_tiles
from tokenworks.cost.roofline import ridge_intensity
from tokenworks.cost.tiles import (
    ON_GPU,
    ON_TPU,
    Layout,
    require_fit,
    tile_register_bytes,
    tile_sram,
)
from tokenworks.data.chip_memory import level
from tokenworks.number import Number
from tokenworks.widgets.kit import bytes_text, count_text, ratio, seconds_text, significant
from tokenworks.widgets.stage import Stage, chosen, html_table
from tokenworks.widgets.tile_walk import one_head

SIZES = (32, 64, 128, 256, 512, 1024)
GRID: dict[str, tuple[Any, ...]] = {
    "tokens": (512, 1024, 2048, 4096, 8192, 16_384, 32_768, 131_072),
    "q_tile": SIZES,
    "kv_tile": SIZES,
    "d_head": (64, 128, 256),
    "chip": ("a100-80gb", "h100-sxm", "tpu-v5e"),
    "causal": (True, False),
}
# The innermost memory that a kernel fills, and how its tiles lie there.
CORES = {
    "a100-80gb": ("a100-80gb-l1", ON_GPU),
    "h100-sxm": ("h100-sxm-l1", ON_GPU),
    "tpu-v5e": ("tpu-v5e-vmem", ON_TPU),
}
TILES = ("q_tile", "kv_tile")
PARTS = ("Q", "K", "V", "O", "S", "m", "l", "out")


def call_at(**state: Any) -> AttentionCall:
    """Return one head's attention over all its tokens at these controls."""
    return one_head(state["tokens"], state["d_head"], causal=state["causal"])


def sram_of(chip: str) -> tuple[int, Layout]:
    """Return the bytes that one program's tiles may fill on a chip, and their layout."""
    name, layout = CORES[chip]
    return level(name).program_bytes or 0, layout


def shown_at(**state: Any) -> dict[str, Any]:
    """Return what the widget shows at these controls: bytes, FLOP/B, seconds, steps, and the fit.

    Seconds are at the chip's HBM rate; `unfit` is empty where the tiles fit, or says which would.
    """
    call, tiles = call_at(**state), Tiles(state["q_tile"], state["kv_tile"])
    naive, flash = naive_traffic(call), flash_traffic(call, tiles)
    rate, parts = specs.chip(state["chip"]).hbm_bytes_per_s, parts_of(call, tiles, state["chip"])
    return {
        "matrix": matrix_bytes(call),
        "naive": naive.bytes,
        "flash": flash.bytes,
        "times": ratio(naive.bytes, flash.bytes),
        "naive_seconds": ratio(naive.bytes, rate),
        "flash_seconds": ratio(flash.bytes, rate),
        "naive_intensity": significant(naive.intensity, 6),
        "flash_intensity": significant(flash.intensity, 6),
        "steps": steps_of(call, tiles),
        "parts": parts,
        "sram": sum(parts),
        "registers": registers_of(call, tiles, state["chip"]),
        "unfit": unfit(call, tiles, state["chip"]),
    }


def steps_of(call: AttentionCall, tiles: Tiles) -> int:
    """Return how many pairs of a query tile and a key tile are worked on."""
    return sum(tile.tiles_seen for tile in query_tiles(call, tiles))


def parts_of(call: AttentionCall, tiles: Tiles, chip: str) -> list[Number]:
    """Return the bytes of each part of the tiles in the chip's SRAM, 0 for what is elsewhere."""
    live = tile_sram(call, tiles, layout=sram_of(chip)[1])
    return [live.get(name, 0) for name in PARTS]


def registers_of(call: AttentionCall, tiles: Tiles, chip: str) -> Number:
    """Return the bytes that stand in the chip's registers instead."""
    return tile_register_bytes(call, tiles, layout=sram_of(chip)[1])


def unfit(call: AttentionCall, tiles: Tiles, chip: str) -> str:
    """Return "" where the tiles fit into one core, else which is the largest pair that does."""
    sram_bytes, layout = sram_of(chip)
    try:
        require_fit(call, tiles, sram_bytes, layout=layout)
    except ValueError as larger:
        return str(larger).rpartition(": ")[2]
    return ""


def _over(names: tuple[str, ...], wanted: Any, state: dict[str, Any] | None = None) -> Any:
    """Return nested lists of what `wanted` says at every value of the named controls."""
    if not names:
        return wanted(state)
    first, *rest = names
    return [_over(tuple(rest), wanted, (state or {}) | {first: value}) for value in GRID[first]]


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up, in the order of the grid's controls."""
    some = {"tokens": 512, "d_head": 64, "causal": False, "q_tile": 32, "kv_tile": 32}

    def at(state: dict[str, Any]) -> tuple[AttentionCall, Tiles]:
        of = some | state
        call = call_at(tokens=of["tokens"], d_head=of["d_head"], causal=of["causal"])
        return call, Tiles(of["q_tile"], of["kv_tile"])

    def moved(state: dict[str, Any]) -> list[Number]:
        found = flash_traffic(*at(state))
        return [found.bytes, significant(found.intensity, 6)]

    def plain(state: dict[str, Any]) -> list[Number]:
        found = naive_traffic(at(state)[0])
        return [found.bytes, significant(found.intensity, 6)]

    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "chips": {name: _chip_table(name) for name in GRID["chip"]},
        "parts_names": PARTS,
        "matrix": _over(("tokens",), lambda state: matrix_bytes(at(state)[0])),
        "naive": _over(("tokens", "d_head"), plain),
        "flash": _over(("tokens", "d_head", "causal", *TILES), moved),
        "steps": _over(("tokens", "causal", *TILES), lambda state: steps_of(*at(state))),
        "registers": _over(("chip", "d_head", *TILES), lambda s: registers_of(*at(s), s["chip"])),
        "parts": _over(("chip", "d_head", *TILES), lambda s: parts_of(*at(s), s["chip"])),
        "unfit": _over(("chip", "d_head", *TILES), lambda s: unfit(*at(s), s["chip"])),
    }


def _chip_table(name: str) -> dict[str, Any]:
    on, held, layout = specs.chip(name), level(CORES[name][0]), CORES[name][1]
    return {
        "label": on.label,
        "memory": held.label,
        "sram": held.program_bytes,
        "registers": layout.register_bytes if layout.registers else 0,
        "rate": on.hbm_bytes_per_s,
        "ridge": ridge_intensity(on.bf16_flops_per_s, on.hbm_bytes_per_s),
    }


class Tiling(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return the traffic and the SRAM of square tiles at the state's other controls."""
        state = {name: self.state[name] for name in GRID}
        found = shown_at(**state)
        caption = (
            f"One head of {state['d_head']}, {count_text(state['tokens'])} tokens"
            f"{', causal' if state['causal'] else ''}, {specs.chip(state['chip']).label}: naive "
            f"attention moves {bytes_text(found['naive'])} through HBM, "
            f"{seconds_text(found['naive_seconds'])} at its rate"
        )
        head = ("Tiles", "Flash moves", "at the HBM's rate", "SRAM", "fits")
        return html_table(caption, head, [_row(state | dict.fromkeys(TILES, n)) for n in SIZES])


def _row(state: dict[str, Any]) -> tuple[str, ...]:
    found = shown_at(**state)
    return (
        f"{state['q_tile']} × {state['kv_tile']}",
        bytes_text(found["flash"]),
        seconds_text(found["flash_seconds"]),
        bytes_text(found["sram"]),
        f"no: {found['unfit']}" if found["unfit"] else "yes",
    )


def tiling(tokens: int = 4096, chip: str = "h100-sxm", **controls: Any) -> Tiling:
    """Return SIM-09, attention tile by tile; every value must be on the grid.

    `controls`: q_tile, kv_tile, d_head, causal.
    """
    shown = chosen(controls, q_tile=128, kv_tile=128, d_head=128, causal=True)
    return Tiling(data=tabulated(), state={"tokens": tokens, "chip": chip, **shown})
