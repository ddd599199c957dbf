"""Ask AIConfigurator for its pick of a deployment. Runs under its own Python, not the project's.

`benchmarks/planner.py` starts it, writes workloads to its standard input and reads one JSON object
from its standard output. It does what `aiconfigurator cli default` does, for one pool.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from importlib.metadata import version
from typing import Any

from aiconfigurator.cli.api import _execute_and_wrap_result
from aiconfigurator.cli.main import build_default_tasks

PACKAGES = ("aiconfigurator", "aiconfigurator-core")
KEPT = (
    "tokens/s/gpu",
    "tokens/s/user",
    "tpot",
    "ttft",
    "concurrency",
    "bs",
    "tp",
    "pp",
    "dp",
    "moe_tp",
    "moe_ep",
    "request_rate",
)
GPUS = 8


def main() -> None:
    """Answer every workload with its best pick of one pool, or why there is none."""
    logging.disable(logging.CRITICAL)
    asked = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        answers = [pick(**each) for each in asked]
    versions = {package: version(package) for package in PACKAGES}
    json.dump({"versions": versions, "answers": answers}, sys.stdout)


def pick(**asked: Any) -> dict[str, Any]:
    """Return the first of its ranked configurations of one pool, split by tensors alone."""
    try:
        tasks = build_default_tasks(total_gpus=GPUS, backend="vllm", serving_mode="agg", **asked)
        for task in tasks.values():
            task.agg_pp_candidates = task.agg_dp_candidates = task.agg_moe_ep_candidates = [1]
        found = _execute_and_wrap_result(tasks, mode="default", top_n=1)
        row = next(iter(found.best_configs.values())).iloc[0]
    except (ValueError, RuntimeError, KeyError, AssertionError, StopIteration, IndexError) as error:
        return {"reason": " ".join(str(error).split())[:200]}
    return {name: _plain(row[name]) for name in KEPT if name in row}


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


if __name__ == "__main__":
    main()
