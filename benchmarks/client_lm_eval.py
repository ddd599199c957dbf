"""lm-eval over the server: a multiple choice and free answers, to questions written here."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

LIMIT_SECONDS = 900
QUESTIONS = (
    ("The sky on a clear day is", [" blue", " a fish", " eleven"], 0),
    ("Two and two make", [" four", " a table", " Paris"], 0),
    ("Fire is", [" cold", " hot"], 1),
)
TASKS = {
    "choice": {
        "output_type": "multiple_choice",
        "doc_to_text": "{{question}}",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": "label",
        "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}],
    },
    "words": {
        "output_type": "generate_until",
        "doc_to_text": "{{question}}",
        "doc_to_target": "{{choices[label]}}",
        "generation_kwargs": {"until": ["\n", "."], "max_gen_toks": 16},
        "metric_list": [{"metric": "exact_match"}],
    },
}


def evaluated(
    program: Path, url: str, *, model: str, environment: Mapping[str, str]
) -> dict[str, str]:
    """Run the tasks; return "ok" or what went wrong, by task."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        items = [dict(zip(("question", "choices", "label"), one, strict=True)) for one in QUESTIONS]
        lines = "".join(json.dumps(item) + "\n" for item in items)
        (folder / "items.jsonl").write_text(lines, encoding="utf-8")
        source = {"dataset_path": "json", "test_split": "test"}
        source |= {"dataset_kwargs": {"data_files": {"test": str(folder / "items.jsonl")}}}
        for task, rules in TASKS.items():
            text = json.dumps({"task": f"tw_{task}", **source, **rules})  # JSON is YAML
            (folder / f"{task}.yaml").write_text(text, encoding="utf-8")
        command = [str(program), "--model", "local-completions", "--model_args"]
        command += [f"model={model},base_url={url}/v1/completions"]
        around = {**environment, "HF_HOME": str(folder)}
        return {task: _one(command, task, folder, environment=around) for task in TASKS}


def _one(command: list[str], task: str, folder: Path, *, environment: Mapping[str, str]) -> str:
    out = folder / f"out-{task}"
    where = ["--tasks", f"tw_{task}", "--include_path", str(folder), "--output_path", str(out)]
    done = subprocess.run(
        [*command, *where],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_SECONDS,
    )
    results = list(out.rglob("results*.json"))
    if not results:
        return done.stderr[-300:]
    scores = json.loads(results[0].read_text("utf-8"))["results"][f"tw_{task}"]
    sure = task != "choice" or scores["acc,none"] == 1  # any model knows the three
    return "ok" if sure else f"accuracy {scores['acc,none']}"
