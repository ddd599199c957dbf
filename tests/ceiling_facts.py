"""Read off a row of a table which model, chips, batch and lengths it speaks of."""

from __future__ import annotations

import re
from typing import Any

from ceiling_tables import CAPTION, Shown, Stated

from tokenworks.specs import chips, model_specs, number_formats
from tokenworks.units import quantities

WORDS = {"one": 1, "two": 2, "four": 4, "eight": 8, "sixteen": 16}
INT = r"(\d[\d,]*)(K?)"
HEADERS = {
    "batch": {"batch", "batch size", "b", "users", "sequences", "requests", "concurrency"},
    "context": {"context", "context tokens", "s", "tokens of context"},
    "prompt": {"prompt", "prompt tokens"},
    "output": {"output", "output tokens", "new tokens"},
    "chips": {"chips", "gpus", "tpus"},
    "weights": {"weights", "precision", "format", "bytes/param", "weights in"},
    "kv": {"kv", "cache", "kv cache"},
    "rows": {"rows"},
    "flops": {"flop"},
    "bytes": {"bytes"},
}
PATTERNS = {
    "batch": rf"batch (?:of |size )?{INT}|\bB ?= ?{INT}|{INT} (?:users|sequences|requests)\b",
    "context": rf"context (?:of )?{INT}|{INT}[ -]tokens? (?:of )?context|\bS ?= ?{INT}"
    rf"|{INT} tokens (?:each|a (?:text|user))",
    "prompt": rf"(?:prompt|first token) of {INT}|{INT} prompt tokens|{INT}-token prompt",
    "chips": rf"{INT} chips",
    "output": rf"{INT} (?:output|new) tokens|{INT} tokens out|poem of {INT}",
}
ALONE = re.compile(
    r"\b(?:alone|batch one|(?:one|single|1) (?:user|sequence|request)|one at a time)\b"
)
FORMATS = sorted((row.name for row in number_formats()), key=len, reverse=True)
FORMAT = "|".join(map(re.escape, FORMATS)) + "|float32|bfloat16|4-bit|8-bit"
SAME = {"4-bit": "int4", "8-bit": "int8"}
SAME |= {
    "float32": "fp32",
    "bfloat16": "bf16",
    "2": "bf16",
    "1": "int8",
    "4": "fp32",
    "0.5": "int4",
}
NEEDS = {"rows", "d_in", "d_out", "context", "prompt", "output", "batch"}


def model_names() -> dict[str, str]:
    """Return every spelling of a model with its name, longest first."""
    specs = model_specs()
    names = {spelling.lower(): s.name for s in specs for spelling in (s.name, s.label)}
    names |= {  # wider contexts, the same shapes
        "llama-3.1 8b": "llama-3-8b",
        "llama-3.1 70b": "llama-3-70b",
        "llama-3 405b": "llama-3-405b",
        "smollm2": "smollm2-135m",
    }
    return dict(sorted(names.items(), key=lambda pair: -len(pair[0])))


def chip_names() -> dict[str, str]:
    """Return every spelling of a chip with its name, longest first: also "A100" and "v5e"."""
    names = {}
    for chip in chips():
        words = chip.label.split(" (")[0].split()
        short = [w for w in words if re.search(r"[A-Za-z]\d", w)]
        later = " ".join(words[1:]) if len(words) > 2 else chip.label
        names |= {s.lower(): chip.name for s in (chip.name, chip.label, " ".join(words), later)}
        names |= {w.lower(): chip.name for w in short}
    return dict(sorted(names.items(), key=lambda pair: -len(pair[0])))


MODELS, CHIPS = model_names(), chip_names()


def facts(shown: Shown, said: Stated, entry: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of one stated figure: its row, then its header, caption and entry."""
    known = dict(entry.get("facts", {}))
    title = "" if said.column == CAPTION else said.column
    for text in (shown.caption, title, " ; ".join(said.row)):
        known |= from_text(text)
    named = entry.get("columns", {})
    for column, cell in zip(shown.columns, said.row, strict=False):
        key = named.get(column) or next((k for k, v in HEADERS.items() if column.lower() in v), "")
        known |= from_cell(key, cell)
        if column.lower().removesuffix("s") in CHIPS and cell.isdigit():
            known |= {"chip": CHIPS[column.lower().removesuffix("s")], "chips": int(cell)}
    for start, more in entry.get("row_facts", {}).items():
        known |= more if said.row and said.row[0].startswith(start) else {}
    known |= entry.get("column_facts", {}).get(said.column, {})
    for key, value in known.items():
        if isinstance(value, str) and (sum_ := re.fullmatch(r"(\w+) ([-+]) (\d+)", value)):
            known[key] = known[sum_[1]] + int(sum_[2] + sum_[3])
    return known


def from_text(text: str) -> dict[str, Any]:
    """Return what a text says in words: "Llama-3 70B in bf16 on 4 × H100, batch 8"."""
    low, found = text.lower(), {}
    if (name := spelled(MODELS, low)) is not None:
        found["model"] = MODELS[name]
    if (name := spelled(CHIPS, low)) is not None:
        found |= {"chip": CHIPS[name], "chips": count_of(name, low)}
    for key, pattern in PATTERNS.items():
        if match := re.search(pattern, text):
            found[key] = whole(*(group for group in match.groups() if group is not None))
    if ALONE.search(low):
        found["batch"] = 1
    return found | formats(low)


def spelled(names: dict[str, str], text: str) -> str | None:
    """Return the longest of these names that the text contains as a word of its own."""
    return next(
        (n for n in names if re.search(rf"(?<![\w.-]){re.escape(n)}s?(?![\w.])", text)), None
    )


def count_of(name: str, text: str) -> int:
    """Return the number before a chip's name ("4 × H100") or after it ("v5e-16"), else 1."""
    number = (
        rf"(?<![\w.-])(\d+|{'|'.join(WORDS)}) ?(?:×|x)? ?{re.escape(name)}|{re.escape(name)}-(\d+)"
    )
    match = re.search(number, text)
    if match is None:
        return 1
    digits = match[1] or match[2]
    return WORDS.get(digits) or int(digits)


def formats(text: str) -> dict[str, str]:
    """Return the formats of weights, cache and arithmetic that a text names."""
    found = {}
    if match := re.search(rf"\b({FORMAT})\b(?! (?:kv|cache|arithmetic))", text):
        found["weights"] = SAME.get(match[1], match[1])
    for key, pattern in (
        (
            "kv",
            rf"\b({FORMAT}) (?:kv|cache|weights and cache)|\bkv (?:cache )?(?:in )?({FORMAT})\b",
        ),
        ("arithmetic", rf"\b({FORMAT}) arithmetic"),
    ):
        if match := re.search(pattern, text):
            name = match[1] or match[2]
            found[key] = SAME.get(name, name)
    return found


def from_cell(key: str, cell: str) -> dict[str, Any]:
    """Return what a cell says under a header that names a fact."""
    if key in NEEDS or key == "chips":
        numbers = re.findall(rf"(?<![\w.-]){INT}(?![\w.])", cell)
        return {key: whole(*numbers[-1])} if numbers else {}
    if key in {"flops", "bytes"}:
        return {q.dimension: q.value - q.tolerance for q in quantities(cell)}
    if key in {"weights", "kv"}:
        name = SAME.get(cell.lower(), cell.lower())
        return {key: name} if name in FORMATS else {}
    return {}


def whole(digits: str, kilo: str = "") -> int:
    """Return the integer of "4,096" or "128K"."""
    return int(digits.replace(",", "")) * (1024 if kilo else 1)
