"""The six stages of a request: what each one reads and hands on in one pass."""

from __future__ import annotations

from typing import Any

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.parameters import layer_parameter_count
from tokenworks.cost.step_time import compute_seconds, decode_step_seconds, flops_per_token

BYTES_PER_PARAM = 2  # bf16 weights and activations
BYTES_PER_LOGIT = 4  # float32
BYTES_PER_ID = 4  # int32
STAGES = (
    ("Tokenize", "CPU", "Cut the text into pieces of a fixed vocabulary."),
    ("Embed", "chip", "Look up one row of the embedding table per token."),
    ("Transform", "chip", "Attention and feed-forward, layer after layer."),
    ("Project", "chip", "Score every token of the vocabulary."),
    ("Sample", "chip or CPU", "Turn scores into probabilities and draw one token."),
    ("Detokenize", "CPU", "Turn the id into text and stream it."),
)


@physical
def stage_table(spec: ModelSpec, tokens: Count) -> list[dict[str, Any]]:
    """Return each stage's shape and bytes handed on, weight bytes read and weights multiplied.

    Source: derived: the matrices of `weight_shapes`, read once for all tokens of the pass; the
    embedding is a lookup of one row a token, and only the last position is projected.
    """
    M, V = spec.d_model, spec.vocab_size
    layers = sum(layer_parameter_count(spec, i) for i in range(spec.n_layers))
    head = V * M + M  # the last norm and the output matrix, tied or not
    hidden = tokens * M * BYTES_PER_PARAM
    rows = [
        ([tokens], tokens * BYTES_PER_ID, 0, 0),
        ([tokens, M], hidden, tokens * M, 0),
        ([tokens, M], hidden, layers, layers * tokens),
        ([1, V], V * BYTES_PER_LOGIT, head, head),
        ([1], BYTES_PER_ID, 0, 0),
        ([1], BYTES_PER_ID, 0, 0),
    ]
    return [
        {"shape": shape, "out": out, "weights": read * BYTES_PER_PARAM, "multiplied": used}
        for shape, out, read, used in rows
    ]


def stage_seconds(row: dict[str, Any], on: Chip) -> float:
    """Return a stage's floor on one chip: reading its weights or multiplying, what takes longer.

    Source: https://jax-ml.github.io/scaling-book/roofline/ (the larger of the two times).
    """
    if row["weights"] == 0:
        return 0.0
    reading = decode_step_seconds(row["weights"], on.hbm_bytes_per_s)
    if row["multiplied"] == 0:
        return reading
    work = flops_per_token(row["multiplied"])
    return max(reading, compute_seconds(work, on.bf16_flops_per_s))
