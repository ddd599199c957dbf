"""Rows of published results in many metrics: what each says, and what to expect of it.

A row states model, hardware, precision, batch and lengths in the words of its source. What they
leave open is assumed where a source says the usual value, and is the reason for no prediction else.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.specs import chip_named, model_spec

NEEDED = (
    "model",
    "hardware",
    "count",
    "parallelism",
    "precision",
    "batch_or_concurrency",
    "isl",
    "osl",
    "metric",
    "value",
)
# Llama 3, 3.1 and 3.3 have one shape a size, and LLaMA of 2023 that of Llama 2 but for the 70B's
# grouped heads, which "LLaMA-70B" (a name that only sellers use) is.
SAME_SHAPE = (
    (r"^llama-3\.[13]-", "llama-3-"),
    (r"^llama-(7b|13b|70b)$", r"llama-2-\1"),
    (r"^deepseek-r1.*", "deepseek-r1"),
    (r"^qwen3-235b$", "qwen3-235b-a22b"),
)
# Mean tokens of prompts and answers. ShareGPT and OpenOrca as rows of such files state them
# (M051: 219 and 292; M249: 294 and 291).
DATASETS = {"sharegpt": (219.0, 292.0), "openorca": (294.0, 291.0)}
PRECISIONS = (
    ("int8 w + kv", "int8"),
    ("nvfp4", "fp4"),
    ("fp16", "bf16"),
    ("bf16", "bf16"),
    ("fp8", "fp8"),
    ("fp4", "fp4"),
    ("int8", "int8"),
    ("int4", "int4"),
    ("w4", "int4"),
)
ENGINES = (("sglang", "sglang"), ("trt", "trtllm"), ("tensorrt", "trtllm"), ("vllm", "vllm"))
SHORT_DECODE = 200  # tokens of an answer where a row gives a prompt of a few and no more


@dataclass(frozen=True)
class PublishedRow:
    """One row in the source's words, and what they were read as."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    @property
    def id(self) -> str | None:
        """The row's own name."""
        return self["id"] or None

    @property
    def measured(self) -> float | None:
        """The value, None where it is no number."""
        try:
            return float(self["value"])
        except ValueError:
            return None


def parse_published_rows(text: str, *, table: str) -> tuple[PublishedRow, ...]:
    """Read CSV text with the columns of such a file; a missing one raises ValueError, named."""
    reader = csv.DictReader(text.splitlines(), strict=True)
    missing = [name for name in NEEDED if name not in (reader.fieldnames or [])]
    if missing:
        raise ValueError(f"{table} has no column {', '.join(missing)}")
    return tuple(
        PublishedRow(i, {k: v or "" for k, v in record.items() if k is not None})
        for i, record in enumerate(reader)
    )


@cache
def published_rows() -> tuple[PublishedRow, ...]:
    """Return the public results that ship, in file order."""
    text = files("tokenworks.data").joinpath("published_runs.csv").read_text(encoding="utf-8")
    return parse_published_rows(text, table="published_runs.csv")


@dataclass(frozen=True)
class Setting:
    """What a row says, in the terms of the cost model."""

    model: ModelSpec
    chip: Chip
    chips: int  # of one replica
    replicas: int
    precision: str
    engine: str
    prompt_tokens: float | None
    output_tokens: float | None
    context_tokens: float | None
    batch: float | None  # of all replicas; None where it is as large as it gets
    arrivals_per_s: float | None
    cache: str | None = None  # where the row says it


def setting_of(row: PublishedRow) -> Setting:
    """Return what a row says; a name that is not known raises KeyError, the rest ValueError."""
    model = _model(row["model"])
    on = _chip(row["hardware"])
    chips, replicas = _sharding(row)
    prompt, output, context = _lengths(row)
    batch, arrivals = _load(row)
    return Setting(
        model,
        on,
        chips,
        replicas,
        _precision(row["precision"], model),
        _engine(row),
        prompt,
        output,
        context,
        batch,
        arrivals,
        cache="int8" if row["precision"].startswith("int8 w + KV") else None,
    )


def _model(text: str) -> ModelSpec:
    if "draft" in text or "NextN" in text or "MTP" in text:
        raise ValueError("speculative decoding is not in the model")
    name = text.lower().replace(" one layer", "").replace("-instruct", "").strip()
    for pattern, shape in SAME_SHAPE:
        name = re.sub(pattern, shape, name)
    return model_spec(name)


def _chip(text: str) -> Chip:
    name = re.sub(r"-\d+gb$", "", text.strip().lower().replace(" ", "-"))
    name = {"h100-dgx": "h100", "tpu-v4-8": "tpu-v4"}.get(name, name)
    return chip_named(name)


def _sharding(row: PublishedRow) -> tuple[int, int]:
    """Return the chips of one replica and the replicas."""
    count, text = row["count"], row["parallelism"]
    found = re.fullmatch(r"(?:DP(\d+)xTP(\d+)|TP(\d+)(?: shard)?|(\d+) (?:chips?|GPUs))", text)
    if found is None:
        raise ValueError(f"how {count or '?'} chips share the model is not stated ({text!r})")
    data, both, tensor, plain = found.groups()
    chips = int(both or tensor or plain)
    if count.isdigit() and not row["parallelism"].endswith("shard"):
        if data is None and chips != int(count):
            raise ValueError(f"{text} does not go with {count} chips")
        if data is not None and chips * int(data) != int(count):
            raise ValueError(f"{text} does not go with {count} chips")
    return chips, int(data or 1)


def _precision(text: str, model: ModelSpec) -> str:
    plain = text.lower()
    if plain == "default":
        return "fp8" if model.name.startswith("deepseek") else "bf16"  # as they are published
    for begin, name in PRECISIONS:
        if plain.startswith(begin):
            return name
    raise ValueError(f"the precision is not stated ({text!r})")


def _engine(row: PublishedRow) -> str:
    text = f"{row['source']} {row['caveat']}".lower()
    return next((name for word, name in ENGINES if word in text), "vllm")


def _number(text: str) -> float | None:
    found = re.fullmatch(r"~?(\d+(?:\.\d+)?)(k?)(?: avg)?", text.strip())
    return float(found[1]) * (1000 if found[2] else 1) if found else None


def _lengths(row: PublishedRow) -> tuple[float | None, float | None, float | None]:
    """Return mean prompt and output tokens, or the context of a decode step."""
    isl, osl = row["isl"], row["osl"]
    if isl.startswith("ctx "):
        return None, None, _number(isl[4:])
    for word, (prompt, output) in DATASETS.items():
        if word in isl.lower():
            return prompt, _number(osl) or output, None
    drawn = [re.fullmatch(r"U\(\.,(\d+)\)", text) for text in (isl, osl)]
    if all(drawn):
        prompt, output = (int(found[1]) / 2 for found in drawn if found)
        return prompt, output, None
    prompt, output = (_number(text) for text in (isl, osl))
    if prompt is not None and output is None and row["metric"].startswith("decode"):
        return None, None, prompt + SHORT_DECODE / 2
    return prompt, output, None


def _load(row: PublishedRow) -> tuple[float | None, float | None]:
    """Return the batch of all replicas, or the requests that arrive in a second."""
    text = row["batch_or_concurrency"]
    rate = re.match(r"(\d+(?:\.\d+)?) req/s", text)
    if rate:
        return None, float(rate[1])
    if text == "max" or text.startswith(("inf rate", "Offline")):
        return None, None
    found = re.match(r"(?:<=)?(\d+)", text)
    if found is None or "/device" in text:
        raise ValueError(f"the batch is not stated ({text!r})")
    return float(found[1]), None
