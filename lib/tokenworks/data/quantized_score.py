"""What each way to quantize SmolLM2 cost on texts that no method had seen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class QuantizedScore:
    """One method on one set of tokens of one domain.

    `among`: "all" tokens; the tail, "digits", "rare" tokens and the "late" half of each window; or
    the "short" start that can be computed again in seconds. Divergence (KL) is from the float
    model, in nats: its mean, and what one token of a hundred exceeds.
    """

    method: str
    stored: str  # as what, or how
    bits_per_weight: float | None  # with scales and minimums; None: not of weights alone
    domain: str
    among: str
    tokens: int
    perplexity: float
    agreement: float  # share of tokens whose likeliest is the float model's
    kl_nats: float
    kl_nats_p99: float
    source: str
    accessed: str

    @property
    def label(self) -> str:
        """What the row is called."""
        return f"{self.method}, {self.stored}"


@dataclass(frozen=True)
class MatrixRatios:
    """The output errors of a method's matrices, in the model's order, over those of rounding.

    Squared errors on the calibration texts: over "all" tokens, the "first" of each window, or the
    "rest". Of methods "on float inputs": on the "calibration", on "prose" or "code" beside it.
    """

    method: str
    stored: str
    tokens: str
    ratios: tuple[float, ...]
    source: str
    accessed: str

    @property
    def label(self) -> str:
        """What the row is called."""
        return f"{self.method}, {self.stored}"


@dataclass(frozen=True)
class PasskeysFound:
    """How many numbers one method wrote out right, so many tokens after they were given."""

    method: str
    stored: str
    distance_tokens: int
    asked: int
    found: int
    tokens: int  # of all numbers
    tokens_found: int  # each with those before it given
    source: str
    accessed: str

    @property
    def label(self) -> str:
        """What the row is called."""
        return f"{self.method}, {self.stored}"


@dataclass(frozen=True)
class QuantizationRecord:
    """The whole table, and how much it rests on: windows × tokens."""

    rows: tuple[QuantizedScore, ...]
    ratios: tuple[MatrixRatios, ...]
    passkeys: tuple[PasskeysFound, ...]
    windows: dict[str, tuple[int, int]]  # judged, by domain
    calibration: tuple[int, int]
    source: str
    accessed: str
    machine: str

    def row(self, method: str, stored: str, domain: str, *, among: str = "all") -> QuantizedScore:
        """Return one row; KeyError names the methods that were measured."""
        wanted = (method, stored, domain, among)
        for each in self.rows:
            if (each.method, each.stored, each.domain, each.among) == wanted:
                return each
        known = "; ".join(dict.fromkeys(each.label for each in self.rows))
        raise KeyError(
            f"no score of {method}, {stored} on {among} of {domain}; measured were: {known}"
        )

    def matrix_ratios(self, method: str, stored: str, *, tokens: str = "all") -> MatrixRatios:
        """Return the ratios of a method's matrices; KeyError names those that there are."""
        found = {(each.method, each.stored, each.tokens): each for each in self.ratios}
        if (method, stored, tokens) not in found:
            known = "; ".join(", ".join(key) for key in found)
            raise KeyError(f"no ratios of {method}, {stored}, {tokens}; there are: {known}")
        return found[method, stored, tokens]

    def passkeys_found(self, method: str, stored: str, distance_tokens: int) -> PasskeysFound:
        """Return one row of numbers that were asked for; KeyError names those that there are."""
        found = {(each.method, each.stored, each.distance_tokens): each for each in self.passkeys}
        wanted = (method, stored, distance_tokens)
        if wanted not in found:
            known = "; ".join(f"{each.label}, {each.distance_tokens}" for each in self.passkeys)
            raise KeyError(f"no passkeys of {method}, {stored}, {distance_tokens}; asked: {known}")
        return found[wanted]


@cache
def quantization_record() -> QuantizationRecord:
    """Return the scores of the methods that were run, and the errors of their matrices.

    Source: benchmarks/quantization.py, which judges texts that no calibration has seen, and
    benchmarks/quantization_passkeys.py, quantization_held_out.py.
    """
    path = files("tokenworks.data").joinpath("quantized_scores.json")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    origin = {name: record[name] for name in ("source", "accessed")}
    rows = tuple(QuantizedScore(**row, **origin) for row in record.pop("rows"))
    ratios = tuple(
        MatrixRatios(ratios=tuple(each.pop("ratios")), **each, **origin)
        for each in record.pop("ratios")
    )
    origin["source"] = "benchmarks/quantization_passkeys.py"
    asked = tuple(PasskeysFound(**row, **origin) for row in record.pop("passkeys"))
    windows = {name: tuple(shape) for name, shape in record.pop("windows").items()}
    shape = tuple(record.pop("calibration"))
    return QuantizationRecord(rows, ratios, asked, windows, shape, **record)
