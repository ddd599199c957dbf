"""What a long prompt does to the sequences that decode beside it, read whole or in chunks.

A chunk is a step: it reads all weights again, and the cache of the chunks before it. Decodes beside
it would have read the weights anyway, and reading hides behind products where those take longer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, Natural, physical
from tokenworks.cost.memory import kv_bytes_per_token, step_weight_bytes
from tokenworks.cost.slice_loads import prompt_load, slice_load
from tokenworks.cost.slice_steps import SliceStep, slice_step


@dataclass(frozen=True)
class Interference:
    """The steps in which a prompt is read beside decodes, and the step of the decodes alone."""

    prompt_tokens: int
    chunk_tokens: int
    decodes: int
    steps: tuple[SliceStep, ...]
    whole: SliceStep  # the step that reads the prompt at once
    plain_seconds: float  # the expected step of the decodes alone; 0 where there are none
    reread_weight_bytes: (
        float  # by all chips, beyond the once of a whole prompt; decodes share them
    )
    reread_cache_bytes: float  # likewise: what was written of the prompt before each chunk

    @property
    def longest_seconds(self) -> float:
        """The longest gap between two tokens of a sequence that decodes, as is to be expected."""
        return max(step.expected_seconds for step in self.steps)

    @property
    def floor_longest_seconds(self) -> float:
        """The same at the floor of the steps."""
        return max(step.floor_seconds for step in self.steps)

    @property
    def first_token_seconds(self) -> float:
        """From the first chunk to the prompt's first token, as is to be expected."""
        return math.fsum(step.expected_seconds for step in self.steps)

    @property
    def added_seconds(self) -> float:
        """What the prompt adds to the steps that the decodes take anyway."""
        return self.first_token_seconds - len(self.steps) * self.plain_seconds

    @property
    def chunking_seconds(self) -> float:
        """How much later the prompt's first token comes than if the prompt were read whole."""
        return self.first_token_seconds - self.whole.expected_seconds

    @property
    def decoded_tokens(self) -> int:
        """Tokens that the sequences beside it get while the prompt is read."""
        return self.decodes * len(self.steps)


@physical
def prompt_beside(
    on: Deployment,
    shape: str,
    *,
    prompt_tokens: Count,
    decodes: Natural,
    context_tokens: Count,
    chunk_tokens: Natural = 0,
) -> Interference:
    """Return the steps in which a prompt is read beside `decodes` sequences of so many tokens.

    Chunks of 0 tokens: whole. Contexts stay as they are meanwhile. What `slice_load` refuses
    raises ValueError.
    Source: derived: https://arxiv.org/abs/2403.02310 (chunks beside decodes), by `slice_load`.
    """
    chunk = min(chunk_tokens or prompt_tokens, prompt_tokens)
    ends = [0, *range(chunk, prompt_tokens, chunk), prompt_tokens]

    load_of = partial(prompt_load, decodes=decodes, context_tokens=context_tokens)

    def piece(start: int, end: int) -> SliceStep:
        load = load_of(end - start, before_tokens=start, last=end == prompt_tokens)
        return slice_load(on, shape, load)

    plain = 0.0
    if decodes:
        alone = slice_step(on, shape, batch=decodes, context_tokens=context_tokens)
        plain = alone.expected_seconds
    weights = step_weight_bytes(on.model, on.bytes_per_param)
    return Interference(
        prompt_tokens=prompt_tokens,
        chunk_tokens=chunk,
        decodes=decodes,
        steps=tuple(piece(start, end) for start, end in pairwise(ends)),
        whole=piece(0, prompt_tokens),
        plain_seconds=plain,
        reread_weight_bytes=(len(ends) - 2) * weights,
        reread_cache_bytes=sum(ends[:-1]) * kv_bytes_per_token(on.model, on.bytes_per_value),
    )
