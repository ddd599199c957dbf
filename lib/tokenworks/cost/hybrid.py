"""A model over tensor-parallel groups in pipeline stages: memory, messages and step of each way.

Devices come in servers that a switch joins; between servers each has a network port. A tensor group
wider than a server sends its sums over those ports, layer after layer; stages send one vector a
token, once each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from tokenworks.accelerator import Chip
from tokenworks.cost.chip_links import SERVER, Link, link, network
from tokenworks.cost.collectives import (
    all_gather_seconds,
    all_reduce_seconds,
    sent_bytes,
    two_level_all_reduce_seconds,
)
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.kernel_calls import ACTIVATION_BYTES
from tokenworks.cost.memory import checkpoint_bytes, kept_state_bytes, kv_bytes_per_chip
from tokenworks.cost.step_time import decode_seconds
from tokenworks.cost.topology import Switch

SUMS = 2  # all-reduces a layer: after attention and after the FFN


class Split(NamedTuple):
    """How many devices share each matrix, and how many stages share the layers."""

    tensor: int
    pipeline: int = 1

    @property
    def devices(self) -> int:
        """Devices of one copy of the model."""
        return self.tensor * self.pipeline

    @property
    def name(self) -> str:
        """The split as it is written: "TP8 × PP2"."""
        return f"TP{self.tensor}" + (f" × PP{self.pipeline}" if self.pipeline > 1 else "")


@dataclass(frozen=True)
class SplitCost:
    """What one device holds, and what a decode step of the whole batch takes it."""

    split: Split
    weight_bytes: float
    kv_bytes: float
    capacity_bytes: int
    sums: int  # all-reduces in one token's way through all stages
    message_bytes: float  # of one of them, whole
    sent_bytes: float  # by each device in one step, messages between stages among them
    memory_seconds: float  # a token's way: all layers read, or multiplied, stage after stage
    message_seconds: float  # and all sums and hand-overs on it
    hand_over_seconds: float  # of these, what goes from stage to stage
    batch: int

    @property
    def fits(self) -> bool:
        """Whether weights and cache fit; activations and the runtime take some more."""
        return self.weight_bytes + self.kv_bytes <= self.capacity_bytes

    @property
    def floor_seconds(self) -> float:
        """One token of each sequence, where messages hide behind memory or the other way round."""
        return max(self.memory_seconds, self.message_seconds)

    @property
    def in_turn_seconds(self) -> float:
        """The same where nothing hides: each sum is waited for."""
        return self.memory_seconds + self.message_seconds

    @property
    def tokens_per_s_per_device(self) -> float:
        """Tokens a second of each device, at the floor."""
        return self.batch / self.floor_seconds / self.split.devices


@physical
def split_cost(
    on: Deployment,
    split: Split,
    *,
    batch: Count,
    context_tokens: Count,
    ports: str = "infiniband-ndr",
) -> SplitCost:
    """Return what a way to split a model costs; formats and chip are those of a deployment.

    The batch goes round in as many micro-batches as there are stages, so that none stands idle:
    each stage reads its weights once for each, and a token takes all stages' turns. `ports` is the
    network between servers, a row of `links`. A batch that the stages do not divide, layers that
    they do not divide, or heads that cannot be shared raise ValueError.
    Source: derived: https://arxiv.org/abs/1909.08053 (two sums a layer), and stages one by one.
    """
    model, stages = on.model, split.pipeline
    if batch % stages or model.n_layers % stages:
        what = f"a batch of {batch}" if batch % stages else f"{model.n_layers} layers"
        raise ValueError(f"{stages} stages do not divide {what}")
    group, micro = replace(on, chips=split.tensor), batch // stages
    message = float(micro * model.d_model * ACTIVATION_BYTES)
    sums, handed = SUMS * model.n_layers, stages * message / split.tensor * (stages > 1)
    handing = _hand_over_seconds(on.chip, split, message, port=link(ports))
    return SplitCost(
        split=split,
        batch=batch,
        weight_bytes=checkpoint_bytes(model, on.bytes_per_param, kept=on.kept) / split.devices,
        kv_bytes=batch * _sequence_bytes(group, context_tokens) / stages,
        capacity_bytes=on.chip.planned_bytes,
        sums=sums,
        message_bytes=message,
        sent_bytes=sums * sent_bytes("all-reduce", message, split.tensor) + handed,
        memory_seconds=decode_seconds(group, context_tokens, batch=micro),
        message_seconds=sums * _sum_seconds(on.chip, split.tensor, message, port=link(ports))
        + handing,
        hand_over_seconds=handing,
    )


def _sequence_bytes(on: Deployment, context_tokens: int) -> float:
    kept = kept_state_bytes(on.model) / on.chips
    width = on.bytes_per_value
    return kv_bytes_per_chip(on.model, context_tokens, bytes_per_value=width, tp=on.chips) + kept


def _sum_seconds(on: Chip, tensor: int, message: float, *, port: Link) -> float:
    """Return one all-reduce: through the server's switch, and between servers if there are more."""
    if tensor <= SERVER:
        return all_reduce_seconds(message, network(on, tensor))
    if tensor % SERVER:
        raise ValueError(f"{tensor} devices are not whole servers of {SERVER}")
    between = Switch(tensor // SERVER, port.chip_bytes_per_s, port.hop_seconds or 0.0)
    return two_level_all_reduce_seconds(message, network(on, SERVER), between)


def _hand_over_seconds(on: Chip, split: Split, message: float, *, port: Link) -> float:
    """Return all hand-overs to the next stage: each device sends its share, then all gather it."""
    inside, seconds = network(on, min(split.tensor, SERVER)), 0.0
    for stage in range(split.pipeline - 1):
        first, last = stage * split.tensor, (stage + 2) * split.tensor - 1  # devices of both
        near = first // SERVER == last // SERVER
        rate = inside.device_bytes_per_s if near else port.chip_bytes_per_s
        seconds += message / split.tensor / rate + all_gather_seconds(message, inside)
    return seconds
