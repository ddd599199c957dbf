"""The trained draft as a file: matrices in 8 bits with a scale a row, and where they come from.

An .npz archive of arrays beside a record in JSON, which pins its sha256. Matrices are stored as
`name.integers` and `name.scales`; everything else as it is.
"""

from __future__ import annotations

import hashlib
import io
import json
from functools import cache
from importlib.resources import files
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from tokenworks.model.language_model import LanguageModel
from tokenworks.model.weights import Weights
from tokenworks.quantization.integer_grid import Grid, Quantized, round_to_nearest
from tokenworks.speculation.eagle import EagleDraft

STEM = "smollm2_135m_draft"
GRID = Grid(8, symmetric=True, scale_bits=32)


def trained_draft(lm: LanguageModel) -> EagleDraft:
    """Return the draft that was trained for SmolLM2-135M-Instruct, in float32.

    For another model, or with a damaged file, it raises ValueError.
    """
    trained_for = draft_record()["model"]
    if lm.spec.name != trained_for:
        raise ValueError(
            f"the trained draft continues the states of {trained_for}, not of {lm.spec.name}; "
            "train one for it (benchmarks/train_draft.py) or take prompt lookup, which fits all"
        )
    data = files("tokenworks.data").joinpath(f"{STEM}.npz").read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != draft_record()["sha256"]:
        raise ValueError(f"{STEM}.npz is damaged: its sha256 is {found}; install the package again")
    return EagleDraft(lm, *unpacked(data))


@cache
def draft_record() -> dict[str, Any]:
    """Return where the trained draft comes from: model, corpus, seed, machine, time, licence."""
    text = files("tokenworks.data").joinpath(f"{STEM}.json").read_text(encoding="utf-8")
    return json.loads(text)


def packed(weights: Weights, vocabulary: Int[np.ndarray, " reduced"]) -> bytes:
    """Return the bytes of the file; the same weights give the same bytes."""
    arrays: dict[str, Any] = {"vocabulary": np.asarray(vocabulary, np.uint16)}
    for name, value in _named(weights).items():
        if value.ndim == 2:
            matrix = round_to_nearest(value, GRID)
            arrays[f"{name}.integers"] = matrix.codes
            arrays[f"{name}.scales"] = matrix.scales[:, 0]
        else:
            arrays[name] = np.asarray(value, np.float32)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def unpacked(data: bytes) -> tuple[Weights, Int[np.ndarray, " reduced"]]:
    """Return the weights in float32, and the reduced vocabulary."""
    weights: Weights = {"layer": {}}
    with np.load(io.BytesIO(data)) as arrays:
        vocabulary = arrays["vocabulary"].astype(np.int64)
        for name in arrays.files:
            stem, _, part = name.rpartition(".")
            if name == "vocabulary" or part == "scales":
                continue
            value = arrays[name]
            if part == "integers":
                scales = arrays[f"{stem}.scales"][:, None]
                value, name = Quantized(value, scales, None, GRID).values(), stem
            inside = weights["layer"] if name.startswith("layer.") else weights
            inside[name.removeprefix("layer.")] = jnp.asarray(value)
    return weights, vocabulary


def _named(weights: Weights) -> dict[str, Any]:
    apart = {name: value for name, value in weights.items() if name != "layer"}
    return apart | {f"layer.{name}": value for name, value in weights["layer"].items()}
