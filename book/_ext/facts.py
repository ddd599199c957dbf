"""The reference tables: chips, models, prices and more, as the package's data files have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tokenworks.accelerator import Chip, planned_memory
from tokenworks.architecture import ModelSpec
from tokenworks.cost import kv_bytes_per_token, parameter_count, ridge_intensity
from tokenworks.data import charted_chips, levels, purchases, silicon, token_prices
from tokenworks.specs import chip, chips, model_specs, number_formats, prices
from tokenworks.units import show, show_as

BYTES_PER_VALUE = 2
SILICON = {
    "Matrix products": silicon.gemm_times,
    "Attention of a decode step": silicon.decode_attention_times,
    "Attention of a prompt": silicon.prefill_attention_times,
    "All-reduce": silicon.all_reduce_times,
    "Routed experts of a layer": silicon.moe_times,
    "Servers, end to end": silicon.end_to_end_rows,
}
Column = tuple[str, Callable[[Any], str]]
ASSUMED = re.compile(r"\bassumption: .*?(?=[.;)](?: |$)|$)")  # in a note, up to its end


def sourced(label: str, row: Any) -> str:
    """Return a row's name, where and when it was read, and what in it is an assumption.

    The link is named after its host.
    """
    host = urlsplit(row.source).netloc.removeprefix("www.")
    assumed = "".join(f"<br>{said}" for said in ASSUMED.findall(row.note))
    return f'{label}<br>[{host}]({row.source}), <span class="day">{row.accessed}</span>{assumed}'


def priced(label: str, row: Any) -> str:
    """Return what a price is for, where it was read, and the day on which it stood.

    The page's script adds how old that is.
    """
    host = urlsplit(row.source).netloc.removeprefix("www.")
    day = f'<span class="day" data-day="{row.day}">{row.day}</span>'
    return f"{label}<br>[{host}]({row.source}), {day}"


def terms(row: Any) -> str:
    """Return how a price binds: on demand, spot or for how long, and how many chips at once."""
    bound = f"{row.kind}, {row.term}" if row.term else row.kind
    together = getattr(row, "least_chips", 1)  # of a token price nothing
    return f"{bound}, {together} at a time" if together > 1 else bound


def place(row: Any) -> str:
    """Return where a price holds; most small clouds have one for all their places."""
    return "all regions" if row.region == "all" else row.region


def token_usd(usd: float | None) -> str:
    """Return a price of a million tokens, or that the list has none."""
    return "not listed" if usd is None else f"{usd:g}"


def memory(on: Chip) -> str:
    """Return the memory that plans take of a chip, in GB, and the word where it is not usable."""
    size, basis = planned_memory(on)
    return f"{size / 1e9:,.0f}{'' if basis == 'usable' else f' {basis}'}"


def figure(on: Chip, name: str, text: str) -> str:
    """Return one figure of a chip's memory, which leads to its source, and the day below it."""
    source, day = (getattr(on, f"{name}_{what}") for what in ("source", "accessed"))
    return f'[{text}]({source})<br><span class="day">{day}</span>' if source else "not known"


def gibibytes(size: int | None) -> str:
    """Return bytes in GiB, a whole number where it is one."""
    return "" if size is None else f"{size / 2**30:,.2f}".removesuffix(".00")


def kv_cache(spec: ModelSpec) -> str:
    """Return the cache bytes of one token in KB, or what keeps it from being one number."""
    if spec.is_windowed:
        return "windowed"
    return f"{kv_bytes_per_token(spec, BYTES_PER_VALUE) / 1e3:,.1f}"


def known(value: float | None, dimension: str, kind: str) -> str:
    """Return a value and where it is from, or that nobody says."""
    return "not published" if value is None else f"{show_as(value, dimension)} ({kind})"


TABLES: dict[str, tuple[Callable[[], list[Any]], list[Column]]] = {
    "chips": (
        chips,
        [
            ("Chip", lambda row: sourced(row.label, row)),
            ("Memory, GB", memory),
            ("Bandwidth, TB/s", lambda row: f"{row.hbm_bytes_per_s / 1e12:.2f}"),
            ("bfloat16, TFLOP/s", lambda row: f"{row.bf16_flops_per_s / 1e12:,.0f}"),
            (
                "Ridge, FLOP/B",
                lambda row: f"{ridge_intensity(row.peak(), row.hbm_bytes_per_s):,.0f}",
            ),
        ],
    ),
    "memories": (
        chips,
        [
            ("Chip", lambda row: row.label),
            ("Sold as", lambda row: figure(row, "marketed", row.marketed)),
            (
                "Physical, GiB",
                lambda row: figure(row, "physical", gibibytes(row.physical_bytes)),
            ),
            ("Usable, GiB", lambda row: figure(row, "usable", gibibytes(row.usable_bytes))),
        ],
    ),
    "formats": (
        number_formats,
        [
            ("Format", lambda row: sourced(row.label, row)),
            ("Name", lambda row: f"`{row.name}`"),
            ("Bytes", lambda row: f"{row.bytes_per_value:g}"),
        ],
    ),
    "levels": (
        lambda: [row for name in charted_chips() for row in levels(name)],
        [
            ("Chip", lambda row: sourced(chip(row.chip).label, row)),
            ("Memory", lambda row: row.label),
            ("Capacity", lambda row: show_as(row.capacity_bytes, "bytes")),
            ("Bandwidth", lambda row: known(row.bytes_per_s, "bytes_per_s", row.bandwidth_kind)),
            ("Latency", lambda row: known(row.latency_seconds, "seconds", row.latency_kind)),
        ],
    ),
    "purchases": (
        purchases,
        [
            ("Chip", lambda row: priced(chip(row.name).label, row)),
            ("Seller", lambda row: row.provider),
            ("Kind", lambda row: "list, at launch" if row.market == "manufacturer" else "street"),
            ("Condition", lambda row: f"{row.term}, {row.region}"),
            ("Price, USD", lambda row: f"{row.usd:,.0f}"),
        ],
    ),
    "models": (
        model_specs,
        [
            ("Model", lambda row: sourced(row.label, row)),
            ("Parameters, billion", lambda row: f"{parameter_count(row) / 1e9:.2f}"),
            ("Layers", lambda row: str(row.n_layers)),
            ("Heads / KV heads", lambda row: f"{row.n_heads} / {row.n_kv_heads}"),
            ("KV cache, KB", kv_cache),
        ],
    ),
    "prices": (
        prices,
        [
            ("Chip", lambda row: priced(chip(row.chip).label, row)),
            ("Provider", lambda row: row.provider),
            ("Market", lambda row: f"{row.market}, {place(row)}"),
            ("Kind", terms),
            ("Price, USD/h", lambda row: f"{row.usd_per_hour:.2f}"),
        ],
    ),
    "tokens": (
        token_prices,
        [
            ("Model", lambda row: priced(row.label, row)),
            ("Kind", lambda row: f"{row.market}, {place(row)}, {terms(row)}"),
            ("Input", lambda row: token_usd(row.input_usd_per_million)),
            ("Cached input", lambda row: token_usd(row.cached_usd_per_million)),
            ("Output", lambda row: token_usd(row.output_usd_per_million)),
        ],
    ),
    "silicon": (
        lambda: [(label, read()) for label, read in SILICON.items()],
        [
            ("What was timed", lambda row: row[0]),
            ("Systems", lambda row: str(len({point.system for point in row[1]}))),
            ("Points", lambda row: f"{len(row[1]):,}"),
        ],
    ),
}


def is_number(cell: str) -> bool:
    """Tell whether a cell holds a bare number, or says why there is none."""
    return (
        cell in ("windowed", "not listed")
        or re.fullmatch(r"[\d,.]+(?: / \d+| physical)?", cell) is not None
    )


def markdown(rows: Iterable[Any], columns: list[Column]) -> str:
    """Return rows as a Markdown table, its numbers aligned to the right."""
    cells = [[cell(row) for _, cell in columns] for row in rows]
    rules = [
        "---:" if all(map(is_number, column)) else "---" for column in zip(*cells, strict=True)
    ]
    lines = [[name for name, _ in columns], rules, *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


class Facts(SphinxDirective):
    """`{facts} chips`: one data table, every row with its source."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Read the rows and let the page's own parser make the table."""
        rows, columns = TABLES[self.arguments[0]]
        return self.parse_text_to_nodes(markdown(rows(), columns))


def add_ages(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Give a page with dated prices the script that counts their days."""
    del pagename
    if "data-day=" in rest[1].get("body", ""):
        app.add_js_file("ages.js", loading_method="defer")


def substitutions(app: Sphinx, config: object) -> None:
    """Give the pages the three figures of one memory, and the licence of what was measured."""
    del app
    on = chip("h100-sxm")
    config.myst_substitutions |= {
        "h100_sold": on.marketed,
        "h100_physical": show(on.physical_bytes or 0, "GiB"),
        "h100_usable": show(on.usable_bytes or 0, "GiB", decimals=2),
        "silicon_licence": silicon.LICENCE,
    }


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("facts", Facts)
    app.connect("config-inited", substitutions)
    app.connect("html-page-context", add_ages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
