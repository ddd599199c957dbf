"""The texts that quantization is calibrated and judged on, cut out of their sources.

    python -m benchmarks.quantization_texts

Judged on what the model cannot have read: chapters and modules of this project, as of one commit.
Calibrated on the words and the functions of JAX, of the version in the lock. The result is kept,
so that every machine reads the same bytes.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from benchmarks.draft_prompts import prose
from benchmarks.provenance import ROOT
from tokenworks.model import load

COMMIT = "ca647afe30"  # of the chapters and modules that are judged on
RESULT = ROOT / "lib/tokenworks/data/quantization_texts.json"
TOKENS = {"evaluation": 10 * 2048, "calibration": 16 * 512}  # of each domain
MODULES = ("cost", "serving", "kernels", "model", "speculation", "validate", "configs")
LICENCES = {
    "evaluation": "Apache-2.0, The Token Factory authors",
    "calibration": "Apache-2.0, Copyright The JAX Authors",
}


def main() -> None:
    """Write the texts and say how long they are."""
    judged, fitted = f"this project, commit {COMMIT}", f"jax {version('jax')}"
    found = {
        "evaluation": {"prose": chapters(), "code": modules()},
        "calibration": {"prose": docstrings(), "code": functions()},
    }
    record = {
        part: {
            "source": {"evaluation": judged, "calibration": fitted}[part],
            "licence": LICENCES[part],
            "texts": {name: cut(pieces, TOKENS[part]) for name, pieces in domains.items()},
        }
        for part, domains in found.items()
    }
    RESULT.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for part, each in record.items():
        print(part, {name: len(text) for name, text in each["texts"].items()})


def cut(pieces: Iterator[str], tokens: int) -> str:
    """Join pieces until they have so many tokens; texts that are too short raise ValueError."""
    tokenizer, kept, found = load().tokenizer, [], 0
    for piece in pieces:
        kept.append(piece)
        found += len(tokenizer.encode(piece))  # without the blank lines: an end that is late
        if found > tokens:
            return "\n\n".join(kept) + "\n"
    raise ValueError(f"the texts have {found} tokens, {tokens} are wanted")


def shown(path: str) -> str:
    """Return a file of the commit."""
    command = ["git", "-C", str(ROOT), "show", f"{COMMIT}:{path}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def listed(folder: str) -> list[str]:
    """Return the files of a folder in the commit."""
    command = ["git", "-C", str(ROOT), "ls-tree", "-r", "--name-only", COMMIT, f"{folder}/"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def chapters() -> Iterator[str]:
    """Yield the paragraphs of the chapters that are sentences, without links and emphasis."""
    for path in listed("chapters"):
        if not path.endswith(".md"):
            continue
        text = re.sub(r"(?ms)^```.*?^```$", "", shown(path))
        for paragraph in text.split("\n\n"):
            said = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", paragraph).replace("*", "").strip()
            if len(said) > 120 and said[0].isupper() and not re.search(r"[$|{}<>`\n\\]", said):
                yield said


def modules() -> Iterator[str]:
    """Yield modules of the package, one of every folder in turn."""
    folders = [[p for p in listed(f"lib/tokenworks/{m}") if p.endswith(".py")] for m in MODULES]
    for place in range(max(map(len, folders))):
        for paths in folders:
            if place < len(paths) and not paths[place].endswith("__init__.py"):
                yield shown(paths[place]).strip()


def jax_sources() -> Iterator[str]:
    """Yield JAX's public modules and what they are made of, without its tests."""
    spec = find_spec("jax")
    assert spec is not None
    assert spec.origin is not None
    for path in sorted(Path(spec.origin).parent.rglob("*.py")):
        if "test" not in path.name:
            yield path.read_text(encoding="utf-8")


def docstrings() -> Iterator[str]:
    """Yield the paragraphs of JAX's docstrings that read as sentences, each once."""
    seen = set()
    for source in jax_sources():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for paragraph in prose(ast.get_docstring(node) or ""):
                    if paragraph not in seen:
                        seen.add(paragraph)
                        yield paragraph


def functions() -> Iterator[str]:
    """Yield a function of each of JAX's files."""
    for source in jax_sources():
        lines = source.split("\n")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                code = "\n".join(lines[node.lineno - 1 : node.end_lineno])
                if 300 < len(code) < 1500:
                    yield code
                    break


if __name__ == "__main__":
    main()
