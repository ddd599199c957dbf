"""The figure of `book/facts`: the decode floor of three models on ten kinds of eight-chip server.

Every mark is computed by `tokenworks.cost` from the rows of the data tables, while the book is
built. Positions are percentages and texts are in the page's own size, so that the figure is as
readable on a phone as on a desk.
"""

from __future__ import annotations

import math
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext import floor_rates
from book._ext.floor_rates import (
    BYTES_PER_PARAM,
    CONTEXT_TOKENS,
    MODELS,
    Dot,
    dots,
    shown,
    stated,
)
from book._ext.page_numbers import keep_numbers
from tokenworks.cost import step_weight_bytes
from tokenworks.specs import model_spec
from tokenworks.validate import expected_error

ROW, TOP, LEFT, RIGHT = 58, 8, 3.0, 95.0  # heights in pixels, sides in percent
MARKS = (
    '<circle r="6"/>',
    '<rect x="-5.5" y="-5.5" width="11" height="11" rx="1"/>',
    '<path d="M0-7.5 7.5 0 0 7.5-7.5 0Z"/>',
)


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
        mark = keep_numbers(self.env, list(stated().values()), floor_rates.__name__)
        open_ = nodes.raw(
            "", f'{mark}<figure class="floor-box">{legend()}{drawing(rows)}', format="html"
        )
        caption = nodes.container(classes=["floor-caption"])
        self.state.nested_parse(self.content, self.content_offset, caption)
        return [open_, caption, nodes.raw("", f"{table(rows)}</figure>", format="html")]


def substitutions(app: Sphinx, config: object) -> None:
    """Give the pages the numbers that their sentences print."""
    del app
    spec = model_spec("llama-3-70b")
    literals = {name: number.workings[-1].literal for name, number in stated().items()}
    config.myst_substitutions |= (
        literals
        | {
            "gib_over_gb": f"{2**30 / 1e9:.3f}",
            "context_70b": f"{CONTEXT_TOKENS:,} tokens",
            "scored_dense": f"{expected_error(spec).rows:,}",
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
