"""A program that runs on every device of a mesh: its weights placed, its exchanges counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jax.sharding import Mesh

from tokenworks.architecture import ModelSpec
from tokenworks.compiled_collectives import exchanges
from tokenworks.cost.exchanges import Exchange
from tokenworks.model.weights import Weights
from tokenworks.parallel.placement import place


@dataclass(frozen=True, eq=False, repr=False)
class ShardedProgram:
    """A jitted function of (weights, ...) for a mesh; `place` puts weights where it wants them.

    `prepare` brings weights into the order that is cut, `cuts` says how.
    """

    spec: ModelSpec
    mesh: Mesh
    function: Any  # what jax.jit returns
    prepare: Any  # of weights to weights
    cuts: Any  # of weights to a tree of PartitionSpecs

    def place(self, weights: Weights) -> Weights:
        """Put each device's part of the weights on it."""
        ready = self.prepare(weights)
        return place(ready, self.mesh, self.cuts(ready))

    def __call__(self, weights: Weights, tokens: Any, **named: Any) -> Any:
        """Run it; weights come from `place`. Tokens are ids [B, T], or what a layer gets [T, M]."""
        return self.function(weights, _array(tokens), **named)

    def exchanges(self, weights: Weights, tokens: Any, **named: Any) -> tuple[Exchange, ...]:
        """Return what the devices exchange in one run, read from the compiled program."""
        return exchanges(self.function.lower(weights, _array(tokens), **named).compile())

    def __repr__(self) -> str:
        axes = ", ".join(f"{name}={size}" for name, size in self.mesh.shape.items() if size > 1)
        return f"ShardedProgram({self.spec.name!r}, {axes or 'one device'})"


def _array(tokens: Any) -> Any:
    """Return lists as one array; arrays, wherever they are, as they are."""
    return np.asarray(tokens) if isinstance(tokens, list | tuple) else tokens
