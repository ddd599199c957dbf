"""Attention kernels as NVIDIA timed them, beside what the counts allow at best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.attention_flops import prefill_attention_flops
from tokenworks.cost.memory import kv_bytes
from tokenworks.data.silicon import (
    CHIP_OF,
    LICENCE,
    AttentionTime,
    decode_attention_times,
    prefill_attention_times,
)
from tokenworks.figures.line_chart import SERIES, Points
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.plane import Plane, titled_axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.specs import chip, number_format

GROUP, D_HEAD = 8, 128  # of the tables: query heads to a KV head, and the head dimension
PERCENT, MICROSECOND = 0.01, 1e-6
DOT = 2.75  # px, radius
BLOCK = 64  # cells, in random order: github.com/ai-dynamo/aiconfigurator, collector/vllm


def prompt_share(row: AttentionTime, spec: ModelSpec) -> float:
    """Return the share of its chip's bf16 peak that a timed prompt reached in one layer.

    Source: derived: the products under a causal mask, over the peak, over the time.
    """
    flops = row.batch * prefill_attention_flops(replace(spec, n_layers=1), row.tokens)
    return flops / chip(CHIP_OF[row.system]).peak() / row.seconds


def decode_floor_seconds(row: AttentionTime, spec: ModelSpec) -> float:
    """Return the floor of a timed decode step's attention in one layer: bytes over bandwidth.

    Source: derived: the keys and values of all sequences, read once.
    """
    return _floor(row.batch * row.tokens, row.format, spec, on=chip(CHIP_OF[row.system]))


def _floor(tokens: Number, form: str, spec: ModelSpec, *, on: Chip) -> float:
    width = number_format(form).bytes_per_value
    each = kv_bytes(replace(spec, n_layers=1), 1, bytes_per_value=width)
    return tokens * each / on.hbm_bytes_per_s


def _fitting(spec: ModelSpec, rows: Sequence[AttentionTime]) -> list[AttentionTime]:
    """Return the rows of a model's heads; without any, ValueError."""
    found = [row for row in rows if row.heads == spec.n_heads]
    alike = spec.n_heads == GROUP * spec.n_kv_heads and spec.d_head == D_HEAD
    if spec.kv_lora_rank or not alike or not found:
        raise ValueError(f"nobody timed the attention of {spec.label} here: other heads")
    return found


def measured_prompts(spec: ModelSpec, systems: Sequence[str]) -> Figure:
    """Draw the share of the peak that a layer's attention reaches, by the prompt's length.

    One prompt at a time, on each of the systems of the measured tables. A model whose heads were
    not timed raises ValueError.
    """
    rows = [row for row in _fitting(spec, prefill_attention_times()) if row.batch == 1]
    lines = {
        chip(CHIP_OF[name]).label.split()[0]: [
            (row.tokens, prompt_share(row, spec)) for row in rows if row.system == name
        ]
        for name in systems
    }
    lengths = [tokens for points in lines.values() for tokens, _ in points]
    shares = {f"{name}, {n:,} tokens": s for name, points in lines.items() for n, s in points}
    said = "; ".join(
        f"{name} from {100 * points[0][1]:.0f} % to {100 * points[-1][1]:.0f} %"
        for name, points in lines.items()
    )
    alt = (
        f"A rising curve for each chip, share of the peak over tokens of the prompt, from "
        f"{min(lengths):,} to {max(lengths):,} tokens: {said}."
    )
    caption = f"{_heads(spec)} one prompt, bf16, vLLM's kernels. {LICENCE}"
    numbers = shares | {"shortest": min(lengths), "longest": max(lengths)} | _of_heads(spec)
    return drawing(partial(_shares, lines), alt=alt, caption=caption, numbers=numbers)


def _shares(lines: Mapping[str, Points], scene: Scene) -> None:
    lengths = [tokens for points in lines.values() for tokens, _ in points]
    scales = (Scale(min(lengths) / 1.15, max(lengths) * 1.15, "log"), Scale(0, 1.1))
    labels, units = ("tokens of the prompt", "share of the bf16 peak (%)"), (1, PERCENT)
    title, margin = "One layer's attention: share of the peak", _margin(scene, lines)
    plane = titled_axes(scene, title, scales, labels=labels, margin=margin, units=units)
    ends = []
    for (name, points), colour in zip(lines.items(), SERIES, strict=False):
        plane.curve(points, colour, thick=1.5)
        for point in points:
            _dot(plane, point, colour)
        ends.append((plane.at(*points[-1])[1], name, colour))
    plane.end_names(ends, margin - 12)
    plane.level(1, "the floor: all of the peak")


def measured_decodes(spec: ModelSpec, system: str) -> Figure:
    """Draw the time of a decode step's attention in one layer, by the tokens that it reads.

    A point is a batch and a context that were timed; a line joins the fastest of each sum, one for
    each format of the cache, above its floor. A model whose heads were not timed raises ValueError.
    """
    rows = [row for row in _fitting(spec, decode_attention_times()) if row.system == system]
    clouds: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        cloud = clouds.setdefault(number_format(row.format).name, [])
        cloud.append((row.batch * row.tokens, row.seconds))
    took, most = [row.seconds for row in rows], max(row.batch for row in rows)
    alt = (
        f"{len(rows)} points, time over tokens read, {' and '.join(clouds)}, and a "
        f"dashed floor for each: flat at first, then along the floors, from {min(took) * 1e6:.0f} "
        f"µs to {max(took) * 1e6:.0f} µs."
    )
    caption = f"{_heads(spec)} up to {most} sequences, vLLM's kernels, blocks of {BLOCK}. {LICENCE}"
    numbers: dict[str, Number] = {"points": len(rows), "batch": most, "cells of a block": BLOCK}
    numbers |= {"shortest": min(took), "longest": max(took)} | _of_heads(spec)
    layout = partial(_decodes, clouds=clouds, spec=spec, on=chip(CHIP_OF[system]))
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _decodes(scene: Scene, *, clouds: Mapping[str, Points], spec: ModelSpec, on: Chip) -> None:
    read, took = zip(*(point for cloud in clouds.values() for point in cloud), strict=True)
    wide = Scale(min(read) / 1.2, max(read) * 1.2, "log")
    tall = Scale(min(took) / 3, max(took) * 1.3, "log")
    title = f"One layer's attention in a decode step, {on.label.split()[0]}"
    labels, units = ("tokens of all caches that are read", "time (µs)"), (1, MICROSECOND)
    margin = _margin(scene, clouds)
    plane = titled_axes(scene, title, (wide, tall), labels=labels, margin=margin, units=units)
    ends = []
    for (form, cloud), colour in zip(clouds.items(), SERIES, strict=False):
        start = tall.low / _floor(1, form, spec, on=on)
        floor = [(n, _floor(n, form, spec, on=on)) for n in (start, wide.high)]
        plane.curve(floor, "floor", thick=1.25, dashed=True)
        for point in cloud:
            _dot(plane, point, colour, opacity=0.45)
        fastest = [(n, min(s for m, s in cloud if m == n)) for n in sorted(dict(cloud))]
        plane.curve(fastest, colour, thick=1.5)
        ends.append((plane.at(*fastest[-1])[1], form, colour))
    plane.end_names(ends, margin - 12)
    words = "a point: so many sequences of one length; a line: the fastest; dashed: the floors,"
    words += " bytes of the cache over the bandwidth"
    scene.text((0, scene.low + 8), words, "note", width=scene.width)


def _margin(scene: Scene, names: Iterable[str]) -> float:
    return max(scene.measure(name, "note", bold=True) for name in names) + 14


def _heads(spec: ModelSpec) -> str:
    return f"{spec.n_heads} query heads, {spec.n_kv_heads} KV heads of {spec.d_head};"


def _of_heads(spec: ModelSpec) -> dict[str, Number]:
    return {"query heads": spec.n_heads, "KV heads": spec.n_kv_heads, "head dim": spec.d_head}


def _dot(plane: Plane, point: tuple[Number, Number], colour: str, *, opacity: Number = 1) -> None:
    (x, y), r = plane.at(*point), DOT
    d = f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
    plane.scene.shape(d, y + r, colour, opacity=opacity)
