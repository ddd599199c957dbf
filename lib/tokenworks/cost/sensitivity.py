"""What one input alone does to a step and its price: each a notch down and a notch up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from tokenworks.architecture import ModelSpec
from tokenworks.cost.frontier import Option, option
from tokenworks.cost.slice_memory import model_shapes, slice_batch

WEIGHTS = ("int4", "int8", "bf16")
CACHES = ("int8", "bf16")
PRICE_STEP = 1.25  # of a price: a quarter more, a fifth less
Values = tuple[str | None, str, str | None]  # the one before, the one, the next


@dataclass(frozen=True)
class Side:
    """One input at another value: the way it gives, or why there is none."""

    value: str
    changed: Option | None
    why_not: str = ""


@dataclass(frozen=True)
class Lever:
    """One input of a way to serve: its value, and both of its sides."""

    name: str
    value: str
    base: Option
    down: Side
    up: Side

    def usd_change(self, side: Side) -> float | None:
        """Return by what share a million tokens become dearer; None where the side has no way."""
        return side.changed and side.changed.usd_per_million / self.base.usd_per_million - 1

    def step_change(self, side: Side) -> float | None:
        """Return by what share the expected step becomes longer; None where there is no way."""
        if side.changed is None:
            return None
        return side.changed.step.expected_seconds / self.base.step.expected_seconds - 1

    @property
    def reach(self) -> float:
        """The larger change of the price, either way."""
        changes = (self.usd_change(self.down), self.usd_change(self.up))
        return max(abs(change) for change in (*changes, 0.0) if change is not None)


def levers_of(base: Option, *, filled: bool = False) -> list[Lever]:
    """Return the levers of a way to serve, the one that moves the price most first.

    Batch, context and KV heads are halved and doubled, formats and slice go to the next that there
    is, the price a fifth down and a quarter up. `filled` gives each side the largest batch that
    fits, so that freed memory counts; then the batch is no lever. A side that does not fit, or that
    does not exist, says why; a way that does not fit itself raises ValueError.
    Source: derived: `option` of each, all else kept.
    """
    if not (filled or base.fits):
        missing = -base.memory.free_bytes / 1e9
        raise ValueError(
            f"{base.name} does not fit, {missing:.1f} GB a chip are missing: take a smaller batch, "
            "or filled=True"
        )
    levers = [_formats(base, filled), _cache(base, filled), _context(base, filled)]
    levers += [_heads(base, filled), _slice(base, filled), _price(base, filled)]
    if not filled:
        levers.append(_batch(base))
    return sorted(levers, key=lambda lever: -lever.reach)


def filled_option(base: Option) -> Option:
    """Return a way with the largest batch that fits; where not even one does, ValueError.

    Source: derived: `slice_batch`.
    """
    most = slice_batch(base.on, base.shape, context_tokens=base.context_tokens)
    if not most:
        raise ValueError(f"a {base.shape} does not hold one sequence")
    return _again(base, batch=most)


def _again(base: Option, **changes: object) -> Option:
    given = {
        "on": base.on,
        "shape": base.shape,
        "batch": base.batch,
        "context_tokens": base.context_tokens,
        "usd_per_chip_hour": base.usd_per_chip_hour,
    }
    return option(**(given | changes))  # type: ignore[arg-type]


def _side(value: str | None, make: Callable[[], Option], filled: bool) -> Side:
    """Return one side; `value` is None where there is no next one."""
    if value is None:
        return Side("", None, "there is none")
    try:
        changed = filled_option(make()) if filled else make()
    except ValueError as error:
        return Side(value, None, str(error))
    if not changed.fits:
        missing = -changed.memory.free_bytes / 1e9
        return Side(value, None, f"does not fit: {missing:.1f} GB a chip are missing")
    return Side(value, changed)


def _lever(
    name: str,
    base: Option,
    values: Values,
    *,
    change: Callable[[str], Option],
    filled: bool,
) -> Lever:
    down, own, up = values
    sides = [_side(value, partial(change, value or ""), filled) for value in (down, up)]
    return Lever(name, own, filled_option(base) if filled else base, *sides)


def _next(known: tuple[str, ...], own: str) -> Values:
    """Return the value before, the value, and the one after it, of values in order."""
    if own not in known:
        return None, own, None
    at = known.index(own)
    return (known[at - 1] if at else None), own, (known[at + 1] if known[at + 1 :] else None)


def _formats(base: Option, filled: bool) -> Lever:
    def change(weights: str) -> Option:
        return _again(base, on=replace(base.on, weights=weights))

    values = _next(WEIGHTS, base.on.weights)
    return _lever("weights", base, values, change=change, filled=filled)


def _cache(base: Option, filled: bool) -> Lever:
    def change(kv: str) -> Option:
        return _again(base, on=replace(base.on, kv=kv))

    return _lever("cache", base, _next(CACHES, base.on.kv), change=change, filled=filled)


def _slice(base: Option, filled: bool) -> Lever:
    values = _next(tuple(model_shapes(base.on)), base.shape)
    return _lever(
        "slice", base, values, change=lambda shape: _again(base, shape=shape), filled=filled
    )


def _context(base: Option, filled: bool) -> Lever:
    values = _halved(base.context_tokens)
    return _lever(
        "context",
        base,
        values,
        change=lambda n: _again(base, context_tokens=int(n)),
        filled=filled,
    )


def _batch(base: Option) -> Lever:
    return _lever(
        "batch",
        base,
        _halved(base.batch),
        change=lambda n: _again(base, batch=int(n)),
        filled=False,
    )


def _halved(value: int) -> Values:
    return (str(value // 2) if value > 1 else None), str(value), str(2 * value)


def _heads(base: Option, filled: bool) -> Lever:
    """Return KV heads halved and doubled: how many queries share one, queries kept."""
    model = base.on.model
    down, own, up = _halved(model.n_kv_heads)
    most = 2 * model.n_kv_heads <= model.n_heads
    even = model.n_kv_heads % 2 == 0

    def change(heads: str) -> Option:
        return _again(base, on=replace(base.on, model=_with_heads(model, int(heads))))

    values = (down if even else None, own, up if most else None)
    return _lever("KV heads", base, values, change=change, filled=filled)


def _with_heads(model: ModelSpec, heads: int) -> ModelSpec:
    return replace(model, name=f"{model.name}-{heads}-kv-heads", n_kv_heads=heads)


def _price(base: Option, filled: bool) -> Lever:
    own = base.usd_per_chip_hour
    values = (f"{own / PRICE_STEP:.4g}", f"{own:.4g}", f"{own * PRICE_STEP:.4g}")
    return _lever(
        "price",
        base,
        values,
        change=lambda usd: _again(base, usd_per_chip_hour=float(usd)),
        filled=filled,
    )
