"""Logits changed on a client's word before a token is drawn: biases, bans and penalties.

Order and formulas are vLLM's (vllm/v1/sample/sampler.py, vllm/model_executor/layers/utils.py,
accessed 2026-11-29): what may not come yet, biases, repetition, frequency, presence. Temperature
and the filters of `sampling` come afterwards, and reported log-probabilities know none of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from tokenworks.number import Number, make_bounded


@dataclass(frozen=True)
class Steering:
    """What is changed; the defaults change nothing.

    `presence` is taken off the logit of every token that the answer has, `frequency` once for each
    time that it has it. `repetition` divides positive logits of tokens of prompt and answer, and
    multiplies negative ones. `bias` is added, by token id. Values that are not finite, and a
    repetition of 0, raise ValueError.
    """

    presence: Number = 0
    frequency: Number = 0
    repetition: Number = 1
    bias: tuple[tuple[int, Number], ...] = ()

    def __post_init__(self) -> None:
        make_bounded(self, "presence", "frequency", least=-1e300)
        make_bounded(self, "repetition", above=True)

    @property
    def changes_nothing(self) -> bool:
        """Whether the model's own logits remain."""
        return not (self.presence or self.frequency or self.bias) and self.repetition == 1


UNCHANGED = Steering()


def steered(
    logits: Float[np.ndarray, " V"],
    steering: Steering,
    prompt_ids: Sequence[int],
    *,
    output_ids: Sequence[int],
    banned: Collection[int] = (),
    allowed: Bool[np.ndarray, " V"] | None = None,
) -> Float[np.ndarray, " V"]:
    """Return the logits after a prompt and an answer so far, changed.

    `banned` cannot come, and where a grammar holds the answer nothing but `allowed`.
    """
    found = np.array(logits, dtype=np.float64)
    found[list(banned)] = -np.inf
    if allowed is not None:
        found[~allowed] = -np.inf
    for token, bias in steering.bias:
        found[token] += bias
    if steering.repetition != 1:
        seen = np.unique(np.array([*prompt_ids, *output_ids], dtype=np.int64))
        known = found[seen]
        factor = np.where(known > 0, 1 / steering.repetition, steering.repetition)
        found[seen] = known * factor
    if steering.frequency or steering.presence:
        tokens, counts = np.unique(np.array(output_ids, dtype=np.int64), return_counts=True)
        found[tokens] -= steering.frequency * counts + steering.presence
    return found
