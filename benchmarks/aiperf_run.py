"""One run of aiperf against a server: its report, and what it saw of each request."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenworks.model import LanguageModel


@dataclass(frozen=True)
class Seen:
    """A request as its client saw it: the times of the chunks with text in them."""

    id: str
    prompt_tokens: int
    generated: int
    arrival_seconds: float
    token_seconds: list[float]
    finished_seconds: float
    first_event_seconds: float
    last_event_seconds: float


def run(
    lm: LanguageModel, aiperf: Path, *, folder: Path, url: str, load: str
) -> tuple[dict[str, Any], list[Seen]]:
    """Let aiperf put a load on a server; return its report and the requests in order of sending."""
    words = folder / "tokenizer"
    words.mkdir(exist_ok=True)
    (words / "tokenizer.json").write_text(lm.tokenizer.backend.to_str())
    (words / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    out = Path(tempfile.mkdtemp(dir=folder))
    places = ["--tokenizer", words, "--output-artifact-dir", out]
    command = [aiperf, "profile", "--model", lm.spec.name, "--url", url, *load.split()]
    done = subprocess.run(
        list(map(str, command + places)),
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    lines = (out / "profile_export_raw.jsonl").read_text().splitlines()
    report = json.loads((out / "profile_export_aiperf.json").read_text())
    return report, sorted(map(read, map(json.loads, lines)), key=lambda each: each.arrival_seconds)


def read(raw: dict[str, Any]) -> Seen:
    """Return a request from aiperf's raw record, which holds every event with its time."""
    data = [(r["perf_ns"], p["value"]) for r in raw["responses"] for p in r["packets"]]
    chunks = [(at / 1e9, json.loads(value)) for at, value in data if value != "[DONE]"]
    said = [
        (at, chunk["choices"][0]["delta"]["content"])
        for at, chunk in chunks
        if chunk["choices"] and chunk["choices"][0]["delta"].get("content")
    ]
    usage = next((c["usage"] for _, c in reversed(chunks) if c.get("usage")), None)
    return Seen(
        id=raw["metadata"]["x_request_id"],
        prompt_tokens=usage["prompt_tokens"] if usage else 0,
        generated=usage["completion_tokens"] if usage else len(said),
        arrival_seconds=raw["start_perf_ns"] / 1e9,
        token_seconds=[at for at, _ in said],
        finished_seconds=said[-1][0],
        first_event_seconds=chunks[0][0],
        last_event_seconds=data[-1][0] / 1e9,
    )
