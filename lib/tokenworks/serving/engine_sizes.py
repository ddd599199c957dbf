"""How large the parts of an engine are: its pool of blocks, and the shapes that it compiles."""

from __future__ import annotations

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.buckets import Buckets, buckets_for
from tokenworks.serving.policy import Policy
from tokenworks.speculation.speculation import Speculation

USUAL_TOKENS = 1024  # of a sequence, by which the default pool is sized


def engine_pool(
    policy: Policy, blocks: int | None, block_size: int, *, context_tokens: int
) -> BlockPool:
    """Return a pool that holds the longest sequence at least; without `blocks` the default one."""
    if blocks is None:
        usual = policy.max_batch * min(context_tokens, USUAL_TOKENS)
        blocks = BlockPool(1, block_size).blocks_for(max(context_tokens, usual))
    pool = BlockPool(blocks, block_size)
    if pool.tokens < context_tokens:
        held = f"{blocks} blocks of {block_size} tokens"
        raise ValueError(f"{held} cannot hold one sequence of {context_tokens}")
    return pool


def engine_buckets(
    given: Buckets | None,
    policy: Policy,
    context_tokens: int,
    *,
    speculation: Speculation | None = None,
) -> Buckets:
    """Return the sizes to compile; given ones that a step could exceed raise ValueError."""
    drafts = speculation.gamma if speculation else 0
    usual = buckets_for(policy, context_tokens, drafts=drafts)
    if given is None:
        return usual
    for name in ("decodes", "contexts", "decode_widths"):
        largest, needed = getattr(given, name)[-1], getattr(usual, name)[-1]
        if largest < needed:
            raise ValueError(f"the largest of {name} is {largest}; a step may need {needed}")
    if not policy.joins and given.prompts < usual.prompts:
        raise ValueError(f"a batch has up to {usual.prompts} prompts, the buckets {given.prompts}")
    return given
