"""Speculative decoding of one text with a tree of guesses a pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import numpy as np
from jaxtyping import Array, Int

from tokenworks.model.cache import Cache
from tokenworks.model.generation import DEFAULT, Answer, Prompt, encode_prompt
from tokenworks.model.language_model import LanguageModel
from tokenworks.model.layers import write
from tokenworks.model.sampling import Sampling, probabilities
from tokenworks.model.weights import Weights
from tokenworks.number import whole
from tokenworks.speculation.draft import Draft, check_vocabulary
from tokenworks.speculation.loop import ModelText, Round, Speculated, written
from tokenworks.speculation.tree import (
    TreeDraftSequence,
    mask_under_root,
    verify_tree,
)


def speculate_tree(
    lm: LanguageModel,
    prompt: Prompt,
    draft: Draft,
    *,
    branching: Sequence[int],
    max_tokens: int,
    sampling: Sampling = DEFAULT,
    stop: str | Sequence[str] = (),
    chat: bool = False,
    ignore_eos: bool = False,
    weights: Weights | None = None,
) -> Speculated:
    """Return a continuation with the same law as `generate`'s, from trees of guesses.

    Of a node of level i `branching[i]` children are drafted; (1, 1, 1) is `speculate` with gamma 3.
    Places in the counts are levels. A draft without `propose_tree`, an empty branching, and what
    `speculate` refuses raise ValueError.
    """
    levels = tuple(whole(width, "branching") for width in branching)
    if not levels:
        raise ValueError("branching is empty: give the children of a node of each level, as (2, 2)")
    ids = encode_prompt(lm, prompt, chat=chat)
    check_vocabulary(draft, lm.spec.vocab_size)
    answer = Answer(lm, len(ids), max_tokens=max_tokens, stop=stop, ignore_eos=ignore_eos)
    text, rng = ModelText(lm, ids, draft, weights=weights), np.random.default_rng(sampling.seed)
    if not isinstance(text.sequence, TreeDraftSequence):
        raise ValueError("this draft guesses one text: take speculate(), or one with propose_tree")

    def step(room: int) -> Round:
        return _step(text, levels[: room - 1], sampling=sampling, rng=rng)

    return written(text, answer, step)


def _step(
    text: ModelText, levels: tuple[int, ...], *, sampling: Sampling, rng: np.random.Generator
) -> Round:
    """Draft a tree, run it in one pass, keep the path that stands."""
    assert isinstance(text.sequence, TreeDraftSequence)
    tree = text.sequence.propose_tree(text.ids, levels, sampling=sampling, rng=rng)
    mask = mask_under_root(tree.parents)
    logits, states = text.run(tree.tokens.tolist(), mask)
    rows = np.stack([probabilities(row, sampling) for row in logits])
    path, token = verify_tree(tree, rows, rng)
    kept = np.array([0, *(node + 1 for node in path)])
    slots = np.zeros(len(levels) + 1, np.int32)  # one shape for every path
    slots[: len(kept)] = kept
    text.cache = keep_path(text.cache, slots + np.int32(text.start), np.int32(text.start))
    text.observe(states[kept])
    return Round([*tree.tokens[list(path)].tolist(), token], int(mask.depths.max()))


@partial(jax.jit, donate_argnames=("cache",))
def keep_path(cache: Cache, slots: Int[Array, " T"], start: Int[Array, ""]) -> Cache:
    """Move what stands in these slots of a cache together, from `start` on.

    A node's key was turned by its place in the text, which is where it now lies.
    """
    return jax.tree.map(lambda kv: write(kv, kv[:, slots], start), cache)
