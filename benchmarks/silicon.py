"""Make the tables of lib/tokenworks/data/silicon again from the wheel that they were taken from.

    python -m venv build/silicon && build/silicon/bin/pip install pyarrow
    pip download --no-deps aiconfigurator-core==0.12.0
    build/silicon/bin/python -m benchmarks.silicon aiconfigurator_core-0.12.0-*.whl

The wheel is NVIDIA's, Apache-2.0, 82 MB; neither it nor pyarrow, which reads its Parquet files, is
a dependency of the package or in its lock. The seven files come out byte for byte as committed. One
that differs is written and named, and the exit code is 1.

How the kernels were thinned: one version of each framework a system (VERSIONS), of each shape the
fastest of its kernel back ends, in microseconds to 4 significant digits, lines in the order of
their labels.

- GEMM: 24 shapes of Llama, Qwen and their shards, timed by vLLM; by TensorRT-LLM where the weights
  are in blocks of fp8 (vLLM's carry 60 to 320 µs of eager launch) and for the A100's integers
- Attention: vLLM's, head dim 128, 8 or 64 query heads, 8 for each KV head, no window, beams of 1;
  a decode step finds `step` tokens in the cache and adds one
- All-reduce: NCCL's in half precision, vLLM's inside a CUDA graph, TensorRT-LLM's; their
  message_size counts elements of two bytes
- Experts: TensorRT-LLM's, and vLLM's where the weights have four bits; whole, or over eight chips

`benchmarks/silicon_rows.py` says how the end-to-end rows were relabelled.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.silicon_rows import served_lines, two_label_lines

WHEEL_SHA256 = "aadc4aad0a00bf8a61c477c62bef43de479849c3aa0b1c3078068e08309eccc4"
FOLDER = Path(__file__).parents[1] / "lib/tokenworks/data/silicon"
DATA = "aiconfigurator_core/systems/data"
NEWEST = {"vllm": "0.24.0", "trtllm": "1.3.0rc20", "nccl": "2.29.2"}
VERSIONS = {  # of a system whose newest complete tables are others
    ("a100_sxm", "vllm"): "0.14.0",
    ("a100_sxm", "trtllm"): "1.0.0",
    ("a100_sxm", "nccl"): "2.27.3",
    ("l40s", "nccl"): "2.27.3",
    ("l40s", "vllm all-reduce"): "0.22.0",
    ("gb300", "vllm all-reduce"): "0.27.0",
}
# The experts of H200 were taken from two versions of vLLM, the faster time of either.
OLDER_EXPERTS = {("h200_sxm", "vllm"): "0.19.0"}
HOPPER, BLACKWELL = ["h100_sxm", "h200_sxm"], ["b200_sxm", "b300_sxm", "gb200", "gb300"]
SYSTEMS = ["a100_sxm", *BLACKWELL, *HOPPER, "l40s", "rtx_pro_6000_server"]
WITH_BLOCKS = ["b200_sxm", "gb200", *HOPPER]
SHAPES = {  # k: n
    512: (4096,),
    1024: (4096, 8192),
    2048: (4096, 8192),
    3584: (4096, 8192),
    4096: (768, 1536, 3072, 3584, 4096, 6144, 7168, 8192, 16384),
    7168: (4096, 8192),
    8192: (2560, 5120, 7168, 8192, 10240, 65536),
}
POWERS = [2**i for i in range(31)]
LENGTHS = [128, 256, 512, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 10240, 12288, 16384]
EXPERTS = {  # model dim, of an expert's feed-forward, experts of a token, all of them
    (7168, 2048, 8, 256): "DeepSeek-V3",
    (7168, 2048, 8, 384): "Kimi-K2",
    (4096, 14336, 2, 8): "Mixtral-8x7B",
    (4096, 1536, 8, 128): "Qwen3-235B",
    (2880, 2880, 4, 128): "gpt-oss-120b",
}
FOUR_BITS = ("int4_wo", "w4a16_mxfp4")
Times = dict[tuple[Any, ...], dict[int, float]]  # of a line's labels: milliseconds by size
Reader = Callable[[str], Iterable[dict[str, Any]]]  # rows of a Parquet file of the wheel


def version(system: str, framework: str, table: str = "") -> str:
    """Return the version whose tables of a framework were taken for a system."""
    named = VERSIONS.get((system, f"{framework} {table}")) or VERSIONS.get((system, framework))
    return named or NEWEST[framework]


def gemm(read: Reader) -> Times:
    """Return the matrix products."""
    wanted = {(n, k) for k, widths in SHAPES.items() for n in widths}
    taken = [(system, "vllm", ("bfloat16", "fp8", "nvfp4")) for system in SYSTEMS]
    taken += [(system, "trtllm", ("fp8_block",)) for system in WITH_BLOCKS]
    taken += [("a100_sxm", "trtllm", ("int4_wo", "int8_wo"))]
    times: Times = {}
    for system, framework, formats in taken:
        for row in read(f"{system}/gemm/{framework}/{version(system, framework)}/gemm_perf"):
            if row["gemm_dtype"] in formats and (row["n"], row["k"]) in wanted:
                label = (system, framework, row["gemm_dtype"], row["n"], row["k"])
                faster(times.setdefault(label, {}), row["m"], row["latency"])
    return times


def attention(read: Reader, *, decode: bool) -> Times:
    """Return the attention of decode steps, or of prompts."""
    kind = "generation" if decode else "context"
    times: Times = {}
    for system in SYSTEMS:
        for row in read(f"{system}/attention/vllm/{version(system, 'vllm')}/{kind}_attention_perf"):
            grouped = row["num_key_value_heads"] * 8 == row["num_heads"]
            plain = row["head_dim"] == 128 and row["beam_width"] == 1 and not row["window_size"]
            few = row["batch_size"] in POWERS[: 9 if decode else 5]
            if not (grouped and plain and few and row["num_heads"] in (8, 64)):
                continue
            if not decode and not row["attn_dtype"] == row["kv_cache_dtype"] == "bfloat16":
                continue
            label = (system, row["kv_cache_dtype"], row["num_heads"], row["batch_size"])
            tokens = row["step"] + 1 if decode else row["isl"]
            faster(times.setdefault(label, {}), tokens, row["latency"])
    return times


def all_reduce(read: Reader) -> Times:
    """Return the all-reduces."""
    with_trtllm = [*BLACKWELL, *HOPPER, "rtx_pro_6000_server"]
    taken = [(system, "nccl", "nccl") for system in SYSTEMS]
    taken += [(system, "vllm", "vllm_graph") for system in SYSTEMS]
    taken += [(system, "trtllm", "trtllm") for system in with_trtllm]
    times: Times = {}
    for system, framework, label in taken:
        table = "nccl_perf" if framework == "nccl" else "custom_allreduce_perf"
        place = f"{system}/comm/{framework}/{version(system, framework, 'all-reduce')}/{table}"
        for row in read(place):
            half = row.get("nccl_dtype", "half") == "half"
            graph = row.get("backend", label) in (label, None) or framework == "trtllm"
            if half and graph and row["op_name"] == "all_reduce" and row["num_gpus"] <= 8:
                line = times.setdefault((system, label, row["num_gpus"]), {})
                faster(line, 2 * row["message_size"], row["latency"])
    return times


def experts(read: Reader) -> Times:
    """Return the routed experts, whole on one chip or over eight."""
    taken = [(system, "trtllm") for system in ("b200_sxm", "b300_sxm", "gb200", *HOPPER)]
    taken += [(system, "vllm") for system in ("b200_sxm", *HOPPER)]
    times: Times = {}
    for system, framework in taken:
        versions = [version(system, framework), OLDER_EXPERTS.get((system, framework))]
        for row in (
            row for v in versions if v for row in read(f"{system}/moe/{framework}/{v}/moe_perf")
        ):
            shape = (row["hidden_size"], row["inter_size"], row["topk"], row["num_experts"])
            split = (row["moe_tp_size"], row["moe_ep_size"])
            spread = row["distribution"] in ("balanced", "power_law_1.2")
            format_fits = framework == "trtllm" or row["moe_dtype"] in FOUR_BITS
            if shape in EXPERTS and split in ((1, 1), (1, 8), (8, 1)) and spread and format_fits:
                names = (system, framework, EXPERTS[shape], row["moe_dtype"])
                line = times.setdefault((*names, *split, row["distribution"]), {})
                faster(line, row["num_tokens"], row["latency"])
    return times


def faster(line: dict[int, float], size: int, latency: float) -> None:
    """Keep the fastest time of a shape and a size."""
    line[size] = min(latency, line.get(size, latency))


def lines(head: str, sizes: list[int], times: Times) -> Iterator[list[Any]]:
    """Yield the lines of a table of kernels; `head` ends with the letter of the sizes."""
    *names, letter = head.split(",")
    yield [*names, *(f"{letter}{size}" for size in sizes)]
    for label, line in sorted(times.items()):
        cells = [f"{float(f'{line[s] * 1e3:.4g}')}" if s in line else "" for s in sizes]
        if any(cells):
            yield [*label, *cells]


def tables(read: Reader, served: str, kept: str) -> Iterator[tuple[str, Iterable[list[Any]]]]:
    """Yield each file's name and lines."""
    yield "gemm.csv", lines("system,fw,gemm_dtype,n,k,m", POWERS[:15], gemm(read))
    for name, decode, sizes in (("decode", True, POWERS[7:16]), ("prefill", False, LENGTHS)):
        head = "system,kv_cache_dtype,num_heads,batch_size,c"
        head = head if decode else "system,attn_dtype,num_heads,batch_size,s"
        yield f"{name}_attention.csv", lines(head, sizes, attention(read, decode=decode))
    yield "all_reduce.csv", lines("system,impl,n,b", POWERS[8:31], all_reduce(read))
    head = "system,fw,model,moe_dtype,moe_tp_size,moe_ep_size,distribution,t"
    yield "moe.csv", lines(head, POWERS[:15], experts(read))
    yield "end_to_end.csv", served_lines(served, kept)
    yield "two_labels.csv", two_label_lines(served, kept)


def main(arguments: list[str] | None = None) -> int:
    """Write the tables; return 1 if one of them was another before."""
    import pyarrow.parquet  # of its own environment: see above

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args(arguments).wheel
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL_SHA256:
        parser.error(f"{wheel} is not aiconfigurator-core 0.12.0 for x86-64: its sha256 differs")
    changed = []
    with zipfile.ZipFile(wheel) as archive:

        def read(table: str) -> Iterable[dict[str, Any]]:
            source = io.BytesIO(archive.read(f"{DATA}/{table}.parquet"))
            for batch in pyarrow.parquet.ParquetFile(source).iter_batches():
                yield from ({"window_size": 0} | row for row in batch.to_pylist())

        served = archive.read("aiconfigurator_core/systems/silicon_sample.csv").decode()
        kept = (FOLDER / "end_to_end.csv").read_text(encoding="utf-8")
        for name, rows in tables(read, served, kept):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            path = FOLDER / name
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            path.write_text(text.getvalue(), encoding="utf-8")
            changed += [name] * (text.getvalue() != before)
            print(f"{name}: {'changed' if name in changed else 'the same bytes'}")
    return int(bool(changed))


if __name__ == "__main__":
    sys.exit(main())
