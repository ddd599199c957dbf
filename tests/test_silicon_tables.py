"""How the tables of measured silicon are made: labels repaired, kernels thinned, rows kept out."""

from importlib.resources import files

import pytest

from benchmarks import silicon, silicon_rows
from tokenworks.data.silicon import end_to_end_rows


@pytest.mark.parametrize(
    ("tp", "dp", "moe_tp", "moe_ep", "gpus", "ep", "dpa"),
    [
        (8, 1, 8, 1, 8, 1, 1),
        (8, 1, 1, 8, 8, 8, 1),
        (8, 1, 2, 4, 8, 4, 1),
        (1, 8, 1, 8, 8, 8, 8),
        (64, 1, 8, 8, 8, 8, 1),  # the same run as (8, 1, 1, 8)
        (16, 1, 4, 4, 4, 4, 1),
        (1, 64, 8, 8, 8, 8, 8),  # the same run as (1, 8, 1, 8)
        (4, 4, 1, 16, 4, 4, 4),
        (2, 2, 1, 4, 2, 2, 2),
        (1, 1, 1, 1, 1, 1, 1),
        (2, 1, 1, 0, 2, 1, 1),  # a dense model
    ],
)
def test_a_number_that_was_written_twice_is_taken_once(
    *, tp: int, dp: int, moe_tp: int, moe_ep: int, gpus: int, ep: int, dpa: int
):
    assert silicon_rows.repaired(tp=tp, dp=dp, moe_tp=moe_tp, moe_ep=moe_ep) == (gpus, ep, dpa)


@pytest.mark.parametrize(
    ("source", "family", "ratio", "concurrency"),
    [
        (
            "db-dump/2026-04-27; config_id=7; silicon_concurrency=32; measured=2026-01-02",
            "db",
            0.9,
            32,
        ),
        ("source_file=2026-04-06.csv; model=M; silicon_concurrency=4; wip=False", "csv", 0.9, 4),
        ("source_file=m-gap-analysis.csv; silicon_concurrency=8", "gap", 0.9, 8),
        ("source_file=/data/h100_sxm/vllm/0.12.0/m.csv; gtl_job_id=1", "gap", 1.0, 0),
    ],
)
def test_a_source_says_family_lengths_and_concurrency(
    *, source: str, family: str, ratio: float, concurrency: int
):
    assert silicon_rows.origin(source) == (family, ratio)
    assert silicon_rows.concurrency(source) == concurrency


SOURCE = {
    "mode": "agg",
    "silicon_data_source": "source_file=2026-04-06.csv; silicon_concurrency=4; measured=2026-03-25",
    "backend": "vllm",
    "backend_version": "0.19.0",
    "model_path": "owner/Qwen3-32B",
    "system": "h100_sxm",
    "precision": "",
    "isl": "1024",
    "osl": "128",
    "tp_size": "16",
    "attention_dp_size": "",
    "moe_tp_size": "4",
    "moe_ep_size": "4",
    "silicon_ttft_ms": "123.456789",
    "silicon_tpot_ms": "7.1234567",
}
KEPT = "m,system,backend,prec,gpus,ep,dpa\nqwen3-32b,h100_sxm,vllm,unk,4,4,1\n"


def served(*rows: dict[str, str]) -> list[list[object]]:
    text = "\n".join(",".join(row) for row in [list(SOURCE), *([*row.values()] for row in rows)])
    head, *lines = silicon_rows.served_lines(text, KEPT)
    assert head == files("tokenworks.data").joinpath("silicon/end_to_end.csv").read_text(
        encoding="utf-8"
    ).split("\n")[0].split(",")
    return lines


def test_a_row_is_relabelled():
    labels = ["qwen3-32b", "h100_sxm", "vllm", "0.19.0", "unk", 1024, 128, 4, 4, 4, 1, 0.9]
    assert served(SOURCE) == [[*labels, "123.46", "7.1235", "csv", "2026-03-25"]]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("model_path", "owner/Unknown"),
        ("model_path", "owner/Qwen3-235B-A22B-FP8"),
        ("system", "h200_sxm"),
        ("backend", "sglang"),
        ("precision", "fp8"),
        ("tp_size", "2"),
        ("attention_dp_size", "2"),
        ("mode", "disagg"),
    ],
)
def test_a_configuration_that_is_kept_out_stays_out(column: str, cell: str):
    other = SOURCE | {column: cell}
    other |= {"moe_tp_size": "1"} if column == "tp_size" else {}
    assert served(other) == []
    assert len(served(SOURCE, other, SOURCE)) == 2


def test_rows_are_in_the_order_of_their_labels_and_equal_ones_in_the_sources():
    later = SOURCE | {"silicon_ttft_ms": "1"}
    smaller = SOURCE | {"isl": "128", "silicon_ttft_ms": "2"}
    assert [line[12] for line in served(SOURCE, later, smaller)] == ["2.0", "123.46", "1.0"]
    keys = [(r.model, r.system, r.backend, r.precision, r.gpus) for r in end_to_end_rows()]
    assert keys == sorted(keys)


def row(**values: object) -> dict[str, object]:
    usual = {"gemm_dtype": "fp8", "n": 4096, "k": 4096, "m": 128, "latency": 0.0123456}
    return usual | values


def test_of_several_back_ends_the_fastest_is_taken_to_four_digits():
    rows = [row(), row(latency=0.0111111), row(n=5), row(m=100), row(gemm_dtype="int4")]
    times = silicon.gemm(lambda table: rows if table.startswith("h100_sxm/gemm/vllm/0.24") else [])
    assert set(times) == {("h100_sxm", "vllm", "fp8", 4096, 4096)}
    head, line = silicon.lines("system,fw,gemm_dtype,n,k,m", [64, 128], times)
    assert head == ["system", "fw", "gemm_dtype", "n", "k", "m64", "m128"]
    assert line == ["h100_sxm", "vllm", "fp8", 4096, 4096, "", "11.11"]


def test_a_system_whose_newest_tables_are_others_has_its_own_version():
    assert silicon.version("h100_sxm", "vllm") == "0.24.0"
    assert silicon.version("a100_sxm", "vllm", "all-reduce") == "0.14.0"
    assert silicon.version("gb300", "vllm") == "0.24.0"
    assert silicon.version("gb300", "vllm", "all-reduce") == "0.27.0"
