"""The door of every formula: what goes in must be a possible physical quantity.

A formula says in its signature what each argument may be, and `physical` holds callers to it:

    @physical
    def kv_bytes(spec: AttentionSpec, tokens: Natural, *, bytes_per_value: Positive) -> float: ...
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ParamSpec, TypeVar, cast, get_type_hints

from tokenworks.number import Number, finite, integer, shown

P = ParamSpec("P")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Domain:
    """What an argument may be: a finite number, or a whole one, above 0 or from 0."""

    whole: bool
    zero: bool

    def admit(self, value: Any, what: str) -> Number:
        """Return the value as a number of Python; one that cannot be raises ValueError."""
        number = integer(value) if self.whole else finite(value)
        if number is None or number < 0 or (number == 0 and not self.zero):
            noun = "whole number" if self.whole else "finite number"
            bound = "at least 0" if self.zero else "greater than 0"
            raise ValueError(f"{what} must be a {noun} {bound}, got {shown(value)}")
        return number


Count = Annotated[int, Domain(whole=True, zero=False)]
Natural = Annotated[int, Domain(whole=True, zero=True)]
Positive = Annotated[Number, Domain(whole=False, zero=False)]
NotNegative = Annotated[Number, Domain(whole=False, zero=True)]


def physical(formula: Callable[P, Result]) -> Callable[P, Result]:
    """Make a formula refuse an argument outside the domain that its signature gives it.

    Arguments annotated Count, Natural, Positive or NotNegative are looked at, and reach the formula
    as numbers of Python; all others pass through.
    """
    name, call = getattr(formula, "__name__", "formula"), cast(Callable[..., Result], formula)
    hints = get_type_hints(formula, include_extras=True)
    places = [
        (place, argument, f"{name}: {argument}", domain)
        for place, argument in enumerate(inspect.signature(formula).parameters)
        for domain in getattr(hints.get(argument), "__metadata__", ())
        if isinstance(domain, Domain)
    ]

    def guarded(*args: Any, **kwargs: Any) -> Result:
        given = list(args)
        for place, argument, what, domain in places:
            if place < len(given):
                given[place] = domain.admit(given[place], what)
            elif argument in kwargs:
                kwargs[argument] = domain.admit(kwargs[argument], what)
        return call(*given, **kwargs)

    return functools.wraps(formula)(guarded)
