"""One technique of the cheat sheet, its numbers held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from book._ext.held_numbers import hold_numbers
from tokenworks.worked_number import Worked


@dataclass(frozen=True)
class Technique:
    """What a technique repairs, costs and is for, and by how much it helped in one case here.

    `chapter` names the section that measures it. `numbers` computes each number with a unit of
    `gain`; no other text may have one.
    """

    name: str
    fixes: str
    costs: str
    when: str
    gain: str
    kind: str  # of the numbers: "measured", "simulated", "expected", "floors"
    case: str
    chapter: str
    numbers: tuple[Worked, ...]


def hold_techniques(those: Iterable[Technique]) -> tuple[Technique, ...]:
    """Return the techniques; ValueError where a number of one is not held."""
    found = tuple(those)
    for one in found:
        hold_numbers(one.name, one.gain, one.numbers)
        hold_numbers(one.name, f"{one.fixes} {one.costs} {one.when} {one.case}", ())
    return found
