"""The texts that methods are calibrated on and judged by: the same bytes on every machine.

Judged on chapters and modules of this project, which the model cannot have read; calibrated on
JAX's docstrings and functions. `benchmarks/quantization_texts.py` cut them out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Int

from tokenworks.model.tokenizer import Tokenizer
from tokenworks.number import whole

Part: TypeAlias = Literal["calibration", "evaluation"]
DOMAINS = ("prose", "code")
RUN = 24  # tokens in a row that no two texts may share


@cache
def text_record() -> dict[str, Any]:
    """Return both parts with their source, their licence, and the text of each domain."""
    path = files("tokenworks.data").joinpath("quantization_texts.json")
    return json.loads(path.read_text(encoding="utf-8"))


def evaluation_windows(
    tokenizer: Tokenizer, domain: str, *, tokens: int = 2048, most: int = 10
) -> Int[np.ndarray, "B T"]:
    """Return token ids of the text that a domain is judged by, in windows without overlap.

    An unknown domain, and a text too short for one window, raise ValueError.
    """
    return _windows(tokenizer, "evaluation", domain, tokens=tokens, most=most)


def calibration_windows(
    tokenizer: Tokenizer, *, tokens: int = 512, most: int = 16
) -> Int[np.ndarray, "B T"]:
    """Return windows of calibration text: at most so many of prose, then as many of code."""
    both = [
        _windows(tokenizer, "calibration", domain, tokens=tokens, most=most) for domain in DOMAINS
    ]
    return np.concatenate(both)


def _windows(
    tokenizer: Tokenizer, part: Part, domain: str, *, tokens: int, most: int
) -> Int[np.ndarray, "B T"]:
    whole(tokens, "tokens", least=2)
    whole(most, "most")
    texts = text_record()[part]["texts"]
    if domain not in texts:
        raise ValueError(f"a domain is one of {', '.join(texts)}, got {domain!r}")
    ids = np.asarray(tokenizer.encode(texts[domain]), np.int32)
    count = min(most, len(ids) // tokens)
    if count == 0:
        raise ValueError(f"the text has {len(ids):,} tokens: no window of {tokens:,}")
    return ids[: count * tokens].reshape(count, tokens)


def refuse_overlap(
    calibration: Iterable[Any], evaluation: Iterable[Any], *, run: int = RUN
) -> None:
    """Raise ValueError where texts of the two, as token ids, share a run of so many tokens.

    What a method has seen is not what it is judged by.
    """
    whole(run, "run")
    shared = _runs(calibration, run) & _runs(evaluation, run)
    if shared:
        raise ValueError(
            f"calibration and evaluation share {len(shared):,} runs of {run} tokens, one of them "
            f"{list(min(shared))}: take other texts"
        )


def _runs(texts: Iterable[Any], run: int) -> set[tuple[int, ...]]:
    plain = [np.asarray(text).tolist() for text in texts]
    return {tuple(ids[at : at + run]) for ids in plain for at in range(len(ids) - run + 1)}
