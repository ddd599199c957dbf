"""How devices are joined: a torus of links to the next neighbours, or ports of one switch.

A link carries its bytes each way at once. An axis whose ends are joined is a ring, and has two ways
round; one whose ends are not is a line, and the device at its end has one neighbour.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tokenworks.number import Number, make_bounded, make_whole


@dataclass(frozen=True)
class Axis:
    """One axis of a torus: its devices, and whether the last is joined to the first."""

    devices: int
    wraps: bool = False

    def __post_init__(self) -> None:
        make_whole(self, "devices")

    @property
    def is_ring(self) -> bool:
        """Whether there are two ways round: two devices have one link between them."""
        return self.wraps and self.devices > 2

    @property
    def links(self) -> int:
        """Links of the device that has fewest: one at the end of a line, two in a ring."""
        return 2 if self.is_ring else int(self.devices > 1)

    @property
    def hops(self) -> int:
        """Steps to the device farthest away, from the one that has it farthest."""
        return self.devices // 2 if self.is_ring else self.devices - 1


@dataclass(frozen=True)
class Torus:
    """Devices along one to three axes, each joined to its next neighbours.

    `link_bytes_per_s` is what one link carries one way, `hop_seconds` the latency of one step.
    Without an axis, or with a rate of 0, ValueError.
    """

    axes: tuple[Axis, ...]
    link_bytes_per_s: Number
    hop_seconds: Number = 0.0

    def __post_init__(self) -> None:
        if not self.axes:
            raise ValueError("a torus needs at least one axis, such as (Axis(8, wraps=True),)")
        make_bounded(self, "link_bytes_per_s", above=True)
        make_bounded(self, "hop_seconds")

    @cached_property
    def devices(self) -> int:
        """Devices of all axes together."""
        return math.prod(axis.devices for axis in self.axes)

    @property
    def links(self) -> int:
        """Links of the device that has fewest: the one in a corner."""
        return sum(axis.links for axis in self.axes)

    @property
    def device_bytes_per_s(self) -> float:
        """What the device with the fewest links sends, or receives, over all of them at once."""
        return self.links * self.link_bytes_per_s

    @property
    def hops(self) -> int:
        """Steps to the device farthest away, axis after axis."""
        return sum(axis.hops for axis in self.axes)

    @property
    def shape(self) -> str:
        """The shape as it is written: "4x8"."""
        return "x".join(str(axis.devices) for axis in self.axes)


@dataclass(frozen=True)
class Switch:
    """Devices around a switch, or a network as good as one, that holds nobody up.

    `device_bytes_per_s` is what each sends, and at once receives; `sums` says that the switch can
    add up what passes. A rate of 0 raises ValueError.
    """

    devices: int
    device_bytes_per_s: Number
    hop_seconds: Number = 0.0
    sums: bool = False

    def __post_init__(self) -> None:
        make_whole(self, "devices")
        make_bounded(self, "device_bytes_per_s", above=True)
        make_bounded(self, "hop_seconds")

    @property
    def hops(self) -> int:
        """Steps to any other device: one, through the switch."""
        return int(self.devices > 1)


Network = Torus | Switch


def ring(devices: int, link_bytes_per_s: Number, *, hop_seconds: Number = 0.0) -> Torus:
    """Return devices in one ring, with links both ways round."""
    return Torus((Axis(devices, wraps=True),), link_bytes_per_s, hop_seconds)


def line(devices: int, link_bytes_per_s: Number, *, hop_seconds: Number = 0.0) -> Torus:
    """Return devices in one row whose ends are not joined."""
    return Torus((Axis(devices),), link_bytes_per_s, hop_seconds)


def nearest(shape: str, known: Sequence[str]) -> str:
    """Return the known shape that is most like another: in devices, then in its longest axis."""
    sizes = _sizes(shape) or (1,)

    def off(other: str) -> tuple[float, ...]:
        found = _sizes(other)
        devices = abs(math.log(math.prod(found) / max(1, math.prod(sizes))))
        return devices, abs(max(found) - max(sizes)), abs(len(found) - len(sizes))

    return min(known, key=off)


def _sizes(shape: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", str(shape)[:40]))
