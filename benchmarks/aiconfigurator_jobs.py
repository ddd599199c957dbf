"""What AIConfigurator is asked for each served row, so that it is asked as fairly as can be.

The labels are ours: repaired counts of chips, lengths times `length_ratio`, requests of one replica
of attention. Which number formats a server ran with, its label leaves open: all that it may mean
and AIConfigurator knows are tried.
"""

from __future__ import annotations

import json
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

from tokenworks.data.silicon import ServedRow

WORKER = Path(__file__).with_name("aiconfigurator_rows.py")
Answer = dict[str, Any]
Modes = dict[str, str]
DENSE = ("llama-8b", "llama-70b", "qwen3-32b")
# Its own copies of published configurations, the one of the label's format where there is one.
CHECKPOINTS = {
    ("llama-8b", "*"): "meta-llama/Meta-Llama-3.1-8B",
    ("llama-70b", "fp8"): "nvidia/Llama-3.1-70B-Instruct-FP8",
    ("llama-70b", "*"): "meta-llama/Meta-Llama-3.1-70B",
    ("qwen3-32b", "fp8"): "Qwen/Qwen3-32B-FP8",
    ("qwen3-32b", "*"): "Qwen/Qwen3-32B",
    ("qwen3-235b", "*"): "Qwen/Qwen3-235B-A22B-FP8",
    ("gpt-oss-120b", "*"): "openai/gpt-oss-120b",
    ("minimax-m2.5", "fp4"): "nvidia/MiniMax-M2.5-NVFP4",
    ("minimax-m2.5", "*"): "MiniMaxAI/MiniMax-M2.5",
    ("qwen3.5-397b", "fp4"): "nvidia/Qwen3.5-397B-A17B-NVFP4",
    ("qwen3.5-397b", "*"): "Qwen/Qwen3.5-397B-A17B",
    ("deepseek-v3", "fp4"): "nvidia/DeepSeek-V3.1-NVFP4",
    ("deepseek-v3", "*"): "deepseek-ai/DeepSeek-V3",
    ("kimi-k2.5", "fp4"): "nvidia/Kimi-K2.5-NVFP4",
    ("kimi-k2.5", "*"): "moonshotai/Kimi-K2.5",
    ("glm-5", "fp4"): "nvidia/GLM-5-NVFP4",
    ("glm-5", "*"): "zai-org/GLM-5-FP8",
}
# Labels whose format none of its checkpoints says: the first of the tried ways is the default.
WITHOUT_CHECKPOINT = {("llama-8b", "fp8"), ("llama-70b", "fp4"), ("qwen3.5-397b", "fp8")}
CACHE = ("fp8", "bfloat16")
# Formats of the matrix products that a label may mean; of experts, with those of the rest.
DENSE_FORMATS = {
    "fp8": ("fp8_static", "fp8", "fp8_block"),
    "fp4": ("nvfp4",),
    "unk": ("bfloat16", "fp8_static", "fp8", "fp8_block"),
    "bf16": ("bfloat16",),
}
EXPERT_FORMATS = {
    "fp8": tuple(product(("fp8_block", "fp8"), repeat=2)),
    "fp4": (("nvfp4", "nvfp4"), ("bfloat16", "nvfp4"), ("fp8", "nvfp4")),
    "int4": (("bfloat16", "int4_wo"),),
}
GPT_OSS = (("bfloat16", "w4a16_mxfp4"), ("bfloat16", "w4a8_mxfp4_mxfp8"))
# How the scheduler is modelled; the first is what `aiconfigurator cli estimate` does by itself.
SETTINGS: list[dict[str, Any]] = [
    {"step_tokens": step, "batch": batch, "corrections": corrected, "routing": routing}
    for step, batch, corrected, routing in product(
        ("prompt", 8192), ("asked", "fits"), (True, False), ("power_law", "balanced")
    )
]
DATABASES = ("SILICON", "HYBRID")  # its tables; where they lack a kernel, its estimate of that one


def ways(row: ServedRow) -> list[Modes]:
    """Return the number formats that a row's label may mean; the first is the default."""
    cached = [{"kvcache_quant_mode": cache} for cache in CACHE]
    if row.model in DENSE:
        formats = [{"gemm_quant_mode": gemm} for gemm in DENSE_FORMATS[row.precision]]
    else:
        pairs = GPT_OSS if row.model == "gpt-oss-120b" else EXPERT_FORMATS[row.precision]
        formats = [{"gemm_quant_mode": gemm, "moe_quant_mode": moe} for gemm, moe in pairs]
    tried = [one | other for one, other in product(formats, cached)]
    return tried if (row.model, row.precision) in WITHOUT_CHECKPOINT else [{}, *tried]


def job(row: ServedRow, modes: Modes) -> dict[str, Any]:
    """Return what is asked for a row; raises ValueError where its labels are no deployment."""
    if not row.gpus or row.gpus % row.ep or row.gpus % row.dpa or not row.concurrency:
        raise ValueError(f"no deployment: {row.gpus} chips, ep {row.ep}, dpa {row.dpa}")
    expert = row.model not in DENSE
    name = (row.model, row.precision)
    return {
        "deployment": {
            "system": row.system,
            "backend": row.backend,
            "checkpoint": CHECKPOINTS.get(name) or CHECKPOINTS[row.model, "*"],
            "modes": modes,
            "tp": row.gpus // row.dpa,
            "dp": row.dpa,
            "moe_tp": row.gpus // row.ep if expert else 1,
            "moe_ep": row.ep if expert else 1,
        },
        "isl": round(row.prompt_tokens),
        "osl": round(row.output_tokens),
        "batch": max(1, round(row.concurrency / row.dpa)),
    }


class Peer:
    """AIConfigurator in its own environment."""

    def __init__(self, python: Path) -> None:
        if not python.exists():
            raise SystemExit(f"no {python}: the head of peer_aiconfigurator.py makes it")
        self.python = python
        self.versions: dict[str, str] = {}

    def answers(self, jobs: list[Any], settings: list[dict[str, Any]]) -> list[list[Answer]]:
        """Return one list of answers a job, one answer a setting. Equal jobs are asked once."""
        keys = [json.dumps(each, sort_keys=True) for each in jobs]
        once = dict(zip(keys, jobs, strict=True))
        done = subprocess.run(
            [self.python, WORKER],
            input=json.dumps({"jobs": list(once.values()), "settings": settings}),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout)
        self.versions = found["versions"]
        flat, size = found["answers"], len(settings)
        answers = {key: flat[i * size : (i + 1) * size] for i, key in enumerate(once)}
        return [answers[key] for key in keys]
