"""What limits a model of experts spread over devices: memory, products, reading, or messages.

The parameters that a token uses say what it multiplies, and nothing else. Memory holds all experts.
A step reads each expert that any of its tokens chose, so that a large batch reads nearly all. And
each layer of experts waits for two exchanges between all devices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tokenworks.cost.chip_links import SERVER, link, link_of
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.expert_dispatch import PLAIN_BYTES, Ways, dispatch_bytes, dispatch_seconds
from tokenworks.cost.kernels import experts_touched
from tokenworks.cost.layouts import LayoutCost, layout_cost
from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.parallel_traffic import Layout

Limiter = Literal["capacity", "compute", "bandwidth", "communication"]


@dataclass(frozen=True)
class ExpertLimits:
    """One decode step with whole experts on each device: three times at their floors, and memory.

    Times are in seconds, bytes those of one device; routing is taken as even. Messages have two
    bytes a value both ways, one for each expert of a token: engines that pack them, or send one
    copy to a server, send less.
    """

    cost: LayoutCost
    touched: float  # experts of a layer that the whole batch reads
    experts: int
    communication_seconds: float
    active_reading_seconds: float  # if a step read only the parameters that one token uses

    @property
    def compute_seconds(self) -> float:
        """Multiplying, on each device for its own sequences."""
        return self.cost.step.multiplying

    @property
    def bandwidth_seconds(self) -> float:
        """Reading: dense weights on every device, its touched experts, its sequences' caches."""
        return self.cost.step.reading

    @property
    def times(self) -> dict[str, float]:
        """The three floors by name."""
        return {
            "compute": self.compute_seconds,
            "bandwidth": self.bandwidth_seconds,
            "communication": self.communication_seconds,
        }

    @property
    def floor_seconds(self) -> float:
        """The longest of the three, the others hidden behind it: the floor of this layout."""
        return max(self.times.values())

    @property
    def needed_bytes(self) -> float:
        """Weights and caches of one device."""
        return self.cost.weight_bytes + self.cost.kv_bytes

    @property
    def limiter(self) -> Limiter:
        """Memory where it does not hold its share, else the name of the longest time."""
        if not self.cost.fits:
            return "capacity"
        longest = self.floor_seconds
        if self.communication_seconds == longest:
            return "communication"
        return "compute" if self.compute_seconds == longest else "bandwidth"

    @property
    def waiting_share(self) -> float:
        """The share of a step spent on messages that hide behind nothing, at the floors."""
        working = max(self.compute_seconds, self.bandwidth_seconds)
        return self.communication_seconds / (working + self.communication_seconds)


@physical
def limits_of_experts(
    on: Deployment,
    devices: Count,
    *,
    batch: Count,
    context_tokens: Count,
    server: Count = SERVER,
    inside: str | None = None,
    ports: str = "infiniband-ndr",
) -> ExpertLimits:
    """Return what limits a decode step of a batch over so many devices, each with whole experts.

    `server` is how many devices a switch joins (72 of a rack), `inside` another link in its place
    (`links.csv`: "rtx-pro-6000-server-pcie"), `ports` the network between servers. What does not
    divide evenly, and a model without experts, raise ValueError; an unknown link KeyError.
    Source: derived: `layout_cost` of expert parallelism; `dispatch_bytes` over the links named.
    """
    model = on.model
    if not model.n_experts:
        raise ValueError(f"{model.label} has no experts: `layout_cost` says what limits it")
    cost = layout_cost(on, Layout(expert=devices), batch=batch, context_tokens=context_tokens)
    near = link(inside) if inside else link_of(on.chip)
    ways = _ways(on, cost, server=server)
    trip = dispatch_seconds(
        ways,
        inside_bytes_per_s=near.chip_bytes_per_s,
        between_bytes_per_s=link(ports).chip_bytes_per_s,
    )
    active = step_weight_bytes(model, on.bytes_per_param, 1) / devices
    return ExpertLimits(
        cost=cost,
        touched=experts_touched(model.n_experts, model.n_experts_active, batch),
        experts=model.n_experts,
        communication_seconds=cost.trips * trip,
        active_reading_seconds=active / on.chip.hbm_bytes_per_s,
    )


def _ways(on: Deployment, cost: LayoutCost, *, server: int) -> Ways:
    return dispatch_bytes(
        cost.rows,
        on.model.n_experts_active,
        on.model.d_model,
        bytes_per_value=PLAIN_BYTES,
        devices=cost.layout.expert,
        server=server,
    )
