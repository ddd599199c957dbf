"""A text and its numbers: each that it states is computed, and each that is computed is stated."""

from __future__ import annotations

from collections.abc import Sequence

from tokenworks.units import quantities
from tokenworks.worked_number import Worked


def hold_numbers(where: str, text: str, numbers: Sequence[Worked]) -> None:
    """Raise ValueError where a text states a number that none computes, or leaves one out."""
    stated = {each.literal for each in quantities(text)}
    computed = {each["literal"] for number in numbers for each in number.data()}
    if missing := sorted(stated - computed):
        raise ValueError(f"{where}: nothing computes {', '.join(missing)}")
    if idle := sorted(computed - stated):
        raise ValueError(f"{where}: its text does not say {', '.join(idle)}")
