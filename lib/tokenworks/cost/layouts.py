"""A model over any mix of data, pipeline, expert and tensor parallel devices: memory and step.

`hybrid` has tensor groups in stages. Here are copies of the model beside them, and whole experts on
devices that each have sequences of their own: those hold attention and all else as copies, and send
tokens to where their experts are. Routing is taken as even.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from tokenworks.cost.chip_links import SERVER, link, network
from tokenworks.cost.collectives import all_gather_seconds, sent_bytes
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.expert_dispatch import PLAIN_BYTES, Ways, dispatch_bytes, dispatch_seconds
from tokenworks.cost.hybrid import Split, SplitCost, split_cost
from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.parallel_traffic import Layout
from tokenworks.cost.parameters import expert_parameter_count, read_parameter_count
from tokenworks.cost.step_time import decode_parts
from tokenworks.shapes import moe_layer_count

TRIPS = 2  # of a token to its experts, and of what they made of it back


class LayoutStep(NamedTuple):
    """A step of all sequences: the floor of each part taken alone, in seconds."""

    reading: float
    multiplying: float
    sums: float
    hand_overs: float
    dispatches: float

    @property
    def messages(self) -> float:
        """Sums, hand-overs and dispatches, each waited for."""
        return self.sums + self.hand_overs + self.dispatches

    @property
    def floor(self) -> float:
        """What nothing beats: the longest part, all others hidden behind it."""
        return max(self.reading, self.multiplying, self.messages)


@dataclass(frozen=True)
class LayoutCost:
    """What one device of a mix holds, sends and waits for."""

    layout: Layout
    rows: int  # sequences that a tensor group has at once: its micro-batch
    weight_bytes: float
    kv_bytes: float
    capacity_bytes: int
    sums: int  # all-reduces of a step, among the devices of a tensor group
    sum_bytes: float  # of one, whole
    trips: int  # all-to-alls of tokens in a step, two in each layer of experts
    trip_bytes: float  # that a device sends in one
    sent_bytes: float  # by a device, in the whole step
    step: LayoutStep

    @property
    def fits(self) -> bool:
        """Whether weights and cache fit; activations and the runtime take some more."""
        return self.weight_bytes + self.kv_bytes <= self.capacity_bytes


def layout_name(layout: Layout) -> str:
    """Return a mix as it is written: "TP8 × PP2", "EP8 × DP2"; "one device" for none."""
    parts = (
        ("TP", layout.tensor),
        ("PP", layout.pipeline),
        ("EP", layout.expert),
        ("DP", layout.data),
    )
    return " × ".join(f"{name}{n}" for name, n in parts if n > 1) or "one device"


@physical
def layout_cost(
    on: Deployment,
    layout: Layout,
    *,
    batch: Count,
    context_tokens: Count,
    ports: str = "infiniband-ndr",
) -> LayoutCost:
    """Return what a device holds, sends and takes, in bytes and seconds, for one step of a batch.

    Formats and chip are those of a deployment, `ports` the network between servers. What does not
    divide evenly, a context axis, and whole experts beside stages raise ValueError.
    Source: derived: `split_cost` of each copy, with experts as in https://arxiv.org/abs/2006.16668.
    """
    _possible(on, layout, batch=batch)
    groups, tensor = layout.data * layout.expert, layout.tensor
    one = split_cost(
        on,
        Split(tensor, layout.pipeline),
        batch=batch // groups,
        context_tokens=context_tokens,
        ports=ports,
    )
    rows = batch // groups // layout.pipeline
    trip = _trip(on, layout, rows=rows, ports=ports)
    trips = TRIPS * moe_layer_count(on.model) * (layout.expert > 1)
    waited = trips * trip.seconds
    return LayoutCost(
        layout=layout,
        rows=rows,
        weight_bytes=one.weight_bytes - _away_bytes(on, layout) / tensor,
        kv_bytes=one.kv_bytes,
        capacity_bytes=one.capacity_bytes,
        sums=one.sums * (tensor > 1),
        sum_bytes=one.message_bytes,
        trips=trips,
        trip_bytes=trip.bytes,
        sent_bytes=one.sent_bytes + trips * trip.bytes,
        step=_step(on, one, layout, rows=rows, context_tokens=context_tokens, dispatches=waited),
    )


def _possible(on: Deployment, layout: Layout, *, batch: int) -> None:
    model, groups = on.model, layout.data * layout.expert
    if layout.context > 1:
        raise ValueError("a context axis is not costed here: take context=1")
    if layout.expert > 1 and not model.n_experts:
        raise ValueError(f"{model.label} has no experts to put on {layout.expert} devices")
    if layout.expert > 1 and layout.pipeline > 1:
        raise ValueError("whole experts beside stages are not costed here: take one of the two")
    if layout.expert > 1 and layout.tensor > SERVER:
        raise ValueError(f"whole experts beside tensor groups over {SERVER} are not costed here")
    if model.n_experts % layout.expert:
        raise ValueError(f"{layout.expert} devices do not divide {model.n_experts} experts")
    if batch % groups:
        raise ValueError(f"{groups} groups do not divide a batch of {batch}")


def _away_bytes(on: Deployment, layout: Layout) -> float:
    """Return the bytes of the experts that other devices of an expert group hold."""
    if layout.expert == 1:
        return 0.0
    return expert_parameter_count(on.model) * on.bytes_per_param * (1 - 1 / layout.expert)


class _Trip(NamedTuple):
    """One all-to-all of tokens: what a device sends, and the floor of its time."""

    bytes: float
    seconds: float


def _trip(on: Deployment, layout: Layout, *, rows: int, ports: str) -> _Trip:
    """Return a trip to the experts: each of a tensor group sends its share, then all gather it."""
    if layout.expert == 1:
        return _Trip(0.0, 0.0)
    tensor, inside = layout.tensor, network(on.chip, layout.tensor)
    ways = dispatch_bytes(
        rows,
        on.model.n_experts_active,
        on.model.d_model,
        bytes_per_value=PLAIN_BYTES,
        devices=layout.expert,
        server=SERVER // tensor,
    )
    moving = dispatch_seconds(
        Ways(ways.inside_bytes / tensor, ways.between_bytes / tensor),
        inside_bytes_per_s=inside.device_bytes_per_s,
        between_bytes_per_s=link(ports).chip_bytes_per_s,
    )
    gathered = sent_bytes("all-gather", ways.bytes, tensor)
    return _Trip(ways.bytes / tensor + gathered, moving + all_gather_seconds(ways.bytes, inside))


def _step(
    on: Deployment,
    one: SplitCost,
    layout: Layout,
    *,
    rows: int,
    context_tokens: int,
    dispatches: float,
) -> LayoutStep:
    group = replace(on, chips=layout.tensor)
    parts = decode_parts(group, context_tokens, batch=rows)
    return LayoutStep(
        reading=_read_bytes(on, layout, rows=rows) / group.bytes_per_s + parts.kv,
        multiplying=parts.matmul + parts.attention,
        sums=one.message_seconds - one.hand_over_seconds,
        hand_overs=one.hand_over_seconds,
        dispatches=dispatches,
    )


def _read_bytes(on: Deployment, layout: Layout, *, rows: int) -> float:
    """Return the weights that a tensor group reads: all but experts, of those its own touched."""
    model, width = on.model, on.bytes_per_param
    read = step_weight_bytes(model, width, rows * layout.expert)
    if layout.expert == 1:
        return read
    own = model.n_experts_active / model.n_experts * expert_parameter_count(model)
    dense = (read_parameter_count(model) - own) * width
    return dense + (read - dense) / layout.expert
