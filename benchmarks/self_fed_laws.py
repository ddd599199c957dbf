"""The laws of a trained draft along a text that was written without it, from every place.

A law depends on how far the draft ran by itself: it had the model's states up to where its run
began, and its own behind. So a place has one law for each place a run may have begun at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from tokenworks.model import Sampling, probabilities
from tokenworks.speculation import EagleDraft
from tokenworks.speculation.draft_layer import self_fed_states


def self_fed_laws(
    draft: EagleDraft,
    prompt: Sequence[int],
    text: Sequence[int],
    *,
    states: Float[np.ndarray, "known M"],
    places: int,
    sampling: Sampling,
) -> Iterator[Float[np.ndarray, "places V"]]:
    """Yield for each start in the text the laws of its next `places` tokens, over all tokens.

    `states` are the model's, of prompt and text; a run's own tokens are the text's, as they are
    while its guesses are accepted. Starts end where the text has no more so many tokens.
    """
    ids = np.array([*prompt, *text])
    embedded = draft.lm.fused["embed"][jnp.roll(jnp.asarray(ids), -1)]
    outs = self_fed_states(
        draft.weights,
        draft.lm.spec,
        jnp.asarray(states)[None],
        embedded=embedded[None],
        depth=places,
    )
    proposed = np.array([*draft.vocabulary.tolist(), *draft.spare(list(prompt))])
    head = draft.head[jnp.asarray(proposed)]
    for start in range(len(text) - places + 1):
        first = len(prompt) + start - 2  # the input behind which the first guess stands
        chain = jnp.stack([out[0, first + k] for k, out in enumerate(outs)])
        logits = np.asarray(jnp.matmul(chain, head.T, precision="highest"))
        laws = np.zeros((places, draft.vocab_size))
        laws[:, proposed] = [probabilities(row, sampling) for row in logits]
        yield laws
