"""Several guesses for the same place: a tree of tokens, judged in one pass, and just as lossless.

Siblings are judged one after another. The first is accepted with probability min(1, p / q); where
it is not, what is left of p takes p's place for the next one, and where all are rejected a token is
drawn from what is left in the end. The text keeps its law as long as each q is what its token was
drawn from, given the siblings before it: the same q for independent draws, q without their tokens
for draws without replacement, 1 at its token for a node that was chosen. Sources: Miao et al. 2023,
SpecInfer, https://arxiv.org/abs/2305.09781 (section 4.3, independent draws); Jeon et al. 2024,
Recursive Speculative Decoding, https://arxiv.org/abs/2402.14160 (without replacement).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int

from tokenworks.model.layers import TreeMask
from tokenworks.model.sampling import Sampling, draw, leading, probabilities
from tokenworks.number import whole
from tokenworks.speculation.draft import Drafted
from tokenworks.speculation.rejection import Residual, check_drafted, residual

ROOT = -1  # the parent of nodes that follow the known text


class DraftedTree(NamedTuple):
    """Tokens of a tree, each node after its parent (-1: after the known text) in the list.

    `probs` are as in `Drafted`: row i is what token i was drawn from, given the siblings before it.
    """

    tokens: Int[np.ndarray, " nodes"]
    parents: Int[np.ndarray, " nodes"]
    probs: Float[np.ndarray, "nodes V"] | None = None


class TreeVerdict(NamedTuple):
    """The nodes that stand, from the first level down, and the model's own token after them."""

    path: tuple[int, ...]
    token: int


@runtime_checkable
class TreeDraftSequence(Protocol):
    """A draft's memory of one sequence that can also guess several tokens for a place."""

    def propose_tree(
        self,
        ids: Sequence[int],
        branching: Sequence[int],
        *,
        sampling: Sampling,
        rng: np.random.Generator,
    ) -> DraftedTree:
        """Return a tree to follow `ids`, at most `branching[i]` children for a node of level i."""
        ...


Score: TypeAlias = Callable[[DraftedTree], Float[np.ndarray, "rows V"]]


def verify_tree(
    tree: DraftedTree,
    target_probs: Float[np.ndarray, "rows V"],
    rng: np.random.Generator,
    *,
    replace: Residual = residual,
) -> TreeVerdict:
    """Return the path that stands and the token after it.

    Row 0 of `target_probs` is what the model draws after the known text, row i + 1 after node i.
    Rows that do not fit, a parent that comes late, and what `verify` refuses raise ValueError.
    """
    count = len(tree.tokens)
    if len(target_probs) != count + 1:
        raise ValueError(f"{count} nodes need {count + 1} rows of p, got {len(target_probs)}")
    check_parents(tree.parents)
    check_drafted(Drafted(tree.tokens, tree.probs), target_probs.shape[1])
    path: list[int] = []
    while True:
        at = path[-1] if path else ROOT
        found = _judge(tree, at, target_probs[at + 1], rng=rng, replace=replace)
        if isinstance(found, np.ndarray):  # what is left of p once all children are rejected
            return TreeVerdict(tuple(path), draw(found, rng.random()))
        path.append(found)


def _judge(
    tree: DraftedTree,
    at: int,
    p: Float[np.ndarray, " V"],
    *,
    rng: np.random.Generator,
    replace: Residual,
) -> int | Float[np.ndarray, " V"]:
    """Return the first child of a node that stands, else what is left of p."""
    for child in np.flatnonzero(tree.parents == at).tolist():
        token = int(tree.tokens[child])
        q = np.eye(1, p.size, token)[0] if tree.probs is None else tree.probs[child]
        if rng.random() < p[token] / q[token]:
            return child
        p = replace(p, q)
    return p


def check_parents(parents: Int[np.ndarray, " nodes"]) -> None:
    """Raise ValueError unless every parent is -1 or an earlier node."""
    late = np.flatnonzero((parents < ROOT) | (parents >= np.arange(len(parents))))
    if late.size:
        i = int(late[0])
        raise ValueError(f"node {i} has parent {parents[i]}: a parent is -1 or an earlier node")


def ancestors(parents: Int[np.ndarray, " nodes"]) -> Bool[np.ndarray, "nodes nodes"]:
    """Return for each node (row) which nodes are on its way from the text, itself included."""
    check_parents(parents)
    found = np.eye(len(parents), dtype=bool)
    for i, parent in enumerate(parents.tolist()):
        if parent != ROOT:
            found[i] |= found[parent]
    return found


def mask_of(parents: Int[np.ndarray, " nodes"]) -> TreeMask:
    """Return the mask of a pass over a tree's nodes."""
    above = ancestors(parents)
    return TreeMask(above.sum(axis=1).astype(np.int32) - 1, above)


def mask_under_root(parents: Int[np.ndarray, " nodes"]) -> TreeMask:
    """Return the mask of a pass over the last known token and the tree's nodes, in this order."""
    return mask_of(np.concatenate([[ROOT], parents + 1]))


def grow_tree(
    score: Score, branching: Sequence[int], *, sampling: Sampling, rng: np.random.Generator
) -> DraftedTree:
    """Return a tree that a draft grows level by level: `branching[i]` children a node of level i.

    `score` gives the draft's logits after the known text and after each node of a tree so far.
    Children are drawn without replacement; at temperature 0 they are the most probable tokens. A
    node has fewer children where the filters leave fewer tokens. Branching below 1 raises
    ValueError.
    """
    tokens: list[int] = []
    parents: list[int] = []
    rows: list[np.ndarray] = []
    leaves = [ROOT]
    for width in branching:
        whole(width, "branching")
        logits = score(_tree(tokens, parents, None))
        first = len(tokens)
        for leaf in leaves:
            for token, q in _children(logits[leaf + 1], width, sampling=sampling, rng=rng):
                tokens.append(token)
                parents.append(leaf)
                rows.append(q)
        leaves = list(range(first, len(tokens)))
    return _tree(tokens, parents, rows if sampling.temperature and rows else None)


def _tree(tokens: list[int], parents: list[int], rows: list[np.ndarray] | None) -> DraftedTree:
    probs = None if rows is None else np.stack(rows)
    return DraftedTree(np.array(tokens, np.int64), np.array(parents, np.int64), probs)


def _children(
    logits: Float[np.ndarray, " V"], width: int, *, sampling: Sampling, rng: np.random.Generator
) -> list[tuple[int, Float[np.ndarray, " V"]]]:
    """Return the tokens of a node's children, each with what it was drawn from."""
    if sampling.temperature == 0:
        return [(int(token), logits) for token in leading(logits, width)[:width]]
    found, left = [], probabilities(logits, sampling)
    while len(found) < width and left.any():
        token = draw(left, rng.random())
        found.append((token, left))
        left = without(left, token)
    return found


def without(q: Float[np.ndarray, " V"], token: int) -> Float[np.ndarray, " V"]:
    """Return q once a token is taken away, scaled to sum to 1; all 0 where nothing remains."""
    left = q.copy()
    left[token] = 0.0
    total = left.sum()
    return left / total if total > 0 else left
