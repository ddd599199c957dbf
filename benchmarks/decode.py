"""Cached decode of the real model against the memory-bandwidth roofline of this machine.

The yardstick is NumPy `A @ v` on a 512 MB float32 matrix with all cores. A decode step has to read
every weight once (the tied table once) and the KV buffer, so its floor is those bytes divided by
the yardstick's bytes per second. Rounds take turns, because a shared machine drifts.

    python benchmarks/decode.py [--torch-python PYTHON]

With the path of an interpreter that has PyTorch and transformers (or the variable TORCH_PYTHON),
`transformers` decodes the same weights in the same rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from provenance import provenance

from tokenworks.cost.memory import kv_bytes_per_token
from tokenworks.model import GREEDY, LanguageModel, fetch, load, nbytes, stack, stream
from tokenworks.model.cache import advance, prefill
from tokenworks.model.forward_pass import Driver, loop, scan

RESULT = Path(__file__).parent / "results" / "decode.json"
PEER = Path(__file__).parent / "transformers_decode.py"
PROMPT = "The capital of France is"
OURS = "cached decode"
STEPS = 40
WARM = 2  # steps before the clock starts: compilation, caches
KV_TOKENS = 256  # the smallest buffer; prompt and steps fit in it
MATRIX = (8000, 16000)  # 512 MB in float32


def main() -> None:
    """Measure, print and record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--torch-python", default=os.environ.get("TORCH_PYTHON"))
    chosen = options.parse_args()
    lm = load()
    runs = contenders(lm)
    record = provenance("python benchmarks/decode.py", ("jax", "jaxlib", "numpy"))
    if chosen.torch_python:
        runs["transformers"], versions = peer(chosen.torch_python, lm)
        record["versions"] |= versions
    record |= {"rounds": chosen.rounds, "steps_per_round": STEPS, "kv_buffer_tokens": KV_TOKENS}
    record |= measure(lm, runs, rounds=chosen.rounds)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


def contenders(lm: LanguageModel) -> dict[str, Callable[[], float]]:
    """Return what is timed, by name: the library's own path first, then what it was chosen over.

    Separate trees a layer let XLA hand each matrix to its threaded kernel as it lies in memory.
    `lax.scan` slices the stacked tree first, so every weight is read, written and read again: its
    compiled step needs 27 MB of scratch, two layers' weights, where the loop needs 0.2 MB.
    Fusing Q, K, V and gate, up saves three calls a layer, 2-5 % of a step.
    """
    stacked = stack(lm.weights)
    return {
        OURS: lambda: step_seconds(lm, lm.fused, driver=loop),
        "without fused matrices": lambda: step_seconds(lm, lm.weights, driver=loop),
        "scan over stacked layers": lambda: step_seconds(lm, stacked, driver=scan),
        "stream() with sampling": lambda: stream_seconds(lm),
    }


def step_seconds(lm: LanguageModel, weights: Any, *, driver: Driver) -> float:
    """Return the mean time of a greedy step, its token brought back to the host."""
    ids = lm.tokenizer.encode(PROMPT)
    logits, cache = prefill(lm.fused, lm.spec, ids)
    if driver is scan:
        cache = jax.tree.map(lambda *kv: jnp.stack(kv), *cache)
    start = 0.0
    for position in range(len(ids), len(ids) + WARM + STEPS):
        if position == len(ids) + WARM:
            start = time.perf_counter()
        token = np.asarray(logits).argmax(-1).astype(np.int32)[:, None]
        at = np.int32(position)
        logits, cache = advance(
            weights, lm.spec, token, cache=cache, start=at, last=0, driver=driver
        )
    jax.block_until_ready(logits)
    return (time.perf_counter() - start) / STEPS


def stream_seconds(lm: LanguageModel) -> float:
    """Return the mean time of a token through the public generator, prompt not counted."""
    steps = stream(lm, PROMPT, max_tokens=STEPS + 1, sampling=GREEDY, ignore_eos=True)
    next(steps)
    start = time.perf_counter()
    taken = len(list(steps))
    return (time.perf_counter() - start) / taken


def peer(python: str, lm: LanguageModel) -> tuple[Callable[[], float], dict[str, str]]:
    """Start the other side; return a function that times it, and its versions."""
    cores = str(len(os.sched_getaffinity(0)))
    process = subprocess.Popen(
        [python, str(PEER), str(fetch()), cores],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    to_peer, from_peer = process.stdin, process.stdout
    request = json.dumps({"prompt": lm.tokenizer.encode(PROMPT), "steps": STEPS})

    def seconds() -> float:
        to_peer.write(request + "\n")
        return json.loads(from_peer.readline())["seconds"]

    return seconds, json.loads(from_peer.readline())


def yardstick(matrix: np.ndarray, vector: np.ndarray) -> float:
    """Return the bytes per second that a matrix-vector product reads."""
    start = time.perf_counter()
    for _ in range(5):
        matrix @ vector
    return 5 * matrix.nbytes / (time.perf_counter() - start)


def measure(
    lm: LanguageModel, runs: dict[str, Callable[[], float]], *, rounds: int
) -> dict[str, Any]:
    """Run everything in turns; return medians and ranges."""
    matrix, vector = np.ones(MATRIX, np.float32), np.ones(MATRIX[1], np.float32)
    moved = nbytes(lm.fused) + KV_TOKENS * kv_bytes_per_token(lm.spec, 4)
    yardstick(matrix, vector)
    for run in runs.values():
        run()
    speeds: list[float] = []
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    shares: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            before = yardstick(matrix, vector)
            seconds[name].append(run())
            speeds += [before, yardstick(matrix, vector)]
            shares[name].append(moved / seconds[name][-1] / (sum(speeds[-2:]) / 2))
    return {
        "bytes_per_token": moved,
        "yardstick_bytes_per_s": summary(speeds),
        "tokens_per_s": {name: summary([1 / s for s in each]) for name, each in seconds.items()},
        "share_of_roofline": {name: summary(each) for name, each in shares.items()},
        "speed_over_transformers": _over(seconds),
    }


def summary(values: list[float]) -> dict[str, float]:
    """Return median and range to three significant digits."""
    ends = {"median": median(values), "lowest": min(values), "highest": max(values)}
    return {name: float(f"{value:.3g}") for name, value in ends.items()}


def _over(seconds: dict[str, list[float]]) -> dict[str, float] | None:
    if "transformers" not in seconds:
        return None
    pairs = zip(seconds["transformers"], seconds[OURS], strict=True)
    return summary([theirs / ours for theirs, ours in pairs])


if __name__ == "__main__":
    main()
