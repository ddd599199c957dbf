"""What joins chips: how many links each has, what one carries one way, and where axes wrap.

Vendors print bandwidth per chip or per link, one way or both ways added. The table keeps what is
printed (`stated`); formulas take one link, one way.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.accelerator import Chip
from tokenworks.cost.topology import Axis, Switch, Torus, nearest
from tokenworks.data.rows import load_rows, lookup
from tokenworks.specs import chip

SERVER = 8  # devices that one switch joins, unless said otherwise
CUBE = 4  # chips along each edge of the blocks that optical switches join
WHOLE_AXIS = 16  # chips along an axis of a pod without optical switches


@dataclass(frozen=True)
class Link:
    """One kind of link: a chip's own, or a port of a network between servers."""

    name: str
    label: str
    kind: str  # "torus" (to the next neighbours) or "switch"
    stated: str  # as it is printed
    source: str
    accessed: str
    chip: str = ""  # whose links they are; "" for a network
    links: int = 1  # of each chip, all together
    axes: int = 0  # of a torus
    wraps: str = ""  # "axes of 16", "cubes of 4"
    way_bytes_per_s: float | None = None  # of one port, where no chip's row has it
    hop_seconds: float | None = None  # from a chip to the next; None: not published
    hop_source: str = ""
    sums: bool = False  # switches can add up on the way (NVLink SHARP)
    shapes: str = ""  # slices that can be rented
    shapes_source: str = ""
    note: str = ""

    @property
    def bytes_per_s(self) -> float:
        """What one link carries one way."""
        return self.chip_bytes_per_s / self.links

    @property
    def chip_bytes_per_s(self) -> float:
        """What all links of one chip carry one way."""
        if self.way_bytes_per_s is not None:
            return self.links * self.way_bytes_per_s
        both = chip(self.chip).link_bytes_per_s
        if both is None:
            raise ValueError(f"no link is known of {self.chip}: fill in way_bytes_per_s")
        return both / 2

    @property
    def slices(self) -> tuple[str, ...]:
        """The shapes of slices that can be rented, smallest first."""
        return tuple(self.shapes.split())

    def wrapped(self, sizes: tuple[int, ...]) -> tuple[bool, ...]:
        """Tell of each axis of a slice whether its ends are joined.

        Source: https://jax-ml.github.io/scaling-book/tpus/ (axes of 16; whole cubes of 4).
        """
        if self.wraps == "cubes of 4":
            return (all(size % CUBE == 0 for size in sizes),) * len(sizes)
        return tuple(size == WHOLE_AXIS for size in sizes)


def link(name: str) -> Link:
    """Return one kind of link by name; an unknown name raises KeyError, closest first."""
    return lookup(Link, "links.csv", name)


def links() -> tuple[Link, ...]:
    """Return all kinds of links, in file order."""
    return tuple(load_rows(Link, "links.csv").values())


def link_of(on: Chip) -> Link:
    """Return the links between chips of one kind; a chip without any in the table: ValueError."""
    for row in links():
        if row.chip == on.name:
            return row
    known = ", ".join(row.chip for row in links() if row.chip)
    raise ValueError(f"no links of {on.label} are known; known: {known}")


def network(on: Chip, devices: int, *, sums: bool | None = None) -> Switch:
    """Return so many chips around one switch; a chip that has no switch raises ValueError.

    `sums` lets the switch add up on the way; None: where its kind can.
    """
    row = link_of(on)
    if row.kind != "switch":
        raise ValueError(f"{on.label} has no switch: give its slice a shape (`slice_torus`)")
    adds = row.sums if sums is None else sums
    return Switch(devices, row.chip_bytes_per_s, row.hop_seconds or 0.0, adds)


def slice_torus(on: Chip, shape: str) -> Torus:
    """Return a slice of TPUs, such as "4x8": its axes, where they wrap, and its links.

    A shape that cannot be rented raises ValueError, which names the nearest that can.
    """
    row = link_of(on)
    if row.kind != "torus":
        raise ValueError(f"{on.label} is joined by a switch: `network(chip, devices)`")
    if shape not in row.slices:
        near, known = nearest(shape, row.slices), ", ".join(row.slices)
        raise ValueError(f"{on.label} has no slice {shape!r}; nearest: {near}; all: {known}")
    sizes = tuple(int(part) for part in shape.split("x"))
    axes = tuple(Axis(size, wraps) for size, wraps in zip(sizes, row.wrapped(sizes), strict=True))
    return Torus(axes, row.bytes_per_s, row.hop_seconds or 0.0)
