"""Output tokens per second through HTTP, as a share of what the engine alone makes of them.

The same requests, all there at the start, go through the engine alone and through the server with
a streaming client in a process of its own; rounds take turns, because a shared machine drifts.
Server and client do their work on the cores that the engine computes with. `cpu_seconds` is what
the process of the engine uses, all threads together, the client not: a busy machine stretches it
far less than the clock.

    python benchmarks/server.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from provenance import provenance

from tokenworks.model import load
from tokenworks.serving.client import stream_chats
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.sampling_params import SamplingParams
from tokenworks.serving.server.service import Options, Server, running
from tokenworks.serving.text_requests import text_request

RESULT = Path(__file__).parent / "results" / "server.json"
QUESTION = "Write me a poem about the ocean."
ANSWERS = [8, 12, 16, 16, 24, 24, 32, 32, 40, 48, 64, 96]  # tokens: few long ones, many short
BATCH, CONTEXT = 4, 256
TARGET = 0.9


def main() -> None:
    """Measure, print and record; with an address, be the client."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--client", metavar="URL", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.client:
        print(client_seconds(chosen.client))
        return
    policy = Policy(max_batch=BATCH, max_batch_tokens=64)
    sizes = {"blocks": BATCH * CONTEXT // 16, "block_size": 16, "context_tokens": CONTEXT}
    engine = Engine(load(), policy, **sizes)
    engine.warm_up()
    sides = {"engine": engine_seconds, "server": server_seconds}
    for side in sides.values():
        side(engine)
    seconds, cpu = ({name: [] for name in sides} for _ in range(2))
    for _ in range(chosen.rounds):
        for name, side in sides.items():
            before = time.process_time()
            seconds[name].append(side(engine))
            cpu[name].append(time.process_time() - before)
    record = provenance("python benchmarks/server.py", ("jax", "starlette", "uvicorn"))
    record |= {"rounds": chosen.rounds, "max_batch": BATCH, "answers": ANSWERS}
    record |= summary(seconds, cpu)
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


def engine_seconds(engine: Engine) -> float:
    """Return how long the engine alone takes."""
    params = [SamplingParams(temperature=0, ignore_eos=True, max_tokens=n) for n in ANSWERS]
    requests = [text_request(engine.lm, QUESTION, each, chat=True) for each in params]
    return engine.serve(requests).seconds


def server_seconds(engine: Engine) -> float:
    """Return how long it takes through the server, from first sent to last token read."""
    with running(Server(engine, Options())) as url:
        command = [sys.executable, __file__, "--client", url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def client_seconds(url: str) -> float:
    """Send everything at once and read it."""
    message = {"role": "user", "content": QUESTION}
    body = {"messages": [message], "temperature": 0, "ignore_eos": True}
    streams = stream_chats(url, [body | {"max_tokens": tokens} for tokens in ANSWERS])
    assert [stream.generated for stream in streams] == ANSWERS
    first = min(stream.arrival_seconds for stream in streams)
    return max(stream.token_seconds[-1] for stream in streams) - first


def summary(seconds: dict[str, list[float]], cpu: dict[str, list[float]]) -> dict[str, Any]:
    """Return tokens per second of both sides, and the share, round by round."""
    rates = {name: [sum(ANSWERS) / each for each in values] for name, values in seconds.items()}
    return {
        "tokens_per_s": {name: spread(values) for name, values in rates.items()},
        "server_over_engine": spread(shares(seconds)),
        "cpu_seconds": {name: spread(values) for name, values in cpu.items()},
        "server_over_engine_by_cpu": spread(shares(cpu)),
        "target": TARGET,
    }


def shares(seconds: dict[str, list[float]]) -> list[float]:
    """Return the engine's time over the server's, round by round."""
    return [e / s for e, s in zip(seconds["engine"], seconds["server"], strict=True)]


def spread(values: list[float]) -> dict[str, float]:
    """Return median and ends, to three digits."""
    ends = {"median": median(values), "lowest": min(values), "highest": max(values)}
    return {name: float(f"{value:.3g}") for name, value in ends.items()}


if __name__ == "__main__":
    main()
