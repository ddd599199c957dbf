"""How long `tokenworks serve` takes from its start to its first answer, nothing compiled before.

Each start has an empty folder of compiled programs. Seconds of the processor are counted as well:
they are what is left of a time on a machine that does other work, too.

python benchmarks/cold_start.py [starts]
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

from provenance import provenance

RESULT = Path(__file__).parent / "results" / "cold_start.json"
WAYS = {"all shapes first": ("--compile-all",), "a first request's shapes first": ()}
ASKED = {"prompt": "The capital of France is", "max_tokens": 8, "temperature": 0}
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(process: subprocess.Popen[str]) -> float:
    """Return the processor time that a process has had."""
    fields = (
        Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / TICKS


def started(arguments: tuple[str, ...], folder: str) -> dict[str, float]:
    """Start a server, ask it once, and end it; return the times and the shapes it compiled."""
    command = [sys.executable, "-m", "tokenworks", "serve", "--port", "0", "--json", *arguments]
    environment = os.environ | {"JAX_COMPILATION_CACHE_DIR": folder, "JAX_PLATFORMS": "cpu"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    begun = time.perf_counter()
    process = subprocess.Popen(command, text=True, env=environment, **pipes)
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        request = urllib.request.Request(f"{url}/v1/completions", json.dumps(ASKED).encode())
        with urllib.request.urlopen(request) as response:
            assert json.load(response)["choices"][0]["text"]
        found = {"seconds": time.perf_counter() - begun}
        found["processor_seconds"] = processor_seconds(process)
    finally:
        process.kill()
        _, said = process.communicate()
    told = re.search(r"compiling (\d+)", said)
    assert told is not None, said
    return found | {"shapes": int(told[1])}


def main(starts: int = 3) -> None:
    """Start both ways in turn, print and record."""
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(starts):
        for way, arguments in WAYS.items():
            with tempfile.TemporaryDirectory() as folder:
                runs[way].append(started(arguments, folder))
    names = ("seconds", "processor_seconds")
    to_first_answer = {
        way: {"shapes": int(found[0]["shapes"])}
        | {name: round(median(run[name] for run in found), 1) for name in names}
        for way, found in runs.items()
    }
    record = provenance("python benchmarks/cold_start.py", ("tokenworks", "jax")) | {
        "starts": starts,
        "load_average": round(os.getloadavg()[1], 1),
        "to_first_answer": to_first_answer,
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
