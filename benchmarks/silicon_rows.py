"""The end-to-end rows of the wheel under labels that are right: what was repaired, and why.

A quarter of the configurations (model, system, backend, precision, gpus, ep, dpa) is kept out of
this project for a blind test. Only rows whose configuration the shipped table holds are let
through; others are never printed, counted or written.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any

CONFIGURATION = ("m", "system", "backend", "prec", "gpus", "ep", "dpa")
ORDER = (*CONFIGURATION, "isl", "osl", "conc", "ratio_len")
COLUMNS = ["m", "system", "backend", "ver", "prec", "isl", "osl", "conc", "gpus", "ep", "dpa"]
COLUMNS += ["ratio_len", "ttft", "tpot", "fam", "date"]
RUN = ("m", "system", "backend", "isl", "osl", "conc")
DEGREES = ("tp", "dp", "moe_tp", "moe_ep")
MODELS = {  # by the path of its weights, without its owner
    "DeepSeek-R1": "deepseek-v3",
    "DeepSeek-R1-NVFP4": "deepseek-v3",
    "DeepSeek-V3": "deepseek-v3",
    "DeepSeek-V3.1-NVFP4": "deepseek-v3",
    "GLM-5": "glm-5",
    "Kimi-K2.5": "kimi-k2.5",
    "Llama-3.1-70B": "llama-70b",
    "Llama-3.1-8B-Instruct": "llama-8b",
    "Llama-3.1-8B-Instruct-FP8": "llama-8b",
    "MiniMax-M2.5": "minimax-m2.5",
    "Qwen3-235B-A22B-FP8": "qwen3-235b",
    "Qwen3-32B": "qwen3-32b",
    "Qwen3-32B-NVFP4": "qwen3-32b",
    "Qwen3.5-397B-A17B": "qwen3.5-397b",
    "gpt-oss-120b": "gpt-oss-120b",
}


def served_lines(source: str, kept: str) -> Iterator[list[Any]]:
    """Yield the lines of end_to_end.csv: rows of the source whose configuration `kept` holds."""
    yield COLUMNS
    rows = [row for _, row in let_through(source, kept)]
    for row in sorted(rows, key=lambda row: [row[column] for column in ORDER]):
        yield [row[column] for column in COLUMNS]


def two_label_lines(source: str, kept: str) -> Iterator[list[Any]]:
    """Yield the lines of two_labels.csv: runs that stand twice, both times equal to the last digit.

    Their degrees of parallelism as the wheel has them, those of more GPUs first.
    """
    yield [*RUN, "ttft", "tpot", *DEGREES, *(f"{name}_again" for name in DEGREES)]
    labels: dict[tuple[str, ...], set[tuple[int, ...]]] = {}
    for raw, row in let_through(source, kept):
        times = (raw["silicon_ttft_ms"], raw["silicon_tpot_ms"])
        run = (*(str(row[column]) for column in RUN), *times)
        labels.setdefault(run, set()).add(tuple(degrees(raw).values()))
    for run, found in sorted(labels.items()):
        if len(found) == 2:
            more, fewer = sorted(found, key=lambda label: -label[0] * label[1])
            yield [*run, *more, *fewer]


def let_through(source: str, kept: str) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Yield the rows whose configuration the shipped table holds, as they stand and relabelled."""
    shipped = {configuration(row) for row in csv.DictReader(kept.splitlines())}
    for raw in csv.DictReader(source.splitlines()):
        row = relabelled(raw) if raw["mode"] == "agg" else None
        if row and configuration(row) in shipped:
            yield raw, row


def configuration(row: dict[str, Any]) -> tuple[str, ...]:
    """Return what is served on what, without for whom."""
    return tuple(str(row[column]) for column in CONFIGURATION)


def relabelled(row: dict[str, str]) -> dict[str, Any]:
    """Return one row of the wheel under the labels of end_to_end.csv."""
    gpus, ep, dpa = repaired(**degrees(row))
    family, ratio = origin(row["silicon_data_source"])
    return {
        "m": MODELS.get(row["model_path"].rpartition("/")[2], ""),
        "system": row["system"],
        "backend": row["backend"],
        "ver": row["backend_version"],
        "prec": row["precision"] or "unk",
        "isl": whole(row["isl"], 0),
        "osl": whole(row["osl"], 0),
        "conc": concurrency(row["silicon_data_source"]),
        "gpus": gpus,
        "ep": ep,
        "dpa": dpa,
        "ratio_len": ratio,
        "ttft": five_digits(row["silicon_ttft_ms"]),
        "tpot": five_digits(row["silicon_tpot_ms"]),
        "fam": family,
        "date": (re.findall(r"measured=(\d{4}-\d\d-\d\d)", row["silicon_data_source"]) or [""])[0],
    }


def degrees(row: dict[str, str]) -> dict[str, int]:
    """Return the degrees of parallelism as they stand; one that is missing is 1."""
    columns = ("tp_size", "attention_dp_size", "moe_tp_size", "moe_ep_size")
    return {name: whole(row[column]) for name, column in zip(DEGREES, columns, strict=True)}


def whole(cell: str, empty: int = 1) -> int:
    """Return a cell's whole number, or what an empty one stands for."""
    return int(float(cell)) if cell else empty


def repaired(*, tp: int, dp: int, moe_tp: int, moe_ep: int) -> tuple[int, int, int]:
    """Return GPUs, expert-parallel and attention-data-parallel degree of one replica.

    A replica has tp x dp GPUs, and its experts are split moe_tp x moe_ep ways. Where one number g
    was written twice instead of split, that makes g x g of it: (tp 64, dp 1, moe_tp 8, moe_ep 8)
    is a server of 8 GPUs, not of 64. 31 times a run stands in the file under these labels and, to
    the last digit of both times, under (8, 1, 1, 8); 19 times under (16, 1, 4, 4) and (4, 1, 1, 4);
    with attention data parallelism 5 times under (1, 64, 8, 8) and (1, 8, 1, 8), twice under
    (1, 16, 4, 4) and (1, 4, 1, 4): two_labels.csv. Where the ids of such rows say it, they say
    tp8_ep8 and tp4_ep4. (4, 4, 1, 16) has the g of tp in dp, too: its runs are listed
    again, rounded, under (4, 1, 1, 4).
    """
    gpus = tp * dp
    twice = moe_tp == moe_ep > 1 or (tp == dp > 1 and moe_ep == gpus)
    if twice:
        true = moe_tp if moe_tp > 1 else tp
        return true, true, true if dp > 1 else 1
    return gpus, max(1, moe_ep), dp


def concurrency(source: str) -> int:
    """Return the requests inside at once, as the run's own record says; 0 where it does not.

    The column batch_size is that number over the replicas of attention: 32 requests on dp 4 stand
    there as 8, which the conc of this project is not.
    """
    return int((re.findall(r"silicon_concurrency=(\d+)", source) or [0])[0])


def origin(source: str) -> tuple[str, float]:
    """Return the family of a row, and the mean length of its requests over the nominal one.

    InferenceX draws lengths from 0.8 to 1.0 of the nominal one (its README): 0.9 in the mean. Its
    runs stand here as a dump of its data base (db), as dated exports of it (csv), and as copies in
    the lists of two models (gap). Rows of a model on a server in a folder of their own are
    NVIDIA's (gap), of fixed lengths.
    """
    if source.startswith("db-dump"):
        return "db", 0.9
    file = (re.findall(r"source_file=([^;]*)", source) or [""])[0]
    if re.match(r"\d{4}-\d\d-\d\d\.csv", file):
        return "csv", 0.9
    return "gap", 1.0 if "/" in file else 0.9


def five_digits(cell: str) -> str:
    """Return a time in milliseconds to five significant digits."""
    return str(float(f"{float(cell):.5g}"))
