"""How a family's layers keep state: the parts that families are declared with.

A family is a function from a config's keys to what each layer keeps, and the names of keys that
say no more than that function has read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from tokenworks.configs.attention_parts import KV_HEADS, attends, is_latent, latent, layer_count
from tokenworks.configs.layer_kinds import FULL, STATE, Kinds
from tokenworks.configs.layer_windows import Rule, whole_or_window
from tokenworks.configs.own_keys import SSM
from tokenworks.configs.reading import HEAD, Keys
from tokenworks.layer_cache import CachePart, Part
from tokenworks.number import shown

Layer = tuple[Part, ...]
Layers = Callable[[Keys], list[Layer]]
Keeps = Callable[[Keys], Layer]


@dataclass(frozen=True)
class Family:
    """What each layer of a family keeps, and which keys say no more, each by its exact name."""

    layers: Layers
    own: Collection[str] = ()
    reads_input: bool = False  # an encoder-decoder or a model with layers for an image


def attention(
    windows: Rule = whole_or_window, *, part: Callable[[Keys], CachePart] | None = None
) -> Layers:
    """Return layers that all attend, each as far back as the rule says."""

    def layers(keys: Keys) -> list[Layer]:
        n_layers = layer_count(keys)
        one = part(keys) if part else plain_or_latent(keys)
        return [(replace(one, window_tokens=window),) for window in windows(keys, n_layers)]

    return layers


def plain_or_latent(keys: Keys) -> CachePart:
    """Return what an attending layer keeps: keys and values of its heads, or one latent."""
    return latent(keys) if is_latent(keys) else attends(keys)


def hybrid(
    kinds: Kinds, state: Keeps, *, own: Collection[str] = (), full: Keeps | None = None
) -> Family:
    """Return a family whose layers attend or keep a state, whatever they call it."""
    attend = full or (lambda keys: (plain_or_latent(keys),))
    near = windowed(attend)
    keeps: dict[str, Keeps] = {
        **dict.fromkeys((FULL, "attention"), attend),
        "sliding_attention": near,
        **dict.fromkeys((STATE, "mamba", "mamba2", "conv", "recurrent"), state),
        **dict.fromkeys(("mlp", "moe"), lambda keys: ()),
        "hybrid": lambda keys: (*attend(keys), *state(keys)),
        "hybrid_sliding": lambda keys: (*near(keys), *state(keys)),
    }
    layers = of_kinds(kinds, keeps)

    def all_layers(keys: Keys) -> list[Layer]:
        keys.understood(*KV_HEADS, *HEAD)  # of no effect where no layer attends
        return layers(keys)

    return Family(all_layers, own)


def plain_heads(keys: Keys) -> Layer:
    """Return what a layer keeps that attends to the whole sequence."""
    return (attends(keys),)


def windowed(attend: Keeps, name: str = "sliding_window") -> Keeps:
    """Return what a layer keeps that looks so many positions back."""

    def near(keys: Keys) -> Layer:
        window = keys.required(name)
        return tuple(
            replace(part, window_tokens=window) if isinstance(part, CachePart) else part
            for part in attend(keys)
        )

    return near


def of_kinds(kinds: Kinds, keeps: dict[str, Keeps]) -> Layers:
    """Return layers that keep what their kind keeps; an unknown kind raises ValueError."""

    def layers(keys: Keys) -> list[Layer]:
        found = kinds(keys, layer_count(keys))
        odd = next((kind for kind in found if kind not in keeps), None)
        if odd is not None:
            raise ValueError(f"a layer of kind {shown(odd)} is not described here")
        kept = {kind: keeps[kind](keys) for kind in dict.fromkeys(found)}
        return [kept[kind] for kind in found]

    return layers


def only_states(state: Keeps) -> Family:
    """Return a family without attention: every layer keeps this state."""
    return Family(of_kinds(lambda keys, n_layers: [STATE] * n_layers, {STATE: state}), SSM)


def repeated(layers: Layers, times: Callable[[Keys], int]) -> Layers:
    """Return layers that are run several times, each time with a cache of its own."""

    def again(keys: Keys) -> list[Layer]:
        n = times(keys)
        return [layer for _ in range(n) for layer in layers(keys)]

    return again


def sharing(layers: Layers, keeps: Callable[[Keys, int], list[bool]], why: str) -> Layers:
    """Return layers of which some read another's cache and keep none."""

    def own(keys: Keys) -> list[Layer]:
        all_layers = layers(keys)
        kept = keeps(keys, len(all_layers))
        if not all(kept):
            keys.note(f"{kept.count(False)} of {len(kept)} layers read another's cache: {why}")
        return [layer if own else () for layer, own in zip(all_layers, kept, strict=True)]

    return own
