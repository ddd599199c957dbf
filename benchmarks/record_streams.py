"""Record what chapter 06 computes with: streams of our own server, timed by client and server.

    python benchmarks/record_streams.py

rewrites lib/tokenworks/data/recorded_streams.json (about a minute on 2 cores). Client and server
are two processes of one machine, whose monotonic clock they share. `alone` is one request at a
time, the quickest of several, because whatever else runs on the machine only adds time; `crowd`
are eight requests sent at once to four places.
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
from tokenworks.serving.server.service import Options, serving
from tokenworks.serving.text_request import TextRequest

DATA = Path(__file__).parents[1] / "lib/tokenworks/data/recorded_streams.json"
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


def main() -> None:
    """Record both runs."""
    lm, finished = load(), []
    blocks = SIZES["max_batch"] * CONTEXT // 16
    engine = Engine(lm, Policy(**SIZES), blocks=blocks, block_size=16, context_tokens=CONTEXT)
    with serving(engine, Options(on_finish=finished.append)) as url:
        tries = []
        for _ in range(TRIES):
            streams = ask(url, ALONE)
            tries.append((e2el_seconds(finished[-1]), joined(streams, finished[-1:])))
        finished.clear()
        crowd = joined(ask(url, CROWD), finished)
    head = provenance("benchmarks/record_streams.py", ("jax", "starlette", "uvicorn"))
    head |= {"model": lm.spec.label, "question": QUESTION, "context_tokens": CONTEXT, **SIZES}
    runs = {"alone": min(tries, key=lambda one: one[0])[1], "crowd": crowd}
    text = json.dumps(head | {"runs": runs}, ensure_ascii=False)
    DATA.write_text(text.replace('{"prompt_tokens"', '\n{"prompt_tokens"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        client(sys.argv[1], json.loads(sys.argv[2]))
    else:
        main()
