"""A slice of TPUs by its name, as it is rented and as the compiler calls it: "v5e:4x4"."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass

from tokenworks.accelerator import Chip
from tokenworks.cost.chip_links import link_of, slice_torus
from tokenworks.cost.topology import nearest
from tokenworks.specs import chip

GENERATIONS = {name: f"tpu-{name}" for name in ("v4", "v5e", "v5p", "v6e")}


@dataclass(frozen=True)
class TpuSlice:
    """Chips that are rented together."""

    chip: Chip
    shape: str  # "4x4"

    @property
    def chips(self) -> int:
        """How many."""
        return math.prod(map(int, self.shape.split("x")))

    @property
    def name(self) -> str:
        """The name that the compiler takes: "v5e:4x4"."""
        return f"{self.chip.name.removeprefix('tpu-')}:{self.shape}"


def tpu_slice(name: str) -> TpuSlice:
    """Return a slice by name; an unknown one, or one that nobody rents out, raises ValueError.

    The message names the nearest that there is. Source: the `shapes` of the chip's links.
    """
    generation, colon, shape = str(name).strip().lower().partition(":")
    if generation not in GENERATIONS or not colon:
        alike = difflib.get_close_matches(generation, GENERATIONS, n=len(GENERATIONS), cutoff=0.0)
        near = next((each for each in alike[:2] if shape in _shapes(each)), alike[0])
        known = ", ".join(GENERATIONS)
        raise ValueError(
            f"unknown TPU slice {str(name)[:40]!r}; nearest: {_nearest(near, shape)}, "
            f"chips that the compiler knows: {known}"
        )
    on = chip(GENERATIONS[generation])
    slice_torus(on, shape)  # refuses what cannot be rented
    return TpuSlice(on, shape)


def tpu_slices(on: Chip) -> list[TpuSlice]:
    """Return the slices of a chip that can be rented, smallest first."""
    return [TpuSlice(on, shape) for shape in link_of(on).slices]


def _nearest(generation: str, shape: str) -> str:
    return f"{generation}:{nearest(shape, _shapes(generation))}"


def _shapes(generation: str) -> tuple[str, ...]:
    return link_of(chip(GENERATIONS[generation])).slices
