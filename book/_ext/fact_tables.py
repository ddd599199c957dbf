"""The reference tables by name: whose rows each has, and what its columns say of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from book._ext.fact_cells import (
    claimed,
    figure,
    gained,
    gibibytes,
    joined,
    kept_for,
    known,
    kv_cache,
    load,
    memory,
    place,
    priced,
    printed,
    sourced,
    terms,
    token_usd,
)
from tokenworks.cost import host_fits, links, parameter_count, ridge_intensity
from tokenworks.data import (
    cache_prices,
    charted_chips,
    levels,
    printed_gains,
    printed_speeds,
    purchases,
    silicon,
    token_prices,
)
from tokenworks.specs import chip, chips, claims, model_specs, number_formats, prices
from tokenworks.units import show, show_as
from tokenworks.validate.scored import ENGINES

SILICON = {
    "Matrix products": silicon.gemm_times,
    "Attention of a decode step": silicon.decode_attention_times,
    "Attention of a prompt": silicon.prefill_attention_times,
    "All-reduce": silicon.all_reduce_times,
    "Routed experts of a layer": silicon.moe_times,
    "Servers, end to end": silicon.end_to_end_rows,
}
Column = tuple[str, Callable[[Any], str]]


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
    "links": (
        lambda: list(links()),
        [
            ("Link", lambda row: sourced(row.label, row)),
            ("Joins", joined),
            ("Printed", lambda row: row.stated),
            ("One way, GB/s", lambda row: f"{row.chip_bytes_per_s / 1e9:g}"),
            ("Latency of a hop", lambda row: known(row.hop_seconds, "seconds")),
        ],
    ),
    "hosts": (
        host_fits,
        [
            ("Engine", lambda row: sourced(ENGINES[row.name], row)),
            ("First token, besides kernels", lambda row: show_as(row.first_seconds, "seconds")),
            (
                "Of the others' prompts, before one's own",
                lambda row: show(row.prompts_before, "%", decimals=0),
            ),
            ("Median error", lambda row: show(row.median_error, "%", decimals=0)),
        ],
    ),
    "claims": (
        claims,
        [
            ("Claim", claimed),
            ("Figure", lambda row: row.printed),
        ],
    ),
    "speeds": (
        printed_speeds,
        [
            ("Printed for", lambda row: sourced(row.label, row)),
            ("Load", load),
            ("First token", lambda row: printed(row.ttft_seconds, "seconds")),
            ("Tokens/s", lambda row: f"{row.tokens_per_s:,.0f}"),
            ("Users said to fit", lambda row: printed(row.most_users)),
        ],
    ),
    "gains": (
        printed_gains,
        [
            ("Remedy", lambda row: sourced(row.label, row)),
            ("What grows or falls", lambda row: row.gained),
            ("Printed", gained),
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
    "caching": (
        cache_prices,
        [
            ("Terms", lambda row: priced(row.label, row)),
            ("Written", lambda row: f"{row.write_ratio:g}"),
            ("Found", lambda row: f"{row.read_ratio:g}"),
            ("Kept", kept_for),
            ("Rent, USD/h", lambda row: token_usd(row.storage_usd_per_million_hour)),
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
