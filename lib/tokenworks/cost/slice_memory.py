"""What one chip of a slice holds of a model: weights as they are stored, the cache, and the rest.

Held against the TPU compiler's word (`data/decode_compiles.json`): a test has every row.
"""

from __future__ import annotations

from dataclasses import replace

from tokenworks.configs.quantization import USUAL
from tokenworks.cost.chip_links import link_of, slice_torus
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, Natural, physical
from tokenworks.cost.memory import kv_share, tensor_parallel_sizes
from tokenworks.cost.memory_budget import Budget, budget

KV_CUTS = ("sequence", "copies")  # chips that share a KV head hold a part of its tokens, or all
SCALE_BYTES = 2  # of a head of a token in an int8 cache, keys and values each
SCALED = ("int8", "int4")  # caches that have one


@physical
def slice_budget(
    on: Deployment,
    shape: str,
    *,
    batch: Count,
    context_tokens: Count,
    prompt_tokens: Natural = 0,
    kv_cut: str = "sequence",
) -> Budget:
    """Return what one chip of a slice holds while `batch` sequences stand at this length.

    Embedding, head and norms stay at 16 bits beside narrower matrices, unless the deployment says
    otherwise. Chips that share a KV head hold a part of the "sequence" each, as `slice_step`
    reads it, or "copies". `prompt_tokens` is what one pass reads of a prompt at most. Shapes that
    cannot be rented, heads that the chips do not divide, and other ways of sharing: ValueError.
    Source: derived: `budget`, scales of the cache, and both small matrices of a shared KV head.
    """
    if kv_cut not in KV_CUTS:
        raise ValueError(f"kv_cut={kv_cut!r} is none of {', '.join(KV_CUTS)}")
    chips, model = slice_torus(on.chip, shape).devices, on.model
    placed = replace(on, chips=chips, kept=on.kept or (USUAL if on.bytes_per_param < 2 else ()))
    held = budget(placed, context_tokens=context_tokens, batch=batch, prefill_tokens=prompt_tokens)
    copies = round(kv_share(model, chips) * chips) if not model.kv_lora_rank else chips
    scales = SCALE_BYTES / (model.d_head * on.bytes_per_value) if on.kv in SCALED else 0.0
    kv = held.kv_bytes * (1 + scales) / (copies if kv_cut == "sequence" else 1)
    small = 2 * model.n_layers * model.n_kv_heads * model.d_head * model.d_model
    twice = small * on.bytes_per_param * (copies - 1) / chips
    return replace(held, kv_bytes=kv, weight_bytes=held.weight_bytes + twice)


@physical
def slice_batch(
    on: Deployment, shape: str, *, context_tokens: Count, prompt_tokens: Natural = 0
) -> int:
    """Return how many sequences of this length a slice holds at once, 0 where not even one.

    Source: derived: what `slice_budget` leaves free, over the cache of one.
    """
    one = slice_budget(
        on, shape, batch=1, context_tokens=context_tokens, prompt_tokens=prompt_tokens
    )
    return max(0, int((one.free_bytes + one.kv_bytes) // one.kv_bytes))


def model_shapes(on: Deployment) -> list[str]:
    """Return the slices of a chip over which a model's heads can be shared, smallest first.

    A chip that comes in no slices raises ValueError. Source: derived: `links.csv` and the heads.
    """
    sizes = tensor_parallel_sizes(on.model)
    row = link_of(on.chip)
    if row.kind != "torus":
        raise ValueError(f"{on.chip.label} comes in servers, not in slices: take a TPU")
    return [shape for shape in row.slices if slice_torus(on.chip, shape).devices in sizes]


@physical
def smallest_slice(
    on: Deployment, *, batch: Count, context_tokens: Count, prompt_tokens: Natural = 0
) -> str:
    """Return the smallest slice that holds so many sequences of this length.

    Where none does, ValueError says how many the largest holds.
    Source: derived: `slice_budget` of each shape, smallest first.
    """
    shapes = model_shapes(on)
    for shape in shapes:
        most = slice_batch(on, shape, context_tokens=context_tokens, prompt_tokens=prompt_tokens)
        if most >= batch:
            return shape
    most = slice_batch(on, shapes[-1], context_tokens=context_tokens, prompt_tokens=prompt_tokens)
    raise ValueError(
        f"no slice of {on.chip.label} holds {batch:,} sequences of {context_tokens:,} tokens of "
        f"{on.model.label}: its {on.model.n_heads} heads go on {shapes[-1]} at most, which holds "
        f"{most:,}; take a shorter context, a narrower format, or replicas"
    )
