"""The figure of `book/facts`: the decode floor of three models on ten kinds of eight-chip server.

Every mark is computed by `tokenworks.cost` from the rows of the data tables, while the book is
built. Positions are percentages and texts are in the page's own size, so that the figure is as
readable on a phone as on a desk.
"""

from __future__ import annotations

import math
from functools import cache
from html import escape
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext.page_numbers import keep_numbers
from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost import (
    decode_step_seconds,
    decode_tokens_per_s,
    measured_share,
    min_chips,
    parameter_count,
    step_weight_bytes,
    weight_bytes,
)
from tokenworks.specs import chip, measurements, model_spec
from tokenworks.units import show
from tokenworks.worked_number import Worked, worked

MODELS = ("llama-3-8b", "llama-3-70b", "llama-3-405b")
CHIPS = (
    *("rtx-4090", "l40s", "tpu-v5e", "tpu-v6e", "a100-80gb"),
    *("h100-sxm", "h200-sxm", "mi300x", "tpu-v7", "b200"),
)
CHIPS_PER_SERVER = 8
BYTES_PER_PARAM = 1.0

ROW, TOP, LEFT, RIGHT = 58, 8, 3.0, 95.0  # heights in pixels, sides in percent
MARKS = (
    '<circle r="6"/>',
    '<rect x="-5.5" y="-5.5" width="11" height="11" rx="1"/>',
    '<path d="M0-7.5 7.5 0 0 7.5-7.5 0Z"/>',
)


class Dot(NamedTuple):
    """One model on one server: its rate, or None where its weights do not fit."""

    chip: Chip
    model: ModelSpec
    tokens_per_s: float | None


def dot(chip_name: str, model_name: str) -> Dot:
    """Compute the most tokens per second that a server can write for one sequence."""
    one, model = chip(chip_name), model_spec(model_name)
    if min_chips(weight_bytes(model, BYTES_PER_PARAM), one.planned_bytes) > CHIPS_PER_SERVER:
        return Dot(one, model, None)
    read_bytes = step_weight_bytes(model, BYTES_PER_PARAM)
    step = decode_step_seconds(read_bytes, CHIPS_PER_SERVER * one.hbm_bytes_per_s)
    return Dot(one, model, decode_tokens_per_s(step))


def dots() -> list[list[Dot]]:
    """Compute every mark, one list a chip, the slowest memory first."""
    names = sorted(CHIPS, key=lambda name: chip(name).hbm_bytes_per_s)
    return [[dot(name, model) for model in MODELS] for name in names]


def shown(rate: float) -> str:
    """Return a rate as the figure prints it: two digits or more, no false precision."""
    return f"{rate:.1f}" if rate < 9.95 else f"{rate:,.0f}"


def scale(rates: list[float]) -> tuple[int, int]:
    """Return the powers of ten that enclose all rates."""
    return math.floor(math.log10(min(rates))), math.ceil(math.log10(max(rates)))


def place(rate: float, decades: tuple[int, int]) -> float:
    """Return where a rate stands on the logarithmic axis, in percent of the figure's width."""
    low, high = decades
    return LEFT + (RIGHT - LEFT) * (math.log10(rate) - low) / (high - low)


def axis(decades: tuple[int, int], bottom: float) -> str:
    """Draw the vertical lines at powers of ten, their labels and the name of the axis."""
    parts = []
    for power in range(decades[0], decades[1] + 1):
        at = place(10.0**power, decades)
        parts.append(
            f'<line class="grid" x1="{at:.2f}%" x2="{at:.2f}%" y1="{TOP}" y2="{bottom}"/>'
            f'<text class="tick" x="{at:.2f}%" y="{bottom + 18}">{10**power:,}</text>'
        )
    label = f'<text class="axis" x="50%" y="{bottom + 40}">tokens per second, logarithmic</text>'
    return "".join(parts) + label


def row(marks: list[Dot], decades: tuple[int, int], top: float) -> str:
    """Draw one server: its name, its track, and a mark for each model that fits."""
    one = marks[0].chip
    line = top + 27
    parts = [
        f'<text class="name" x="0" y="{top + 10}">{escape(one.label)}'
        f'<tspan class="rate" dx="8">{one.hbm_bytes_per_s / 1e12:.2f} TB/s</tspan></text>',
        f'<line class="track" x1="{LEFT}%" x2="{RIGHT}%" y1="{line}" y2="{line}"/>',
    ]
    for number, (shape, mark) in enumerate(zip(MARKS, marks, strict=True), start=1):
        if mark.tokens_per_s is None:
            continue
        at = place(mark.tokens_per_s, decades)
        parts.append(
            f'<svg class="m{number}" x="{at:.2f}%" y="{line}" overflow="visible">{shape}'
            f'<text class="value" y="20">{shown(mark.tokens_per_s)}</text></svg>'
        )
    return "".join(parts)


def drawing(rows: list[list[Dot]]) -> str:
    """Draw the figure as inline SVG."""
    decades = scale([mark.tokens_per_s for marks in rows for mark in marks if mark.tokens_per_s])
    bottom = TOP + ROW * len(rows)
    body = "".join(row(marks, decades, TOP + ROW * i) for i, marks in enumerate(rows))
    label = (
        "Dot plot, one row a server of eight chips. Tokens per second fall with the size of the "
        "model and rise with the bandwidth of the memory. The table below has every number."
    )
    return (
        f'<svg class="floor" role="img" aria-label="{label}" width="100%" height="{bottom + 48}">'
        f"{axis(decades, bottom)}{body}</svg>"
    )


def legend() -> str:
    """Name the three marks and the bytes that a token of each reads."""
    items = []
    for number, (shape, name) in enumerate(zip(MARKS, MODELS, strict=True), start=1):
        spec = model_spec(name)
        gigabytes = step_weight_bytes(spec, BYTES_PER_PARAM) / 1e9
        items.append(
            f'<li><svg class="m{number}" viewBox="-8 -8 16 16" width="16" height="16" '
            f'aria-hidden="true">{shape}</svg>{escape(spec.label)} · {gigabytes:.3g} GB</li>'
        )
    return f'<ul class="floor-legend">{"".join(items)}</ul>'


def table(rows: list[list[Dot]]) -> str:
    """Return the same numbers as a table, for readers who do not see the figure."""
    heads = "".join(f'<th scope="col">{escape(mark.model.label)}</th>' for mark in rows[0])
    lines = []
    for marks in rows:
        cells = "".join(
            f"<td>{shown(m.tokens_per_s) if m.tokens_per_s else 'does not fit'}</td>" for m in marks
        )
        lines.append(f'<tr><th scope="row">{escape(marks[0].chip.label)}</th>{cells}</tr>')
    return (
        "<details><summary>The same numbers as a table</summary>"
        '<div class="table-wrapper docutils container"><table class="docutils align-default">'
        "<caption>Tokens per second, eight chips, one byte a parameter</caption>"
        f'<thead><tr><th scope="col">Eight of</th>{heads}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div></details>"
    )


class DecodeFloor(SphinxDirective):
    """`{decode-floor}`: the figure, its legend, its caption (the directive's text), its table."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Compute the marks and put the figure together."""
        rows = dots()
        mark = keep_numbers(self.env, list(stated().values()), __name__)
        open_ = nodes.raw(
            "", f'{mark}<figure class="floor-box">{legend()}{drawing(rows)}', format="html"
        )
        caption = nodes.container(classes=["floor-caption"])
        self.state.nested_parse(self.content, self.content_offset, caption)
        return [open_, caption, nodes.raw("", f"{table(rows)}</figure>", format="html")]


@cache
def stated() -> dict[str, Worked]:
    """Work out the numbers of the sentences above the figure, by the names that print them."""
    spec, eight = model_spec("llama-3-70b"), dot("h100-sxm", "llama-3-70b")
    stored = {"spec": spec, "bytes_per_param": BYTES_PER_PARAM}
    held, read = weight_bytes(**stored), step_weight_bytes(**stored)
    table = {"vocab_size": spec.vocab_size, "d_model": spec.d_model}
    params = f"{parameter_count(spec) / 1e9:.1f} billion parameters"
    measured = next(row for row in measurements() if row.name.endswith("405b-int8-tp8"))
    return {
        "params_70b": worked(params, parameter_count, spec=spec),
        "held_70b": worked(show(held, "GB", decimals=1), weight_bytes, **stored),
        "read_70b": worked(show(read, "GB", decimals=1), step_weight_bytes, **stored),
        "embedding_70b": worked(
            show(math.prod(table.values()) * BYTES_PER_PARAM, "GB", decimals=2),
            "vocab_size * d_model * bytes_per_param",
            **table,
            bytes_per_param=BYTES_PER_PARAM,
        ),
        "floor_70b": worked(
            f"{shown(eight.tokens_per_s)} tokens/s",
            "chips * hbm_bytes_per_s / weight_bytes",
            chips=CHIPS_PER_SERVER,
            hbm_bytes_per_s=eight.chip.hbm_bytes_per_s,
            weight_bytes=read,
        ),
        "reached_405b": worked(
            show(measured_share(measured), "%", decimals=0), measured_share, row=measured
        ),
    }


def substitutions(app: Sphinx, config: object) -> None:
    """Give the pages the numbers that their sentences print."""
    del app
    spec = model_spec("llama-3-70b")
    literals = {name: number.workings[-1].literal for name, number in stated().items()}
    config.myst_substitutions |= (
        literals
        | {
            "gib_over_gb": f"{2**30 / 1e9:.3f}",
            "n_groups": spec.n_heads // spec.n_kv_heads,
        }
        | {
            name: f"{getattr(spec, name):,}"
            for name in (
                "n_heads",
                "n_kv_heads",
                "d_head",
                "d_model",
                "d_ff",
                "vocab_size",
                "n_layers",
            )
        }
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and compute the substitutions."""
    app.add_directive("decode-floor", DecodeFloor)
    app.connect("config-inited", substitutions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
