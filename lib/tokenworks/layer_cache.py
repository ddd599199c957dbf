"""What the layers of a model keep of a sequence: caches that grow and states that do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from tokenworks.architecture import AttentionSpec
from tokenworks.shapes import attending_windows


@dataclass(frozen=True, kw_only=True)
class CachePart:
    """A cache that some layers keep alike: so many values for each position."""

    what: str  # "attention", "latent", "index key", "compressed"
    d_key: int  # values of one head and position
    d_value: int = 0  # 0: one vector is both, as in a latent
    heads: int = 1
    layers: int = 1
    window_tokens: int | None = None  # the most positions that are kept, None: all
    stride: int = 1  # positions that leave one entry together
    of_input: bool = False  # of the encoder's or the image's positions, not of the text's

    @property
    def values(self) -> int:
        """Values that one entry takes in one layer."""
        return self.heads * (self.d_key + self.d_value)

    @property
    def sharded(self) -> bool:
        """Whether tensor parallelism divides it: heads of its own, not one vector for all."""
        return self.d_value > 0

    def entries(self, tokens: int) -> int:
        """Return the entries that one layer holds of a sequence of this length."""
        return min(tokens, self.window_tokens or tokens) // self.stride


@dataclass(frozen=True, kw_only=True)
class StatePart:
    """A state that some layers keep alike: as large after one token as after a million."""

    what: str  # "Mamba-2 state", "convolution"
    values: int  # in one layer
    bytes_per_value: int
    layers: int = 1


Part = CachePart | StatePart
Kept = TypeVar("Kept", CachePart, StatePart)


@dataclass(frozen=True, kw_only=True)
class CacheSpec:
    """All that a model keeps of a sequence, layer by layer alike ones put together."""

    name: str
    label: str
    context_tokens: int
    parts: tuple[CachePart, ...]
    states: tuple[StatePart, ...] = ()
    n_heads: int | None = None  # of queries; None where the config leaves it open
    input_tokens: int = 0  # positions of the encoder or the image where nothing else is asked

    @property
    def attention_kind(self) -> str:
        """What most of the growing cache is: "mla", "mha", "gqa", "mqa", "mixed" or "none"."""
        kinds = {self._kind(part) for part in self.parts if part.what in ("attention", "latent")}
        if not kinds:
            return "mixed" if self.parts else "none"
        return kinds.pop() if len(kinds) == 1 else "mixed"

    def _kind(self, part: CachePart) -> str:
        if part.what == "latent":
            return "mla"
        if part.heads == self.n_heads:
            return "mha"
        return "mqa" if part.heads == 1 else "gqa"

    @property
    def is_windowed(self) -> bool:
        """Whether a token's share of the cache depends on the length."""
        return any(part.window_tokens or part.stride > 1 for part in self.parts)


def counted(parts: Iterable[Kept]) -> tuple[Kept, ...]:
    """Return the parts with alike ones put together, in order of first appearance."""
    found: dict[Kept, int] = {}
    for part in parts:
        alone = replace(part, layers=1)
        found[alone] = found.get(alone, 0) + part.layers
    return tuple(replace(part, layers=layers) for part, layers in found.items())


def cache_of(spec: AttentionSpec) -> CacheSpec:
    """Return what a model of the book's table keeps of a sequence."""
    latent = spec.kv_lora_rank > 0
    one = CachePart(
        what="latent" if latent else "attention",
        heads=1 if latent else spec.n_kv_heads,
        d_key=spec.kv_lora_rank + spec.d_head_rope if latent else spec.d_head,
        d_value=0 if latent else spec.d_head,
    )
    windows = attending_windows(spec)
    index = [CachePart(what="index key", d_key=spec.d_index)] if spec.d_index else []
    return CacheSpec(
        name=spec.name,
        label=spec.label,
        context_tokens=spec.context_tokens,
        parts=counted(
            part for window in windows for part in (replace(one, window_tokens=window), *index)
        ),
        states=_states_of(spec, spec.n_layers - len(windows)),
        n_heads=spec.n_heads,
    )


def _states_of(spec: AttentionSpec, layers: int) -> tuple[StatePart, ...]:
    """Return what linear layers keep: a matrix a value head, and what the convolution looks at.

    As `configs/states.py` reads it: float32, and the model's own 16 bits.
    """
    if not layers:
        return ()
    heads, size = spec.linear_value_heads, spec.d_linear
    seen = (2 * spec.linear_key_heads + heads) * size * (spec.conv_kernel - 1)
    matrices = StatePart(what="delta-rule state", values=heads * size**2, bytes_per_value=4)
    inputs = StatePart(what="convolution", values=seen, bytes_per_value=2)
    return replace(matrices, layers=layers), replace(inputs, layers=layers)
