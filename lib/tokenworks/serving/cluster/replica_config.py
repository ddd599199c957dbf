"""What a replica is: the time of its steps, its policy, its memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tokenworks.cost.mixed_step import Load
from tokenworks.number import Number, make_bounded, make_whole
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.drafted_clock import Drafts, drafting
from tokenworks.serving.driver import Execute
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import clocked


@dataclass(frozen=True, kw_only=True)
class ReplicaConfig:
    """What each replica of a pool is: the time of its steps, its policy and its blocks.

    `step_seconds` says how long a step of a load takes: of the load alone, as steps are planned
    ahead. `host_blocks` are those of swapping, each way `swap_seconds_per_block`. What is sent over
    a wire or kept in tiers is counted by `kv_bytes_per_token`. With `drafts` each step that decodes
    checks guesses, too. These without continuous batching, and impossible sizes, raise ValueError.
    """

    step_seconds: Callable[[Load], float]
    policy: Policy
    blocks: int
    block_size: int = 16
    host_blocks: int = 0
    swap_seconds_per_block: Number = 0.0
    kv_bytes_per_token: Number = 0
    drafts: Drafts | None = None

    def __post_init__(self) -> None:
        make_whole(self, "blocks", "block_size")
        make_whole(self, "host_blocks", least=0)
        make_bounded(self, "swap_seconds_per_block", "kv_bytes_per_token")
        if self.drafts and not self.policy.joins:
            raise ValueError(
                f"guesses need continuous batching, not {self.policy.batching}: "
                'Policy(batching="continuous")'
            )

    def scheduler(self) -> Scheduler:
        """Return a scheduler that has seen nobody, its cache empty."""
        host = BlockPool(self.host_blocks, self.block_size) if self.host_blocks else None
        return Scheduler(self.policy, BlockPool(self.blocks, self.block_size), host)

    def executor(self) -> Execute:
        """Return the clock of its steps."""
        swap = self.swap_seconds_per_block
        if self.drafts:
            return drafting(self.step_seconds, self.drafts, swap_seconds_per_block=swap)
        return clocked(self.step_seconds, swap_seconds_per_block=swap)
