"""Record what the metrics are computed from: streams of our own server, timed at both ends.

    python benchmarks/record_streams.py               alone and crowd, anew
    python benchmarks/record_streams.py --generator   the load generator's run, copied

rewrites lib/tokenworks/data/recorded_streams.json (about a minute on 2 cores). Client and server
are two processes of one machine, whose monotonic clock they share. `alone` is one request at a
time, the quickest of several, because whatever else runs on the machine only adds time; `crowd`
are eight requests sent at once to four places; `generator` is what load_generator.py recorded.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from provenance import provenance

from tokenworks.model import load
from tokenworks.serving.client import stream_chats
from tokenworks.serving.engine import Engine
from tokenworks.serving.metrics import e2el_seconds
from tokenworks.serving.policy import Policy
from tokenworks.serving.server.service import Options, local_server
from tokenworks.serving.text_requests import TextRequest

DATA = Path(__file__).parents[1] / "lib/tokenworks/data/recorded_streams.json"
LOAD = Path(__file__).parent / "results/load_generator.json"
QUESTION = "Write me a poem about the ocean, and about all those who ever had to cross it."
SIZES = {"max_batch": 4, "max_batch_tokens": 64}
CONTEXT = 256
ALONE, CROWD = [50], [8, 12, 16, 24, 32, 48, 64, 96]
TRIES = 7


def ask(url: str, answers: list[int]) -> list[dict[str, Any]]:
    """Send requests for answers of these lengths at once, from a process of their own."""
    command = [sys.executable, __file__, url, json.dumps(answers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def client(url: str, answers: list[int]) -> None:
    """Print the streams of these answers, as JSON."""
    message = {"role": "user", "content": QUESTION}
    body = {"messages": [message], "temperature": 0, "ignore_eos": True}
    streams = stream_chats(url, [body | {"max_tokens": tokens} for tokens in answers])
    print(json.dumps([asdict(stream) for stream in streams]))


def joined(streams: list[dict[str, Any]], finished: list[TextRequest]) -> list[dict[str, Any]]:
    """Put what client and server noted of each request together, in seconds since the first."""
    zero = min(stream["arrival_seconds"] for stream in streams)
    of = {request.generated: request for request in finished}
    rows = []
    for stream in streams:
        chunks = [[round(at - zero, 6), tokens] for at, tokens in stream["chunks"]]
        request = of[sum(tokens for _, tokens in chunks)]
        row = {"prompt_tokens": stream["prompt_tokens"]}
        for name in ("arrival_seconds", "opened_seconds", "finished_seconds"):
            row[name] = round(stream[name] - zero, 6)
        for name in ("arrival_seconds", "scheduled_seconds", "finished_seconds"):
            row[f"server_{name}"] = round(getattr(request, name) - zero, 6)
        row["made_seconds"] = [round(at - zero, 6) for at in request.token_seconds]
        rows.append(row | {"chunks": chunks})
    return rows


def generator_row(seen: dict[str, Any]) -> dict[str, Any]:
    """Return one request of the load generator's run in this record's form."""
    seconds = {name: seen[f"{name}_ms"] / 1e3 for name in ("sent", "arrived", "scheduled")}
    read = [round(at / 1e3, 6) for at in seen["read_ms"]]
    made = [round(at / 1e3, 6) for at in seen["made_ms"]]
    return {
        "prompt_tokens": seen["prompt_tokens"],
        "arrival_seconds": round(seconds["sent"], 6),
        "opened_seconds": read[0],
        "finished_seconds": read[-1],
        "server_arrival_seconds": round(seconds["arrived"], 6),
        "server_scheduled_seconds": round(seconds["scheduled"], 6),
        "server_finished_seconds": made[-1],
        "made_seconds": made,
        "chunks": [[at, 1] for at in read],
    }


def generator() -> dict[str, Any]:
    """Return the load generator's run and what it printed about it, in seconds and per second."""
    result = json.loads(LOAD.read_text(encoding="utf-8"))
    printed = {
        row["what"]: row["aiperf"] / (1e3 if row["unit"] == "ms" else 1)
        for row in result["agreement"]
    }
    head = {name: result[name] for name in ("date", "commit", "load", "versions")}
    return head | {"printed": printed, "requests": [*map(generator_row, result["requests"])]}


def write(head: dict[str, Any], runs: dict[str, Any]) -> None:
    """Write the record, a line for each request."""
    text = json.dumps(head | {"runs": runs}, ensure_ascii=False)
    DATA.write_text(text.replace('{"prompt_tokens"', '\n{"prompt_tokens"') + "\n", encoding="utf-8")


def copy_generator() -> None:
    """Put the load generator's run into the record and leave the rest as it is."""
    known, copied = json.loads(DATA.read_text(encoding="utf-8")), generator()
    runs = known.pop("runs") | {"generator": copied.pop("requests")}
    write(known | {"generator": copied}, runs)


def main() -> None:
    """Record both runs."""
    lm, finished = load(), []
    blocks = SIZES["max_batch"] * CONTEXT // 16
    engine = Engine(lm, Policy(**SIZES), blocks=blocks, block_size=16, context_tokens=CONTEXT)
    with local_server(engine, Options(on_finish=finished.append)) as url:
        tries = []
        for _ in range(TRIES):
            streams = ask(url, ALONE)
            tries.append((e2el_seconds(finished[-1]), joined(streams, finished[-1:])))
        finished.clear()
        crowd = joined(ask(url, CROWD), finished)
    head = provenance("benchmarks/record_streams.py", ("jax", "starlette", "uvicorn"))
    head |= {"model": lm.spec.label, "question": QUESTION, "context_tokens": CONTEXT, **SIZES}
    runs = {"alone": min(tries, key=lambda one: one[0])[1], "crowd": crowd}
    write(head, runs)
    if LOAD.exists():
        copy_generator()


if __name__ == "__main__":
    if sys.argv[1:] == ["--generator"]:
        copy_generator()
    elif len(sys.argv) > 1:
        client(sys.argv[1], json.loads(sys.argv[2]))
    else:
        main()
