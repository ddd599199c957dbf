"""How probable the tokens of a prompt are, for requests that ask: rows of a pass scored apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Array, Float

from tokenworks.serving.buckets import Shape
from tokenworks.serving.ragged import Scores
from tokenworks.serving.step_rows import Pass, asked_rows

PROMPT_ROWS = 32  # positions of prompts that are scored together


def score_prompts(
    run: Pass, shape: Shape, hidden: Float[Array, "B T M"], *, score: Callable[[Any], Scores]
) -> None:
    """Give requests that ask for it the logits before each token of their prompt.

    They are scored a fixed number at a time, apart from the step's own rows: one more compiled
    shape, whatever the shape of the pass.
    """
    if not (wanted := asked_rows(run, shape)):
        return
    rows = np.asarray(hidden)[0]
    for at in range(0, len(wanted), PROMPT_ROWS):
        group = wanted[at : at + PROMPT_ROWS]
        chosen = np.zeros((1, PROMPT_ROWS, rows.shape[1]), rows.dtype)
        chosen[0, : len(group)] = rows[[row for row, _, _ in group]]
        logits = np.asarray(score(chosen).logits)
        for (_, request, position), found in zip(group, logits, strict=False):
            request.score_prompt(position, found)
