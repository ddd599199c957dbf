"""The planner against fresh seeds, against measured servers, and beside the planner of NVIDIA.

    python -m benchmarks.planner grid       # over 100 workloads, each way replayed with other seeds
    python -m benchmarks.planner measured   # time a token of deployments that were measured
    python -m benchmarks.planner peer [--peer /tmp/aiconfigurator/bin/python]

The peer, AIConfigurator, has its own environment: the head of `peer_aiconfigurator.py` makes it. It
seeks the most tokens a second of each GPU whose mean time a token keeps a bound, with as many users
as that takes. We are asked for as many requests as its pick answers, at the median. Asked is what
each measured vLLM server of two models did: for every row with 16 users, prompts of 1,024 or 8,192
tokens and answers of 1,024, whose format is stated and whose copy is split by tensors alone, the
bound is its own time a token. Each pick is judged by the measured server nearest to it: same model,
chip, lengths, format and chips of a copy, at the concurrency that is nearest and at most 1.5 times
off. Two pools, and attention split by requests, were measured by nobody, so both choose neither.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.planner_peer import peer
from benchmarks.planner_rows import predicted_rows
from benchmarks.provenance import provenance
from tokenworks.cost.expected import MEMORY_SHARE
from tokenworks.planner.plans import plan
from tokenworks.planner.replay import replay_of, seen
from tokenworks.planner.search import Trial

RESULT = Path(__file__).parent / "results" / "planner.json"
PEER = Path("/tmp/aiconfigurator/bin/python")
SEEDS = (1001, 1002)  # none of those that a plan is made with
COUNTED, COUNTED_AGAIN = 100, 200  # requests of each seed: of a plan at least, and of its test
WORKERS = 4  # that share the grid
LOADS = {  # of the grid: rates, lengths, bounds on TTFT and TPOT in seconds
    "rates": (1, 8),
    "lengths": ((500, 100), (2000, 200)),
    "bounds": ((1.0, 0.05), (3.0, 0.1)),
}
PLACES = (  # model, chip, formats of the weights
    ("llama-3-8b", "h100-sxm", ("bf16",)),
    ("llama-3-8b", "h100-sxm", ("fp8",)),
    ("llama-3-8b", "a100-80gb", ("bf16", "int8")),
    ("llama-3-8b", "l40s", ("fp8",)),
    ("llama-3-8b", "b200", ("bf16",)),
    ("llama-3-8b", "tpu-v5e", ("int8",)),
    ("llama-3-70b", "h100-sxm", ("fp8",)),
    ("llama-3-70b", "h200-sxm", ("fp8",)),
    ("llama-3-70b", "tpu-v5e", ("int8",)),
    ("qwen3-32b", "h100-sxm", ("fp8",)),
    ("qwen3-30b-a3b", "h100-sxm", ("bf16",)),
    ("gpt-oss-20b", "h100-sxm", ("fp4",)),
    ("gpt-oss-120b", "b200", ("fp4",)),
)


def main() -> None:
    """Do one part and put it into the record, beside the others."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("part", choices=("grid", "peer", "measured"))
    options.add_argument("--peer", type=Path, default=PEER, help="the Python that has it")
    chosen = options.parse_args()
    parts = {"grid": grid, "measured": predicted_rows, "peer": partial(peer, chosen.peer)}
    found = parts[chosen.part]()
    record = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    command = f"python -m benchmarks.planner {chosen.part}"
    record[chosen.part] = provenance(command, ()) | found
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: found[key] for key in found if key != "rows"}, indent=1))


def workloads() -> Iterator[dict[str, Any]]:
    """Yield the grid."""
    for place, rate, lengths, bounds in product(PLACES, *LOADS.values()):
        model, chip, weights = place
        yield {
            "model": model,
            "on": chip,
            "weights": weights,
            "requests_per_s": rate,
            "prompt_tokens": lengths[0],
            "output_tokens": lengths[1],
            "ttft_seconds": bounds[0],
            "tpot_seconds": bounds[1],
        }


def grid() -> dict[str, Any]:
    """Plan every workload; replay each printed way with seeds that the planner has not seen."""
    with ProcessPoolExecutor(WORKERS) as pool:
        rows = list(pool.map(planned, workloads()))
    ways = [way for row in rows for way in row["ways"]]
    return {
        "workloads": len(rows),
        "feasible": sum(row["feasible"] for row in rows),
        "ways": len(ways),
        "met_again": sum(way["met"] for way in ways),
        "requests_of_each_way": len(SEEDS) * COUNTED_AGAIN,
        "largest_share_of_a_bound": max(way["worst"] for way in ways),
        "within_memory": sum(way["memory_share"] <= MEMORY_SHARE for way in ways),
        "median_seconds": median(row["seconds"] for row in rows),
        "rows": rows,
    }


def planned(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the plan of one workload, and how its ways do with other seeds."""
    start = time.process_time()
    found = plan(**asked, counted=COUNTED, alternatives=1)
    spent = time.process_time() - start
    return asked | {
        "feasible": found.feasible,
        "binding": found.binding,
        "remedy": found.remedy,
        "seconds": round(spent, 2),
        "ways": [again(trial) for trial in (found.best, *found.others) if trial],
    }


def again(trial: Trial) -> dict[str, Any]:
    """Return how a way does with other seeds: its percentiles over their bounds."""
    way = trial.candidate
    told = replay_of(way, {seed: seen(way, seed, counted=COUNTED_AGAIN) for seed in SEEDS})
    shares = [tail.seconds / tail.bound_seconds for tail in (told.ttft, told.tpot)]
    return {
        "name": way.name,
        "usd_per_million": round(way.usd_per_million, 4),
        "memory_share": round(way.memory_share, 4),
        "ttft_over_bound": round(shares[0], 4),
        "tpot_over_bound": round(shares[1], 4),
        "worst": round(max(shares), 4),
        "met": max(shares) <= 1,
    }


if __name__ == "__main__":
    main()
