"""What a model thought of the tokens that came, and of those that did not: log-probabilities."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from tokenworks.model.sampling import leading, log_probabilities


class Logprob(NamedTuple):
    """One token and the natural logarithm of the probability that the model gave it."""

    id: int
    logprob: float


class TokenLogprobs(NamedTuple):
    """The token that was taken and the most probable ones, best first.

    Of the model's own distribution, before temperature and filters, as in vLLM
    (https://docs.vllm.ai/en/stable/api/vllm/config/: logprobs_mode "raw_logprobs").
    """

    taken: Logprob
    top: tuple[Logprob, ...]
    rank: int = 0  # of the taken one: 1 is the most probable; 0 where nobody counted


def token_logprobs(logits: Float[np.ndarray, " V"], token: int, count: int) -> TokenLogprobs:
    """Return the log-probability of a token, its rank, and the `count` most probable ones."""
    scores = log_probabilities(logits)
    best = leading(scores, count)[:count] if count else ()
    return TokenLogprobs(
        Logprob(token, float(scores[token])),
        tuple(Logprob(int(i), float(scores[i])) for i in best),
        rank=int(np.count_nonzero(scores > scores[token])) + 1,
    )
