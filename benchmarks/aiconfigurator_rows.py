"""Ask AIConfigurator for the times of served rows. Runs under its own Python, not the project's.

`benchmarks/peer_aiconfigurator.py` starts it, writes jobs to its standard input and reads one JSON
object from its standard output. It does what `aiconfigurator cli estimate` does (function
`_run_agg_estimate` of aiconfigurator/cli/api.py), and keeps a model for all rows of a deployment.
"""

from __future__ import annotations

import functools
import json
import logging
import sys
from importlib.metadata import version
from typing import Any, NamedTuple

from aiconfigurator.sdk.backends.factory import get_backend
from aiconfigurator.sdk.config import RuntimeConfig
from aiconfigurator.sdk.config_builders import build_model_config
from aiconfigurator.sdk.errors import PerfDataNotAvailableError
from aiconfigurator.sdk.models import (
    get_model,
    resolve_context_fmha_by_data,
    resolve_nvfp4_for_system,
)
from aiconfigurator.sdk.perf_database import get_database_view, get_latest_database_version

REFUSALS = (ValueError, RuntimeError, AssertionError, KeyError, NotImplementedError)
PACKAGES = ("aiconfigurator", "aiconfigurator-core")
Answer = dict[str, Any]


def main() -> None:
    """Answer every job in every setting that is asked for."""
    logging.disable(logging.WARNING)
    asked = json.load(sys.stdin)
    answers = [answer(job, setting) for job in asked["jobs"] for setting in asked["settings"]]
    versions = {package: version(package) for package in PACKAGES}
    json.dump({"versions": versions, "answers": answers}, sys.stdout)


class Worker(NamedTuple):
    """A deployment as it sees it: the model's kernels, their tables, the backend's scheduler."""

    model: Any
    tables: Any
    backend: Any

    def run(self, job: dict[str, Any], setting: dict[str, Any], batch: int) -> Any:
        """Return its summary for so many requests, with or without its empirical corrections."""
        budget = job["isl"] if setting["step_tokens"] == "prompt" else setting["step_tokens"]
        self.backend._agg_cache.clear()  # its key knows nothing of the corrections
        for name, without in UNCORRECTED.items():
            if setting["corrections"]:
                vars(self.backend).pop(name, None)
            else:
                setattr(self.backend, name, without)
        config = RuntimeConfig(isl=job["isl"], osl=job["osl"], batch_size=batch)
        return self.backend.run_agg(self.model, self.tables, config, ctx_tokens=budget)

    def largest_batch(self, job: dict[str, Any], setting: dict[str, Any]) -> int:
        """Return the most requests, at least one, whose keys and values it says to fit."""
        fits, full = 1, job["batch"]
        while full - fits > 1:
            middle = (fits + full) // 2
            if self.run(job, setting, middle).check_kv_cache_oom():
                full = middle
            else:
                fits = middle
        return fits


# What its backends add to the sum of the kernels, and what each would be without.
UNCORRECTED = {
    "_tpot_mix_steps": lambda steps: steps,
    "_prefill_dispatch_overhead_ms": lambda model: 0.0,
    "_ttft_queuing_factor": lambda batch, steps: 1.0,
}
# Deployments whose tables lack a kernel: none of their rows has an answer.
LACKS: dict[tuple[str, str, str], str] = {}


def answer(job: dict[str, Any], setting: dict[str, Any]) -> Answer:
    """Return the times in the first database mode that has the kernels, or the last refusal."""
    reason = "no database mode was asked for"
    for mode in setting["databases"]:
        key = (json.dumps(job["deployment"], sort_keys=True), setting["routing"], mode)
        worker = LACKS.get(key) or built(*key)
        if isinstance(worker, str):
            reason = worker
            continue
        try:
            times = estimate(worker, job, setting)
        except PerfDataNotAvailableError as error:  # found at a kernel's first use
            reason = LACKS[key] = one_line(error)
        except REFUSALS as error:
            reason = one_line(error)
        else:
            return times | {"database": mode, "version": worker.tables.version}
    return {"reason": reason}


@functools.cache
def built(key: str, routing: str, mode: str) -> Worker | str:
    """Build what `aiconfigurator cli estimate` builds for these labels, or say why it refuses."""
    asked = json.loads(key)
    system, backend, model = asked["system"], asked["backend"], asked["checkpoint"]
    widths = (asked["tp"], 1, asked["dp"], asked["moe_tp"], asked["moe_ep"])
    try:
        database = tables(system, backend, mode)
        config = build_model_config(*widths, **asked["modes"])
        config.workload_distribution = routing
        resolve_context_fmha_by_data(config, model, database, backend, is_context_role=True)
        resolve_nvfp4_for_system(config, system, model, backend_name=backend)
        return Worker(get_model(model, config, backend), database, get_backend(backend))
    except REFUSALS as error:
        return one_line(error)


@functools.cache
def tables(system: str, backend: str, mode: str) -> Any:
    """Return its current tables of a chip and backend; in older ones it has no products."""
    return get_database_view(
        system,
        backend,
        get_latest_database_version(system=system, backend=backend),
        allow_missing_data=mode != "SILICON",
        database_mode=mode,
    )


def estimate(worker: Worker, job: dict[str, Any], setting: dict[str, Any]) -> Answer:
    """Return both times of a job, and whether it says that the weights fit."""
    summary = worker.run(job, setting, job["batch"])
    if setting["batch"] == "fits" and summary.check_kv_cache_oom():
        summary = worker.run(job, setting, worker.largest_batch(job, setting))
    found = summary.get_result_dict()
    times = {f"{name}_ms": float(found[name]) for name in ("tpot", "ttft")}
    return times | {"fits": not summary.check_oom()}


def one_line(error: Exception) -> str:
    """Return an error's kind and the head of its text."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:160]


if __name__ == "__main__":
    main()
