"""Timed kernels: every point is read, none beats its chip, and bad cells are named."""

import re
from importlib.resources import files

import pytest

from tokenworks.data.silicon import (
    CHIP_OF,
    LICENCE,
    all_reduce_times,
    decode_attention_times,
    gemm_times,
    moe_times,
    prefill_attention_times,
)
from tokenworks.data.silicon.kernel_times import kernel_points
from tokenworks.specs import chip
from tokenworks.units import show
from tokenworks.worked_number import worked

TABLES = {
    gemm_times: ("gemm.csv", 9_952),
    decode_attention_times: ("decode_attention.csv", 2_402),
    prefill_attention_times: ("prefill_attention.csv", 1_116),
    all_reduce_times: ("all_reduce.csv", 1_583),
    moe_times: ("moe.csv", 5_760),
}
# Of one weight, a group's scales not counted, and the arithmetic that multiplies it.
FORMATS = {
    "bfloat16": (2, "bf16"),
    "fp8": (1, "fp8"),
    "fp8_block": (1, "fp8"),
    "nvfp4": (0.5, "fp4"),
    "int8_wo": (1, "bf16"),
    "int4_wo": (0.5, "bf16"),
}


def text(table):
    return files("tokenworks.data").joinpath("silicon", table).read_text(encoding="utf-8")


@pytest.mark.parametrize(("read", "table"), TABLES.items(), ids=[t[0] for t in TABLES.values()])
def test_every_filled_cell_is_one_point_in_seconds(read, table):
    name, points = table
    head, *lines = text(name).splitlines()
    sized = [i for i, c in enumerate(head.split(",")) if re.fullmatch(r"[a-z]\d+", c)]
    cells = [line.split(",")[i] for line in lines for i in sized]
    filled = [float(cell) for cell in cells if cell]
    assert len(read()) == len(filled) == points
    assert [t.seconds for t in read()] == pytest.approx([cell * 1e-6 for cell in filled])
    assert {t.system for t in read()} <= set(CHIP_OF)
    assert read() is read()


def test_a_point_holds_what_its_line_and_column_say():
    line = next(line for line in text("gemm.csv").splitlines() if "h100_sxm,vllm,fp8,8192" in line)
    system, framework, number_format, n, k, *times = line.split(",")
    first = next(t for t in gemm_times() if (t.system, t.format, t.n) == ("h100_sxm", "fp8", 8192))
    assert (first.system, first.framework, first.format) == (system, framework, number_format)
    assert (first.n, first.k, first.tokens) == (int(n), int(k), 1)
    assert first.seconds == pytest.approx(float(times[0]) / 1e6)


def test_no_product_beats_its_chips_arithmetic_and_large_ones_not_its_bandwidth():
    """Weights of more than twice any cache of a chip have to come from its memory."""
    for t in gemm_times():
        on, (weight_bytes, arithmetic) = chip(CHIP_OF[t.system]), FORMATS[t.format]
        assert t.seconds > 2 * t.tokens * t.n * t.k / on.peak(arithmetic)
        if t.n * t.k * weight_bytes > 256e6:
            assert t.seconds > t.n * t.k * weight_bytes / on.hbm_bytes_per_s


def test_decode_attention_reads_one_kv_head_for_eight_query_heads():
    """Large caches come at 60 to 95 percent of the bandwidth by that count, never at all of it."""
    shares = {}
    for t in decode_attention_times():
        on, value_bytes = chip(CHIP_OF[t.system]), 2 if t.format == "bfloat16" else 1
        held = t.heads / 8 * 2 * 128 * value_bytes * t.batch * t.tokens
        if held > 500e6:
            key = t.system, t.format
            share = held / on.hbm_bytes_per_s / t.seconds
            shares[key] = max(share, shares.get(key, 0))
    assert len(shares) == 17  # nine chips, two caches, no fp8 on the A100
    assert 0.6 < min(shares.values()) < max(shares.values()) < 0.95


def test_prompts_never_beat_the_arithmetic_of_a_causal_mask():
    for t in prefill_attention_times():
        flops = 4 * t.heads * 128 * t.batch * t.tokens**2 / 2
        assert t.seconds > flops / chip(CHIP_OF[t.system]).peak()


def test_all_reduces_are_of_two_to_eight_chips_and_the_experts_split_or_whole():
    assert {t.chips for t in all_reduce_times()} == {2, 4, 8}
    assert {t.implementation for t in all_reduce_times()} == {"nccl", "vllm_graph", "trtllm"}
    assert min(t.bytes for t in all_reduce_times()) == 256
    assert {(t.tp, t.ep) for t in moe_times()} == {(1, 1), (1, 8), (8, 1)}
    assert {t.distribution for t in moe_times()} == {"balanced", "power_law_1.2"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a,4096,1.5,fast", "t.csv, row 1, column 'm2': 'fast' is no number"),
        ("a,4096,0,2", "t.csv, row 1, column 'm1': '0' is not above 0"),
        ("a,many,1,2", "t.csv, row 1, column 'n': 'many' is no number"),
        ("a,,1,2", "t.csv, row 1, column 'n': '' is no number"),
        (",4096,1,2", "t.csv, row 1, column 'system': '' is not a name"),
        ("a,4096,1", "t.csv, row 1: 3 cells under 4 columns"),
    ],
)
def test_a_bad_cell_is_named_by_table_row_and_column(line, told):
    points = kernel_points(f"system,n,m1,m2\na,8192,1,\n{line}\n", table="t.csv", letter="m")
    assert next(points) == ["a", 8192, 1, 1e-6]
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        list(points)


def test_every_system_is_a_chip_and_the_licence_names_its_source():
    assert len(CHIP_OF) == 9
    assert all(chip(name).name == name for name in CHIP_OF.values())
    assert "NVIDIA AIConfigurator 0.12.0 (Apache-2.0)" in LICENCE


@pytest.mark.parametrize(
    ("times", "what"),
    [
        (gemm_times, "a matrix product"),
        (decode_attention_times, "attention"),
        (all_reduce_times, "an all-reduce"),
        (moe_times, "a layer's experts"),
    ],
)
def test_a_timed_row_is_cited_where_a_page_reads_it(times, what):
    row = times()[0]
    working = worked(show(row.seconds, "µs", decimals=2), "timed.seconds", timed=row).data()[0]
    assert working["sources"][0]["source"].endswith("aiconfigurator-core/0.12.0/")
    assert (working["fact"], row.accessed) == (
        f"{what} timed on {row.system}, seconds",
        "2026-11-28",
    )
