"""The simulator beside a public one in Rust, compiled to WebAssembly: speed and times of one load.

    python -m benchmarks.peer_inference_lab

The peer is @doublewordai/inference-lab (MIT), installed from the configured package index into
`.venv-node`, and run by node. It draws the requests; from what it tells of each, arrival and
lengths are read back, and ours serves the same ones: one load in both, to the request. A third run
takes the peer's own formula of a step under our scheduler, so that what is left between the two is
scheduling, and what it differs from ours by is the formula.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks.provenance import ROOT, provenance
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_bytes_per_token
from tokenworks.cost.mixed_step import Load, step_clock
from tokenworks.cost.parameters import parameter_count
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import Run
from tokenworks.serving.metrics import e2el_seconds, tpot_seconds, ttft_seconds
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.specs import chip, model_spec

HERE = Path(__file__).parent
RESULT = HERE / "results" / "peer_inference_lab.json"
PEER = "@doublewordai/inference-lab@0.2.1"
COUNT, ROUNDS, RATE, SEED = 4000, 5, 12, 1
KEPT = 300  # requests of the peer that the record holds, with which a test serves them again
BLOCKS, BLOCK_SIZE, BATCH, BUDGET = 30_000, 16, 256, 8192
ON = Deployment(model_spec("llama-3-8b"), chip("h100-sxm"))
PARAMETERS = parameter_count(ON.model)
POSITION = kv_bytes_per_token(ON.model, 2)  # bytes of a token's keys and values
# Means of ShareGPT (https://arxiv.org/abs/2309.06180, figure 11); mu of a lognormal of sigma 1.
MEANS = {"input": 161, "output": 338}


def config() -> dict[str, Any]:
    """Return the same deployment, policy and load in the peer's words."""
    spec, on = ON.model, ON.chip
    return {
        "rounds": ROUNDS,
        "hardware": {
            "name": on.label,
            "compute_flops": ON.flops_per_s,
            "memory_bandwidth": ON.bytes_per_s,
            "memory_capacity": 80_000_000_000,
            "kv_cache_capacity": int(BLOCKS * BLOCK_SIZE * POSITION),
            "bytes_per_param": 2,
        },
        "model": {
            "name": spec.label,
            "num_parameters": PARAMETERS,
            "num_layers": spec.n_layers,
            "hidden_dim": spec.d_model,
            "num_heads": spec.n_heads,
            "num_kv_heads": spec.n_kv_heads,
            "max_seq_len": 8192,
        },
        "scheduler": {
            "max_num_batched_tokens": BUDGET,
            "max_num_seqs": BATCH,
            "policy": "fcfs",
            "enable_chunked_prefill": True,
            "block_size": BLOCK_SIZE,
        },
        "workload": {"arrival_pattern": "poisson", "arrival_rate": RATE}
        | {"num_requests": COUNT, "seed": SEED}
        | {
            f"{name}_len_dist": {
                "type": "lognormal",
                "mean": math.log(mean) - 0.5,
                "std_dev": 1.0,
            }
            for name, mean in MEANS.items()
        },
    }


def peer() -> dict[str, Any]:
    """Install the peer where it is missing, and run it."""
    folder = ROOT / ".venv-node"
    if not (folder / "node_modules" / PEER.rpartition("@")[0]).is_dir():
        folder.mkdir(exist_ok=True)
        quiet = ["--no-audit", "--no-fund", "--silent"]
        subprocess.run(["npm", "install", *quiet, "--prefix", folder, PEER], check=True)
    command = ["node", HERE / "inference_lab.mjs"]
    asked = json.dumps(config())
    done = subprocess.run(
        command, input=asked, capture_output=True, text=True, check=True, cwd=folder
    )
    return json.loads(done.stdout)


def peer_step(load: Load) -> float:
    """Return a step by the peer's formula.

    It reads all parameters, embedding table included, and multiplies every token by all of them;
    a prompt's attention counts every pair, its cache is read at half its length.
    Source: https://github.com/doublewordai/inference-lab (src/compute, as of 0.2).
    """
    rows = load.new_tokens - (load.sequences - load.prompts)  # of prompts, which are read whole
    decodes, decode_pairs = load.sequences - load.prompts, load.pairs - load.prompt_pairs
    pairs = decode_pairs + 2 * load.prompt_pairs - rows
    width = ON.model.n_layers * ON.model.d_model
    flops = 2 * load.new_tokens * PARAMETERS + 4 * width * pairs
    moved = 2 * PARAMETERS + POSITION * (decode_pairs - decodes + rows / 2)
    return max(flops / ON.flops_per_s, moved / ON.bytes_per_s)


def served(asked: list[tuple[float, int, int]], step: Callable[[Load], float]) -> Run:
    """Serve requests that arrive so, with prompts and answers so long, under the peer's policy."""
    requests = [
        Request(id=str(number), arrival_seconds=at, prompt_tokens=prompt, max_tokens=answer)
        for number, (at, prompt, answer) in enumerate(asked)
    ]
    policy = Policy(max_batch=BATCH, max_batch_tokens=BUDGET)
    return simulate(Scheduler(policy, BlockPool(BLOCKS, BLOCK_SIZE)), requests, step)


def ours(rows: list[dict[str, float]], step: Callable[[Load], float]) -> tuple[Run, list[float]]:
    """Serve the peer's requests here; return the last run, and the processor's seconds of each."""
    asked = [
        (
            max(0.0, row["end_seconds"] - row["e2e_seconds"]),
            int(row["prompt_tokens"]),
            int(row["output_tokens"]),
        )
        for row in rows
    ]
    seconds, run = [], None
    for _ in range(ROUNDS):
        start = time.process_time()
        run = served(asked, step)
        seconds.append(time.process_time() - start)
    assert run is not None
    return run, seconds


def kept(rows: list[dict[str, float]]) -> list[list[float]]:
    """Return the first requests to arrive: when, prompt, answer, and the peer's TTFT and E2EL."""
    known = [
        [
            round(max(0.0, row["end_seconds"] - row["e2e_seconds"]), 6),
            int(row["prompt_tokens"]),
            int(row["output_tokens"]),
            round(row["ttft_seconds"], 6),
            round(row["e2e_seconds"], 6),
        ]
        for row in rows
    ]
    return sorted(known)[:KEPT]


def times(ttft: list[float], tpot: list[float], e2el: list[float]) -> dict[str, float]:
    """Return the middles of what users wait for, in milliseconds, and the mean of the whole."""
    found = {"ttft_ms_median": median(ttft), "tpot_ms_median": median(tpot)}
    found |= {"e2el_ms_median": median(e2el), "e2el_ms_mean": fmean(e2el)}
    return {name: round(1000 * seconds, 3) for name, seconds in found.items()}


def told(run: Run) -> dict[str, float]:
    """Return the times of a run of ours."""
    tpot = [seconds for r in run.requests if (seconds := tpot_seconds(r)) is not None]
    return times(
        [ttft_seconds(r) for r in run.requests], tpot, [e2el_seconds(r) for r in run.requests]
    )


def peer_times(rows: list[dict[str, float]]) -> dict[str, float]:
    """Return the times of the peer's requests, by the same definitions."""
    tpot = [
        (row["e2e_seconds"] - row["ttft_seconds"]) / (row["output_tokens"] - 1)
        for row in rows
        if row["output_tokens"] > 1
    ]
    e2el = [row["e2e_seconds"] for row in rows]
    return times([row["ttft_seconds"] for row in rows], tpot, e2el)


def per_minute(seconds: list[float]) -> float:
    """Return the requests a minute of the processor's time."""
    return round(60 * COUNT / median(seconds), -3)


def main() -> None:
    """Run both, print and record."""
    theirs = peer()
    rows = theirs["requests"]
    mine, seconds = ours(rows, step_clock(ON))
    borrowed, _ = ours(rows, peer_step)
    late = [
        row["ttft_seconds"] - ttft_seconds(request)
        for row, request in zip(
            rows, sorted(borrowed.requests, key=lambda r: int(r.id)), strict=True
        )
    ]
    record = provenance("python -m benchmarks.peer_inference_lab", ()) | {
        "peer": f"{PEER} (MIT)",
        "node": theirs["node"],
        "load_average": round(os.getloadavg()[1], 1),
        "requests": COUNT,
        "rounds": ROUNDS,
        "requests_per_minute": {"peer": per_minute(theirs["seconds"]), "ours": per_minute(seconds)},
        "times": {
            "peer": peer_times(rows),
            "ours": told(mine),
            "ours with the peer's formula of a step": told(borrowed),
        },
        "first_requests": kept(rows),
        "peer_ttft_later_than_with_its_formula_ms_median": round(1000 * median(late), 3),
        "embedding_share_of_parameters": round(
            ON.model.vocab_size * ON.model.d_model / PARAMETERS, 4
        ),
        "why": [
            "The peer's first token comes with the step after the prompt; ours with the prompt.",
            "The peer reads the embedding table in every step, of which a step looks up rows only.",
            "With the peer's formula under our scheduler the time per output token is the peer's.",
        ],
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
