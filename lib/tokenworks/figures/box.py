"""Rectangles of a drawing, and what may not touch what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenworks.number import Number

Point = tuple[Number, Number]


@dataclass(frozen=True)
class Box:
    """A rectangle: its upper left corner and its size, in px."""

    x: Number
    y: Number
    w: Number
    h: Number

    @property
    def right(self) -> Number:
        """Its right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> Number:
        """Its lower edge."""
        return self.y + self.h

    @property
    def cx(self) -> Number:
        """Its middle, across."""
        return self.x + self.w / 2

    @property
    def cy(self) -> Number:
        """Its middle, down."""
        return self.y + self.h / 2

    @property
    def corner(self) -> Point:
        """Its upper left corner."""
        return self.x, self.y

    def meets(self, other: Box, slack: Number = 0.5) -> bool:
        """Tell whether two boxes overlap by more than `slack` px."""
        across = min(self.right, other.right) - max(self.x, other.x)
        return across > slack and min(self.bottom, other.bottom) - max(self.y, other.y) > slack

    def holds(self, other: Box, slack: Number = 0.5) -> bool:
        """Tell whether another box lies inside, but for `slack` px."""
        across = self.x - slack <= other.x and other.right <= self.right + slack
        return across and self.y - slack <= other.y and other.bottom <= self.bottom + slack

    def crossed(self, start: Point, end: Point) -> bool:
        """Tell whether a straight stroke passes through the inside of the box."""
        enters, leaves = 0.0, 1.0
        sides = ((start[0], end[0], self.x, self.right), (start[1], end[1], self.y, self.bottom))
        for a, b, low, high in sides:
            low, high = low + 0.5, high - 0.5
            if a == b:
                if not low < a < high:
                    return False
                continue
            near, far = sorted(((low - a) / (b - a), (high - a) / (b - a)))
            enters, leaves = max(enters, near), min(leaves, far)
        return enters < leaves


@dataclass(frozen=True)
class Words:
    """Words of a drawing with the box that they take; a halo lets strokes pass behind them."""

    text: str
    box: Box
    role: str
    halo: bool = False


def troubles(
    frame: Box,
    words: Sequence[Words],
    *,
    fills: Sequence[Box],
    strokes: Sequence[tuple[Point, Point]],
) -> list[str]:
    """List the words that leave the frame, touch others, an edge of a fill, or a stroke."""
    found = []
    for i, one in enumerate(words):
        if not frame.holds(one.box):
            found.append(f"{one.text!r} leaves the drawing")
        for other in words[:i]:
            if one.box.meets(other.box):
                found.append(f"{one.text!r} overlaps {other.text!r}")
        if any(one.box.meets(fill) and not fill.holds(one.box) for fill in fills):
            found.append(f"{one.text!r} crosses the edge of a shape")
        if not one.halo and any(one.box.crossed(*stroke) for stroke in strokes):
            found.append(f"{one.text!r} is crossed by a line")
    return found
