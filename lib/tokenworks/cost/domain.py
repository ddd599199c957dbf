"""The door of every formula: what goes in must be a possible physical quantity."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
Result = TypeVar("Result")
Number = float | int
_CHECKED = ("Number", "int")  # annotations are strings here: the modules postpone them


def physical(*, zero: tuple[str, ...] = ()) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Make a formula refuse an argument that is no positive number; `zero` names may be 0.

    Arguments annotated `Number` or `int` are looked at, an `int` must be whole; a ModelSpec
    passes through.
    """

    def guard(formula: Callable[P, Result]) -> Callable[P, Result]:
        parameters = inspect.signature(formula).parameters
        numeric = {n: p.annotation for n, p in parameters.items() if p.annotation in _CHECKED}
        order = tuple(parameters)
        name = getattr(formula, "__name__", "formula")

        @functools.wraps(formula)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Result:
            given = dict(zip(order, args, strict=False)) | kwargs
            for key, annotation in numeric.items():
                if key in given:
                    whole = annotation == "int"
                    _require(given[key], f"{name}: {key}", whole=whole, zero=key in zero)
            return formula(*args, **kwargs)

        return guarded

    return guard


def _require(value: Any, what: str, *, whole: bool, zero: bool) -> None:
    kind = Integral if whole else Real
    good = isinstance(value, kind) and not isinstance(value, bool) and math.isfinite(value)
    if not good or value < 0 or (value == 0 and not zero):
        noun = "whole number" if whole else "finite number"
        bound = "at least 0" if zero else "greater than 0"
        raise ValueError(f"{what} must be a {noun} {bound}, got {value!r}")
