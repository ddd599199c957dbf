"""One number that readers meet elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from book._ext.held_numbers import hold_numbers
from tokenworks.worked_number import Worked


@dataclass(frozen=True)
class Entry:
    """What is said, for what case it is looked at, where it slips, and what is right.

    `chapter` is a chapter's name with, where it helps, a heading: "roofline#the-critical-batch".
    `numbers` computes each number with a unit of `right`.
    """

    said: str
    premise: str
    slip: str
    right: str
    chapter: str
    numbers: tuple[Worked, ...] = ()


def checked(entries: tuple[Entry, ...], subject: str) -> tuple[Entry, ...]:
    """Return the entries; ValueError where a right value is not computed, or not in the text."""
    for entry in entries:
        hold_numbers(f"{subject}, “{entry.said[:50]}…”", entry.right, entry.numbers)
    return entries
