"""SIM-05: the memories of a chip as nested boxes, registers innermost, the disk outermost."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

from tokenworks import specs
from tokenworks.cost.memory import weight_bytes
from tokenworks.data.chip_memory import MemoryLevel, charted_chips, levels
from tokenworks.number import Number
from tokenworks.specs import model_spec
from tokenworks.widgets.kit import bytes_text, count_text, seconds_text
from tokenworks.widgets.stage import Stage, html_table

MODEL, BYTES_PER_PARAM = "llama-3-8b", 2
GRID: dict[str, tuple[Any, ...]] = {
    "chip": tuple(charted_chips()),
    "level": tuple(range(max(len(levels(name)) for name in charted_chips()))),
}
KINDS = {"vendor": "data sheet", "": ""}  # other kinds are words already


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up, the innermost memory of a chip first."""
    return {
        "chips": {
            name: {
                "label": specs.chip(name).label,
                "main": main_level(name),
                "levels": _chip_table(name),
            }
            for name in GRID["chip"]
        },
        "model": model_spec(MODEL).label,
        "grid": {"chip": list(GRID["chip"])},
    }


def _chip_table(chip: str) -> list[dict[str, Any]]:
    rows = levels(chip)
    facts = [level_facts(chip, i) for i in range(len(rows))]
    return [_level_table(row) | {"facts": fact} for row, fact in zip(rows, facts, strict=True)]


def _level_table(row: MemoryLevel) -> dict[str, Any]:
    sources = {
        "capacity": row.source,
        "bandwidth": row.bandwidth_source or (row.source if row.bytes_per_s else ""),
        "latency": row.latency_source or (row.source if row.latency_seconds else ""),
    }
    return {
        "label": row.label,
        "count": row.count,
        "each": row.bytes_each,
        "bandwidth": KINDS.get(row.bandwidth_kind, row.bandwidth_kind),
        "latency": KINDS.get(row.latency_kind, row.latency_kind),
        "sources": {what: url for what, url in sources.items() if url},
        "note": row.note,
    }


def level_facts(chip: str, level: int) -> dict[str, Number | None]:
    """Return the numbers of one memory; None where nobody publishes or measures one.

    `step` is its bandwidth over that of the next memory further out whose bandwidth is known.
    """
    rows = levels(chip)
    row = rows[level]
    speeds = [one.bytes_per_s for one in rows[level:] if one.bytes_per_s]
    steps = [inner / outer for inner, outer in pairwise(speeds)]
    return {
        "capacity_bytes": row.capacity_bytes,
        "bytes_per_s": row.bytes_per_s,
        "latency_seconds": row.latency_seconds,
        "gigabyte_seconds": row.read_seconds(1e9),
        "weights_seconds": row.read_seconds(weight_bytes(model_spec(MODEL), BYTES_PER_PARAM)),
        "step": steps[0] if steps and row.bytes_per_s else None,
    }


class MemoryLevels(Stage):
    """The live widget; `state` holds the chip and the level that is looked at."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def shown(self) -> dict[str, Any]:
        """Return what the repr says."""
        return {"chip": self.state["chip"]}

    def fallback(self) -> str:
        """Return all memories of the chip."""
        chip = self.state["chip"]
        head = ("Memory", "Capacity", "Bandwidth", "Latency", "Reading 1 GB, at least")
        rows = [
            (row.label, *_cells(level_facts(chip, i), row)) for i, row in enumerate(levels(chip))
        ]
        caption = f"The memories of one {specs.chip(chip).label}, innermost first"
        return html_table(caption, head, rows)


def _cells(facts: dict[str, Any], row: MemoryLevel) -> tuple[str, ...]:
    def cell(name: str, text: Any, end: str = "") -> str:
        return "not published" if facts[name] is None else f"{text(facts[name])}{end}"

    parts = f" ({count_text(row.count)} × {bytes_text(row.bytes_each)})" if row.count > 1 else ""
    return (
        cell("capacity_bytes", bytes_text, parts),
        cell("bytes_per_s", bytes_text, f"/s, {KINDS.get(row.bandwidth_kind, row.bandwidth_kind)}"),
        cell("latency_seconds", seconds_text, f", {row.latency_kind}"),
        cell("gigabyte_seconds", seconds_text),
    )


def memory_levels(chip: str = "h100-sxm", *, level: int | None = None) -> MemoryLevels:
    """Return SIM-05, the memory hierarchy of a chip; it opens at the chip's main memory."""
    specs.chip(chip)  # an unknown name is refused with the closest ones, before the grid is
    state = {"chip": chip, "level": main_level(chip) if level is None else level}
    if state["level"] >= len(levels(chip)):
        raise ValueError(f"{chip} has {len(levels(chip))} levels, numbered from 0")
    return MemoryLevels(data=tabulated(), state=state)


def main_level(chip: str) -> int:
    """Return the place of the chip's main memory among its levels."""
    size = specs.chip(chip).physical_bytes
    return next(i for i, row in enumerate(levels(chip)) if row.capacity_bytes == size)
