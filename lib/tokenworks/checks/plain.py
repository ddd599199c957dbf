"""Plain values: what an answer may consist of, how two are compared, how one is described."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from operator import is_
from typing import Any

from tokenworks.number import Number

Case = tuple[Any, ...]  # the arguments of one call
MOST_ELEMENTS = 100_000
MOST_BITS = 1_000  # still a float
ATOMS = frozenset({bool, float, int, str, type(None)})  # nothing can change them
NEAR_ZERO = 1e-9  # what rounding leaves of a 0


class UnusableError(TypeError):
    """An answer that is no number, text or list of these."""


def plain(value: Any) -> Any:
    """Turn an answer into numbers, text and lists, or say why that is impossible."""
    kind = type(value)
    if value is None or kind is bool or kind is float:
        return value
    if kind is list or kind is tuple:
        _bounded(len(value))
        return [each if type(each) is float else plain(each) for each in value]
    if isinstance(value, int):
        if value.bit_length() > MOST_BITS:
            raise UnusableError("an integer of more than 300 digits")
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return str(value[:MOST_ELEMENTS])
    if hasattr(value, "tolist") and hasattr(value, "size"):  # NumPy and JAX, without importing them
        _bounded(int(value.size))
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        _bounded(len(value))
        return [plain(element) for element in value]
    raise UnusableError(f"something of type {type(value).__name__}")


def copied(value: Any) -> Any:
    """Copy a case, so that a change of the copy changes nothing else."""
    kind = type(value)
    if kind in ATOMS:
        return value
    if kind is list or kind is tuple:
        return kind([each if type(each) in ATOMS else copied(each) for each in value])
    return copy.deepcopy(value)


def untouched(was: Any, now: Any) -> bool:
    """Tell whether a copy still holds the very elements of its original, in lists of its kind."""
    if was is now:
        return True
    kind = type(was)
    if kind is not type(now) or kind not in (list, tuple) or len(was) != len(now):
        return False
    return all(map(is_, was, now)) or all(map(untouched, was, now))


def _bounded(count: int) -> None:
    if count > MOST_ELEMENTS:
        raise UnusableError(f"a list of {elements(count)}")


def same(expected: Any, got: Any, tolerance: Number) -> bool:
    """Tell whether two plain values agree: numbers within the tolerance (0 is exact), text and
    kinds exactly.
    """
    if _is_number(expected) and _is_number(got):
        if tolerance == 0:
            return expected == got
        # next to an exact 0 there is no relative distance
        return math.isclose(expected, got, rel_tol=tolerance, abs_tol=0 if expected else NEAR_ZERO)
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(
            same(e, g, tolerance) for e, g in zip(expected, got, strict=True)
        )
    return type(expected) is type(got) and expected == got


def misfit(expected: Any, got: Any, length: int | None = None) -> str:
    """Say why an answer is not even of the right kind, or nothing when it is.

    `length` is how many elements it must have; else only lists of floats must be equally long.
    """
    if expected is None:
        return "" if got is None else f"is {describe(got)}, not None"
    if got is None:
        return "is None"
    if _is_number(expected):
        if not _is_number(got):
            return f"is {describe(got)}, not a number"
        return "" if math.isfinite(got) or got == expected else f"is {got}"
    if isinstance(expected, str):
        return "" if isinstance(got, str) else f"is {describe(got)}, not text"
    if not isinstance(got, list):
        return f"is {describe(got)}, not a list"
    if length is None and expected and isinstance(expected[0], float):
        length = len(expected)
    if length in (None, len(got)):
        wrong = (misfit(e, g) for e, g in zip(expected, got, strict=False))
        return next((f"holds an element that {why}" for why in wrong if why), "")
    return f"has {elements(len(got))} where {length} are wanted"


def elements(count: int) -> str:
    """Say how many elements a list has."""
    return f"{count:,} element{'' if count == 1 else 's'}"


def describe(value: Any) -> str:
    """Name the kind of a plain value."""
    if value is None:
        return "None"
    if isinstance(value, bool):
        return f"{value}, a truth value"
    if isinstance(value, str):
        return f"the text {shorten(value, 24)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"the number {shorten(value, 24)}"


def apart(expected: Number, got: Number) -> Number:
    """Return how far two numbers are apart."""
    return abs(got - expected)


def list_apart(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Return how far the numbers of two lists are apart in all; a None only fits a None."""
    pairs = [(e, g) for e, g in zip(expected, got, strict=True) if (e, g) != (None, None)]
    return float(sum(abs(g - e) for e, g in pairs))


def misplaced(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Count what only one of two lists of lists of indices has at a place, in any order there."""
    pairs = [{(at, i) for at, step in enumerate(steps) for i in step} for steps in (expected, got)]
    return float(len(pairs[0] ^ pairs[1]))


def exact(value: Any, width: int) -> str:
    """Print a value so that it can be copied into a call, unless it is longer than `width`."""
    text = repr(value)
    return text if len(text) <= width else text[: width - 1] + "…"


def shorten(value: Any, width: int) -> str:
    """Print a plain value on one line of at most `width` characters."""
    text = f"{value:.7g}" if isinstance(value, float) else repr(value)
    if isinstance(value, list):
        text = "[" + ", ".join(shorten(element, width) for element in value[:width]) + "]"
    return text if len(text) <= width else text[: width - 1] + "…"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
