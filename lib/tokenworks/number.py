"""What counts as a number at the library's doors: a whole one, and a finite one.

NumPy's numbers pass and become Python's, whose integers never overflow; true and false, text and
arrays with an axis do not pass. NumPy itself is not imported.
"""

from __future__ import annotations

import math
import operator
import sys
from numbers import Real
from typing import Any, TypeAlias

Number: TypeAlias = float | int
_LONGEST = 60  # characters of a refused value in a message


def whole(value: Any, name: str, *, least: int = 1, most: int | None = None) -> int:
    """Return a count as an int; anything but a whole number in this range raises ValueError.

    A float is refused even where it is whole: 2.0 comes from a division that may leave a rest.
    """
    found = integer(value)
    if found is None or found < least or (most is not None and found > most):
        end = "" if most is None else f" to {most:,}"
        raise ValueError(f"{name} must be a whole number from {least}{end}, got {shown(value)}")
    return found


def make_whole(record: object, *names: str, least: int = 1) -> None:
    """Put the fields of a dataclass, frozen or not, through `whole` and keep the ints."""
    for name in names:
        object.__setattr__(record, name, whole(getattr(record, name), name, least=least))


def bounded(
    value: Any,
    name: str,
    *,
    least: Number = 0,
    most: Number = math.inf,
    above: bool = False,
    below: bool = False,
) -> Number:
    """Return a finite number from `least`, or above it, to `most`, or below it.

    Anything else raises ValueError.
    """
    found = finite(value)
    edge = (above and found == least) or (below and found == most)
    if found is None or not least <= found <= most or edge:
        start = f"above {least}" if above else f"from {least}"
        joined = " and" if above else " to"
        end = f"{joined} below {most}" if below else f"{joined}{' at most' * above} {most}"
        limits = start if most == math.inf else start + end
        raise ValueError(f"{name} must be a finite number {limits}, got {shown(value)}")
    return found


def make_bounded(record: object, *names: str, **limits: Any) -> None:
    """Put the fields of a dataclass, frozen or not, through `bounded` and keep the numbers."""
    for name in names:
        object.__setattr__(record, name, bounded(getattr(record, name), name, **limits))


def integer(value: Any) -> int | None:
    """Return an integer of Python or NumPy as an int, and None for everything else."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def finite(value: Any) -> Number | None:
    """Return a finite number of Python or NumPy as an int or a float, None for everything else.

    An integer beyond the largest float is None too: no formula could go on with it.
    """
    if not isinstance(value, float):
        found = integer(value)
        if found is not None:
            return found if abs(found) <= sys.float_info.max else None
        if isinstance(value, bool) or not isinstance(value, Real):
            return None
    try:
        number = float(value)
    except OverflowError:  # a fraction of large integers
        return None
    return number if math.isfinite(number) else None


def rounded_up(needed: Number) -> int:
    """Return the whole number that covers so much, from 0; rounding errors take no further one.

    3 × 0.1 / 0.1 is a hair above 3, and 3 cover it; the least bit above 0 takes 1.
    """
    return math.ceil(needed * (1 - 1e-12))


def shown(value: Any) -> str:
    """Return a refused value as a message shows it: on one line, and cut where it is long."""
    try:
        text = repr(value).replace("\n", " ")
    except ValueError:  # Python writes out no integer of more than 4,300 digits
        bits = value.bit_length() if isinstance(value, int) else 0
        text = f"an integer of {bits:,} bits" if bits else f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
