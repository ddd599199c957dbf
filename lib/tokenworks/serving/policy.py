"""How requests are put together into steps: the choices of a server's operator, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.number import make_bounded, make_whole


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Which requests run together, and what happens when memory runs out.

    static: a batch starts when `max_batch` requests wait, and ends with its longest answer.
    dynamic: it starts as well `window_seconds` after the oldest waiting request arrived.
    continuous: requests join and leave between any two steps (https://www.usenix.org/conference/
    osdi22/presentation/yu). `max_batch_tokens` is then the token budget of a step: decodes take
    one each, then the tokens that are drafted for them as far as it goes, and prompts share the
    rest in chunks (https://arxiv.org/abs/2403.02310); None reads prompts whole. `reserve` allocates
    the blocks of prompt and `max_tokens` at admission.
    fcfs lets requests in by arrival, priority first by their priority, fair first from the client
    who has had the fewest tokens (https://arxiv.org/abs/2401.00588).
    `share_prefixes` starts a request with the full blocks that already hold its first tokens,
    whoever computed them; only under continuous batching, whose rows need not start together.
    Impossible values raise ValueError.
    """

    max_batch: int
    batching: str = "continuous"
    window_seconds: float = 0.0
    max_batch_tokens: int | None = None
    order: str = "fcfs"  # or "priority", or "fair"
    preemption: str = "recompute"  # or "swap"
    reserve: bool = False
    max_waiting: int | None = None
    share_prefixes: bool = False

    def __post_init__(self) -> None:
        for name, value, choices in (
            ("batching", self.batching, ("static", "dynamic", "continuous")),
            ("order", self.order, ("fcfs", "priority", "fair")),
            ("preemption", self.preemption, ("recompute", "swap")),
        ):
            if value not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
        make_whole(self, "max_batch", *(["max_waiting"] if self.max_waiting is not None else []))
        make_bounded(self, "window_seconds")
        for name in ("reserve", "share_prefixes"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be True or False, got {getattr(self, name)!r}")
        if self.window_seconds and self.batching != "dynamic":
            raise ValueError(f"only dynamic batching has a window, not {self.batching}")
        if self.share_prefixes and not self.joins:
            raise ValueError(f"only continuous batching shares prefixes, not {self.batching}")
        self._check_budget()

    def _check_budget(self) -> None:
        budget = self.max_batch_tokens
        if budget is None:
            return
        if not self.joins:
            raise ValueError(f"only continuous batching has a token budget, not {self.batching}")
        make_whole(self, "max_batch_tokens")
        if budget < self.max_batch:
            raise ValueError(
                f"max_batch_tokens must be at least max_batch ({self.max_batch}), so that every "
                f"running request gets its token; got {budget!r}"
            )

    @property
    def joins(self) -> bool:
        """Whether requests join and leave a running batch."""
        return self.batching == "continuous"

    @property
    def reserves(self) -> bool:
        """Whether the longest answer's blocks are allocated at admission."""
        return self.reserve or not self.joins


# What an engine does unless told: a batch and a budget that a CPU or a small chip can use.
DEFAULT_POLICY = Policy(max_batch=8, max_batch_tokens=128, share_prefixes=True)
