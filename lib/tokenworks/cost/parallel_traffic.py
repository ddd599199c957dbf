"""What devices must exchange in one step, by the way in which a model is divided among them.

Formulas of what `tokenworks.parallel` runs; its compiled programs hold exactly these exchanges.
`bytes_per_value` is that of the activations, and of the keys and values that are sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.architecture import ModelSpec
from tokenworks.cost.exchanges import Exchange, together
from tokenworks.cost.expert_routing import capacity
from tokenworks.number import Number, make_whole, shown, whole

STATE_BYTES = 4  # scores and the state of a softmax are float32
KEYS = ("gather", "ring")
CACHES = ("sequence", "head_dim", "copies")
Exchanges = tuple[Exchange, ...]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Into how many parts each axis of a mesh divides a model and its tokens."""

    data: int = 1  # sequences
    pipeline: int = 1  # layers
    expert: int = 1  # experts
    context: int = 1  # tokens of a prompt, or a cache within its heads
    tensor: int = 1  # heads, columns of the feed-forward part, vocabulary

    def __post_init__(self) -> None:
        make_whole(self, "data", "pipeline", "expert", "context", "tensor")

    @property
    def devices(self) -> int:
        """Devices of all axes together."""
        return self.data * self.pipeline * self.expert * self.context * self.tensor


def tensor_traffic(
    spec: ModelSpec, *, rows: int, devices: int, bytes_per_value: int, layers: int | None = None
) -> Exchanges:
    """Return the all-reduces of so many rows (tokens of sequences) of the residual stream.

    One after attention and one after the feed-forward part of each layer, and one of the embedding.
    Source: https://arxiv.org/abs/1909.08053, section 3: rows · d_model values each.
    """
    ran = spec.n_layers if layers is None else layers
    size = whole(rows, "rows") * spec.d_model * whole(bytes_per_value, "bytes_per_value")
    return together([Exchange("all-reduce", size, whole(devices, "devices"), 2 * ran + 1)])


def forward_traffic(
    spec: ModelSpec,
    layout: Layout,
    *,
    batch: int,
    tokens: int,
    bytes_per_value: int,
    keys: str = "gather",
) -> Exchanges:
    """Return what a prompt without a cache needs, divided by data, context and tensor.

    Devices of a context get each other's keys and values, in each layer at once ("gather") or from
    a neighbour as often as there are others ("ring"). Sequences alone need nothing.
    Source: derived: 2 · rows · KV heads · d_head values; https://arxiv.org/abs/2310.01889.
    """
    _known(keys, "keys", KEYS)
    sequences = _share(batch, layout.data, "sequences")
    part = _share(tokens, layout.context, "tokens")
    reduced = tensor_traffic(
        spec, rows=sequences * part, devices=layout.tensor, bytes_per_value=bytes_per_value
    )
    heads = _share(spec.n_kv_heads, layout.tensor, "KV heads")
    size = 2 * sequences * part * heads * spec.d_head * bytes_per_value
    if keys == "gather":
        moved = Exchange("all-gather", size * layout.context, layout.context, spec.n_layers)
    else:
        moved = Exchange("send", size, layout.context, (layout.context - 1) * spec.n_layers)
    return together([*reduced, moved])


def decode_traffic(
    spec: ModelSpec,
    layout: Layout,
    *,
    batch: int,
    cached: int,
    bytes_per_value: int,
    kv_cut: str = "sequence",
    tokens: int = 1,
) -> Exchanges:
    """Return what a step of decode needs, its cache of so many slots divided as `kv_cut` says.

    Past the KV heads (`layout.context` > 1) each layer exchanges more: "sequence" the queries and
    the states of their softmax, whatever the context; "head_dim" a score for each slot; "copies"
    nothing. Source: derived: heads · d_head values, heads · (d_head + 2) and heads · slots of
    float32; https://arxiv.org/abs/2507.07120 (Helix) has the first two.
    """
    _known(kv_cut, "kv_cut", CACHES)
    rows = _share(batch, layout.data, "sequences") * whole(tokens, "tokens")
    parts = layout.tensor * layout.context
    _share(spec.n_heads, parts, "query heads")
    heads, layers = _share(spec.n_heads, layout.tensor, "query heads"), spec.n_layers
    _share(spec.n_kv_heads, layout.tensor, "KV heads")
    reduced = tensor_traffic(spec, rows=rows, devices=parts, bytes_per_value=bytes_per_value)
    queries = rows * heads * spec.d_head * bytes_per_value
    states = rows * heads * (spec.d_head + 2) * STATE_BYTES
    scores = rows * heads * whole(cached, "cached") * STATE_BYTES
    more = {
        "sequence": [
            Exchange("all-gather", queries, layout.context, layers),
            Exchange("all-to-all", states, layout.context, layers),
        ],
        "head_dim": [Exchange("all-reduce", scores, layout.context, layers)],
        "copies": [],
    }
    return together([*reduced, *more[kv_cut]])


def pipeline_traffic(
    spec: ModelSpec,
    layout: Layout,
    *,
    batch: int,
    tokens: int,
    micro_batches: int,
    bytes_per_value: int,
) -> Exchanges:
    """Return what a prompt needs in a pipeline, each of whose ticks sends a micro-batch on.

    Also the ticks of the bubble do, and those of stages that have nothing left: it is one program.
    Source: derived: micro_batches + stages - 1 sends of rows · d_model values.
    """
    ticks = whole(micro_batches, "micro_batches") + layout.pipeline - 1
    sequences = _share(batch, layout.data, "sequences")
    rows = _share(sequences, micro_batches, "sequences") * whole(tokens, "tokens")
    layers = ticks * _share(spec.n_layers, layout.pipeline, "layers")
    size = spec.d_model * bytes_per_value
    return together(
        [
            Exchange("send", rows * size, layout.pipeline, ticks),
            Exchange("all-reduce", rows * size, layout.tensor, 2 * layers),
            Exchange("all-reduce", sequences * tokens * size, layout.tensor),  # the embedding
        ]
    )


def expert_traffic(
    spec: ModelSpec,
    layout: Layout,
    *,
    tokens: int,
    bytes_per_value: int,
    capacity_factor: Number = 1,
) -> Exchanges:
    """Return the two all-to-alls of one layer of experts, for the tokens of all devices together.

    Source: https://arxiv.org/abs/2006.16668 (GShard): experts · capacity · d_model values, to the
    experts and back.
    """
    mine = _share(tokens, layout.expert, "tokens")
    _share(spec.n_experts, layout.expert, f"experts of {spec.name} (n_experts)")
    slots = capacity(mine, spec.n_experts, spec.n_experts_active, factor=capacity_factor)
    size = spec.n_experts * slots * spec.d_model * whole(bytes_per_value, "bytes_per_value")
    return together([Exchange("all-to-all", size, layout.expert, 2)])


def _share(count: int, parts: int, what: str) -> int:
    """Return what one of so many parts has; what does not divide evenly raises ValueError."""
    if whole(count, what) % parts:
        raise ValueError(f"{parts} parts cannot share {count} {what} evenly: take a divisor")
    return count // parts


def _known(value: str, name: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name}={shown(value)}: take one of {', '.join(known)}")
