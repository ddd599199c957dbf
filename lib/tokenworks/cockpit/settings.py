"""What the server is set to: one value for each control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from tokenworks.number import Number, bounded

RATES = (0.1, 500.0)  # requests a second, least and most
CHOICES: dict[str, Sequence[Any]] = {
    "mix": ("chat", "long-prompts", "long-answers", "mixed"),
    "shared_prefix": (0, 2000),
    "model": ("llama-3-8b", "llama-3-70b"),
    "chip": ("h100-sxm", "h200-sxm", "b200", "a100-80gb", "l40s", "tpu-v5e"),
    "chips": (1, 2, 4, 8, 16),
    "chips_per_replica": (1, 2, 4, 8),
    "weights": ("bf16", "fp8", "int8", "int4"),
    "cache": ("bf16", "fp8", "int8"),
    "batching": ("static", "dynamic", "continuous"),
    "max_batch": (8, 16, 32, 64, 128, 256),
    "paging": (False, True),
    "prefix_caching": (False, True),
    "speculation": (False, True),
    "prefill": ("whole", "chunked", "disaggregated"),
    "router": (
        *("round-robin", "least-request", "prefix-aware", "kv-aware", "kv-reported", "sticky"),
    ),
    "autoscaling": (False, True),
}
COPY = ("model", "chip", "chips_per_replica", "weights", "cache")  # what a replica is made of
BATCHES = ("batching", "max_batch", "paging", "prefix_caching", "speculation", "prefill")
LOAD = ("rate", "mix", "shared_prefix")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One value for each control; a combination that cannot be raises ValueError with the way out.

    `rate` is in requests a second, `shared_prefix` in tokens that prompts begin with. `chips` are
    all there are: with autoscaling the most that may be rented. Whether a model fits is seen where
    its copy is made.
    """

    rate: Number = 10.0
    mix: str = "chat"
    shared_prefix: int = 0
    model: str = "llama-3-8b"
    chip: str = "h100-sxm"
    chips: int = 1
    chips_per_replica: int = 1
    weights: str = "bf16"
    cache: str = "bf16"
    batching: str = "continuous"
    max_batch: int = 64
    paging: bool = True
    prefix_caching: bool = False
    speculation: bool = False
    prefill: str = "whole"
    router: str = "least-request"
    autoscaling: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(field.name, getattr(self, field.name))
        object.__setattr__(self, "rate", float(self.rate))
        self._check_together()

    def _check_together(self) -> None:
        if self.chips % self.chips_per_replica:
            raise ValueError(
                f"{self.chips_per_replica} chips for each replica do not go into {self.chips}: "
                "take fewer for each, or more chips"
            )
        if self.batching != "continuous":
            for name in ("prefix_caching", "speculation"):
                if getattr(self, name):
                    words = name.replace("_", " ")
                    raise ValueError(
                        f"{words} needs continuous batching: switch it off, or batch continuously"
                    )
            if self.prefill != "whole":
                raise ValueError(
                    f"{self.prefill} prefill needs continuous batching: read prompts whole, or "
                    "batch continuously"
                )
        if self.speculation and self.chip.startswith("tpu"):
            raise ValueError(
                "no expected time of a draft on a TPU slice is known: turn speculation off, or "
                "take a GPU"
            )
        if self.prefill == "disaggregated":
            if self.replicas < 2:
                raise ValueError("two pools need two replicas: take more chips, or fewer for each")
            if self.autoscaling:
                raise ValueError(
                    "two pools do not scale by themselves here: switch autoscaling off, or read "
                    "prompts in one pool"
                )

    @property
    def replicas(self) -> int:
        """Copies of the model, at most where they scale by themselves."""
        return self.chips // self.chips_per_replica

    def but(self, **changes: Any) -> Settings:
        """Return these settings with some of them changed; what cannot be raises ValueError."""
        return replace(self, **_known(changes))

    def to_dict(self) -> dict[str, Any]:
        """Return them as JSON has them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Any) -> Settings:
        """Return the settings of a JSON object; those that are left out stay as they are at first.

        Unknown names and impossible values raise ValueError.
        """
        return cls(**_known(values))


def _known(values: Any) -> dict[str, Any]:
    """Return checked values by name."""
    if not isinstance(values, Mapping):
        raise ValueError(f"settings are an object of names and values, got {values!r:.60}")
    names = [each.name for each in fields(Settings)]
    for name, value in values.items():
        if name not in names:
            raise ValueError(f"there is no setting {name!r:.40}; there are {', '.join(names)}")
        _check(name, value)
    return dict(values)


def _check(name: str, value: Any) -> None:
    """Raise ValueError where a value is none of its setting's."""
    if name == "rate":
        bounded(value, "rate (requests a second)", least=RATES[0], most=RATES[1])
        return
    if not any(value == each and type(value) is type(each) for each in CHOICES[name]):
        known = ", ".join(map(str, CHOICES[name]))
        raise ValueError(f"{name} must be one of {known}; got {value!r:.60}")
