"""What guessing ahead holds in memory: heads, a layer or a whole model beside the target."""

from __future__ import annotations

from typing import NamedTuple

from tokenworks.architecture import ModelSpec
from tokenworks.cost.domain import Count, Natural, Positive, physical
from tokenworks.cost.expected import sequence_bytes
from tokenworks.cost.parameters import layer_parameter_count
from tokenworks.cost.serving_plan import ServingPlan


class DraftBytes(NamedTuple):
    """Bytes on all chips that a draft model takes beside the target."""

    weights: float
    cache: float

    @property
    def total(self) -> float:
        """Both, added."""
        return self.weights + self.cache


@physical
def medusa_parameter_count(spec: ModelSpec, heads: Count) -> int:
    """Return the parameters of Medusa heads: each a square matrix with a bias, and a vocabulary's.

    Source: https://arxiv.org/abs/2401.10774 (section 2.1.1): W2 · (SiLU(W1 · h) + h), W1 [M, M],
    W2 [V, M]; the bias of W1 as in https://github.com/FasterDecoding/Medusa (medusa_model.py).
    """
    M, V = spec.d_model, spec.vocab_size
    return heads * (M * M + M + V * M)


@physical
def eagle_parameter_count(spec: ModelSpec) -> int:
    """Return the parameters of an EAGLE draft: a layer, and a matrix from state and embedding to M.

    Embedding and vocabulary are the target's own.
    Source: https://arxiv.org/abs/2401.15077 (section 3.2).
    """
    M = spec.d_model
    return layer_parameter_count(spec, spec.n_layers - 1) + 2 * M * M


@physical
def draft_bytes(draft: ServingPlan, sequences: Positive, tokens: Natural) -> DraftBytes:
    """Return the weights of a draft model and the caches of so many sequences, on all its chips.

    Source: derived: `weight_bytes` of the plan, and what each of its chips holds of a sequence.
    """
    chips = draft.attention_chips
    return DraftBytes(draft.weight_bytes, sequences * chips * sequence_bytes(draft, tokens))
