"""A request: what a client asked for, how far it has come, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from tokenworks.number import make_bounded, make_whole
from tokenworks.serving.block_pool import block_key

Status = Literal["waiting", "running", "swapped", "finished"]
StopReason = Literal["length", "stop", "eos", "cancelled", "rejected", "error"]


@dataclass(kw_only=True, eq=False)
class Request:
    """One sequence to be continued, and the state in which the scheduler keeps it.

    `output_tokens` is where the model will stop by itself, for simulation: no scheduler may look at
    it; None leaves it to the executor. Lower `priority` runs first. Times are seconds of one clock.
    `prompt_ids` are the prompt's tokens where it matters which they are, or (). `fork_of` is
    another request for the same prompt, whose cache this one may use: one of n answers.
    Counts below 1, impossible times and a fork that differs raise ValueError.
    """

    prompt_tokens: int
    max_tokens: int
    id: str = ""
    arrival_seconds: float = 0.0
    priority: int = 0
    client: str = ""  # whose it is, for fair turns
    output_tokens: int | None = None
    prompt_ids: Sequence = field(default=(), repr=False)  # of int; bare, else beartype tests one
    fork_of: Request | None = field(default=None, repr=False)
    status: Status = field(default="waiting", init=False)
    stop_reason: StopReason | None = field(default=None, init=False)
    generated: int = field(default=0, init=False)
    computed: int = field(default=0, init=False)  # tokens whose keys and values are cached
    blocks: list[int] = field(default_factory=list, init=False, repr=False)  # the block table
    host_blocks: list[int] = field(default_factory=list, init=False, repr=False)
    cached_tokens: int = field(default=0, init=False)  # not computed: found when it first started
    preemptions: int = field(default=0, init=False)
    scheduled_seconds: float | None = field(default=None, init=False)  # first time in a batch
    token_seconds: list[float] = field(default_factory=list, init=False, repr=False)
    finished_seconds: float | None = field(default=None, init=False)  # the answer is handed over
    _keys: dict[int, list[bytes]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        make_whole(self, "prompt_tokens", "max_tokens")
        if self.output_tokens is not None:
            make_whole(self, "output_tokens")
        make_bounded(self, "arrival_seconds")
        ids = len(self.prompt_ids)
        if ids not in (0, self.prompt_tokens):
            raise ValueError(f"prompt_ids are {ids}, prompt_tokens says {self.prompt_tokens}")
        if self.fork_of is not None:
            self._check_fork(self.fork_of)

    def _check_fork(self, parent: Request) -> None:
        if self.prompt_tokens != parent.prompt_tokens:
            raise ValueError(
                f"a fork has its parent's prompt of {parent.prompt_tokens} tokens, "
                f"got {self.prompt_tokens}"
            )
        known = len(self.prompt_ids) and len(parent.prompt_ids)
        if known and list(self.prompt_ids) != list(parent.prompt_ids):
            raise ValueError(f"a fork of {parent.id!r} must have the same prompt_ids")
        if self.arrival_seconds < parent.arrival_seconds:
            raise ValueError(f"a fork cannot arrive before the request {parent.id!r} that it forks")

    def ids(self, start: int, count: int) -> list[int]:
        """Return tokens by position, as far as they are known: here those of the prompt."""
        return list(self.prompt_ids[start : start + count])

    def block_keys(self, size: int, blocks: int) -> list[bytes]:
        """Return the keys of its first full blocks of `size`, as far as their tokens are known."""
        keys = self._keys.setdefault(size, [])
        if missing := blocks - len(keys):
            ids = self.ids(len(keys) * size, max(0, missing) * size)
            for end in range(size, len(ids) + 1, size):
                keys.append(block_key(keys[-1] if keys else b"", ids[end - size : end]))
        return keys[:blocks]

    @property
    def reads_whole_prompt(self) -> bool:
        """Whether every token of its prompt must be computed, also where its cache is there."""
        return False

    @property
    def known_tokens(self) -> int:
        """Tokens of the sequence so far: the prompt and what was generated."""
        return self.prompt_tokens + self.generated

    @property
    def missing_tokens(self) -> int:
        """Known tokens that are not in the cache: all of a new prompt, one between two steps."""
        return self.prompt_tokens + self.generated - self.computed

    @cached_property
    def limit(self) -> int:
        """The most tokens it will generate."""
        return min(self.max_tokens, self.output_tokens or self.max_tokens)

    @property
    def own_end(self) -> StopReason | None:
        """Why it ends with the tokens made so far, or None when it goes on."""
        if self.generated < self.limit:
            return None
        stops_itself = self.output_tokens is not None and self.output_tokens <= self.max_tokens
        return "eos" if stops_itself else "length"

    @property
    def done(self) -> bool:
        """Whether its last token is made; under request-level batching it may still hold a slot."""
        return self.stop_reason is not None
