"""Which slice of TPU v5e holds a model: what a chip of each holds, and the compiler's word."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.slice_memory import model_shapes, slice_budget
from tokenworks.data.compiled_decode import decode_compiles, decode_record
from tokenworks.specs import chip, model_spec
from tokenworks.widgets.kit import bytes_text, count_text
from tokenworks.widgets.pareto import FORMATS, LABELS
from tokenworks.widgets.stage import Stage, chosen, html_table

V5E = chip("tpu-v5e")
GRID: dict[str, tuple[Any, ...]] = {
    "model": ("llama-3-8b", "llama-3-70b", "llama-3-405b"),
    "formats": tuple(FORMATS),
    "batch": (1, 2, 4, 8, 16, 32, 44, 48, 64, 120, 128, 256),
    "context_tokens": (1024, 2048, 4096, 8192, 16384, 32768),
}


def deployment(model: str, formats: str) -> Deployment:
    """Return a model in its formats on one chip."""
    weights, kv = FORMATS[formats]
    return replace(Deployment(model_spec(model), V5E), weights=weights, kv=kv)


@cache
def shapes(model: str) -> tuple[str, ...]:
    """Return the slices over which the model's heads can be shared, smallest first."""
    return tuple(model_shapes(deployment(model, "bf16")))


@cache
def held(model: str, formats: str, shape: str, *, context_tokens: int) -> tuple[int, int]:
    """Return what one chip holds of the weights, and of the cache of one sequence, in bytes."""
    on = deployment(model, formats)
    one = slice_budget(on, shape, batch=1, context_tokens=context_tokens)
    return round(one.weight_bytes), round(one.kv_bytes)


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: bytes by slice, and what the compiler was asked."""
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "labels": LABELS,
        "models": {name: model_spec(name).label for name in GRID["model"]},
        "usable": V5E.planned_bytes,
        "shapes": {name: list(shapes(name)) for name in GRID["model"]},
        "axes": {
            shape: [axis.devices for axis in slice_torus(V5E, shape).axes]
            for shape in shapes("llama-3-405b")
        },
        "held": {
            f"{model} {formats}": [
                [
                    held(model, formats, shape, context_tokens=context)
                    for context in GRID["context_tokens"]
                ]
                for shape in shapes(model)
            ]
            for model in GRID["model"]
            for formats in FORMATS
        },
        "compiled": _compiled(),
        "compiler": f"libtpu {decode_record()['libtpu']}, {decode_record()['date']}",
    }


def _compiled() -> dict[str, list[Any]]:
    """Return the compiler's word by model, formats, slice, batch and context: fits, bytes, copies.

    Of two words on one step that in which shared heads are dealt out stands, as in the sums here.
    """
    by_formats = {pair: name for name, pair in FORMATS.items()}
    found: dict[str, list[Any]] = {}
    for row in sorted(decode_compiles(), key=lambda row: row.kv_cut != "sequence"):
        generation, _, shape = row.topology.partition(":")
        formats = by_formats.get((row.weights, row.kv))
        if generation == "v5e" and row.data == 1 and formats:
            copies = row.kv_copies > 1 and row.kv_cut != "sequence"
            key = f"{row.model} {formats} {shape} {row.batch} {row.context}"
            found.setdefault(key, [row.fits, row.needed_bytes, copies])
    return found


def shown_at(**state: Any) -> list[dict[str, Any]]:
    """Return what is shown of each slice: bytes of a chip, fitting, the compiler's word."""
    model, formats, batch, context = (
        state[name] for name in ("model", "formats", "batch", "context_tokens")
    )
    rows = []
    for shape in shapes(model):
        weights, one = held(model, formats, shape, context_tokens=context)
        said = tabulated()["compiled"].get(f"{model} {formats} {shape} {batch} {context}")
        rows.append(
            {
                "shape": shape,
                "weights": weights,
                "cache": batch * one,
                "held": weights + batch * one,
                "fits": weights + batch * one <= V5E.planned_bytes,
                "compiler": said,
            }
        )
    return rows


def smallest(rows: list[dict[str, Any]]) -> str | None:
    """Return the smallest slice that fits, None where none does."""
    return next((row["shape"] for row in rows if row["fits"]), None)


class TopologyPicker(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return what a chip of each slice holds, and whether it fits."""
        state, rows = self.state, shown_at(**self.state)
        caption = (
            f"{self.data['models'][state['model']]} on slices of {V5E.label}, "
            f"{LABELS[state['formats']]}, {count_text(state['batch'])} × "
            f"{count_text(state['context_tokens'])} tokens: what one chip holds of "
            f"{bytes_text(V5E.planned_bytes)}; compiler: {self.data['compiler']}"
        )
        head = ("Slice", "Weights", "Caches", "Together", "Fits")
        return html_table(caption, head, [_line(row) for row in rows])


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    sizes = (bytes_text(row[part]) for part in ("weights", "cache", "held"))
    fits = "yes" if row["fits"] else "no"
    return (row["shape"], *sizes, f"{fits}{_word(row['compiler'])}")


def _word(said: list[Any] | None) -> str:
    if said is None:
        return ""
    fits, needed, copies = said
    how = " with copies of shared heads" if copies else ""
    return f"; compiler: {'fits' if fits else 'refused'}, {bytes_text(needed)}{how}"


def topology_picker(model: str = "llama-3-70b", **controls: Any) -> TopologyPicker:
    """Return the slices that hold a model; every value must be on the recorded grid.

    `controls`: formats, batch (sequences at once), context_tokens (of each).
    """
    others = chosen(controls, formats="int8", batch=32, context_tokens=8192)
    return TopologyPicker(data=tabulated(), state={"model": model} | others)
