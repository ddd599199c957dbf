"""A case for the ladders: a model on chips of one kind, its users, and what holds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.chip_links import SERVER, Link, link_of
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import tensor_parallel_sizes
from tokenworks.cost.memory_budget import budget
from tokenworks.number import Number
from tokenworks.units import show_as

RUNTIME_BYTES, LOST_SHARE = 2e9, 0.05  # kept back of each chip, and of its room for caches
FORMATS = {  # of weights and cache, from wide to narrow
    "bf16": ("bf16", "bf16"),
    "INT8": ("int8", "bf16"),
    "INT4": ("int4-g128", "bf16"),
    "INT4 and INT8 cache": ("int4-g128", "int8"),
}


@dataclass(frozen=True)
class Case:
    """A model on chips of one kind, so many users with so many tokens each, and a network."""

    model: ModelSpec
    chip: Chip
    users: int
    context_tokens: int
    ports: Link

    def on(self, chips: int, formats: str = "bf16") -> Deployment:
        """Return the model on so many chips, with something kept back of each."""
        weights, kv = FORMATS[formats]
        return Deployment(
            self.model,
            self.chip,
            chips,
            weights=weights,
            kv=kv,
            overhead_bytes=RUNTIME_BYTES,
            fragmentation=LOST_SHARE,
        )

    def fits(self, chips: int, formats: str = "bf16") -> bool:
        """Tell whether so many tensor-parallel chips hold weights and all users' caches."""
        on = self.on(chips, formats)
        return budget(on, context_tokens=self.context_tokens, batch=self.users).fits

    @cached_property
    def links(self) -> Link | None:
        """The links between chips of this kind; None where none is known."""
        try:
            return link_of(self.chip)
        except ValueError:
            return None

    @cached_property
    def groups(self) -> list[int]:
        """The sizes of a tensor-parallel group: within a server, or a slice that is rented."""
        sizes = tensor_parallel_sizes(self.model)
        if self.links is None:
            return [1]
        if self.links.kind == "torus":
            rented = {prod(map(int, shape.split("x"))) for shape in self.links.slices}
            return [n for n in sizes if n in rented]
        return [n for n in sizes if SERVER % n == 0]

    @cached_property
    def group(self) -> int | None:
        """The least chips of one group that hold the case; None where no group does."""
        return self.least()

    def least(self, formats: str = "bf16") -> int | None:
        """Return the least chips of one group that hold it in a format; None: none does."""
        return next((n for n in self.groups if self.fits(n, formats)), None)

    @cached_property
    def costed(self) -> tuple[Deployment, str] | None:
        """A group that steps are costed on, and a sentence where it is not in bf16; None: none."""
        for formats in FORMATS:
            chips = self.least(formats)
            if chips is not None:
                return self.on(chips, formats), "" if formats == "bf16" else f" (In {formats}.)"
        return None

    @property
    def is_slice(self) -> bool:
        """Whether chips of this kind are rented as slices of a torus, not as servers."""
        return self.links is not None and self.links.kind == "torus"

    @property
    def place(self) -> str:
        """What a group of chips stands in: "server" or "slice"."""
        return "slice" if self.is_slice else "server"


def size_text(value: Number) -> str:
    """Return bytes in words."""
    return show_as(float(f"{value:.3g}"), "bytes")


def short_time(value: Number) -> str:
    """Return a time with three digits, such as "11.5 ms"."""
    return show_as(float(f"{value:.3g}"), "seconds")


def chips_text(chips: int) -> str:
    """Return a number of chips in words."""
    return "1 chip" if chips == 1 else f"{chips} chips"
