"""What to expect of a step over a mix of parallel devices, from kernels that were timed."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.chip_links import SERVER
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.layouts import layout_cost
from tokenworks.cost.parallel_traffic import Layout
from tokenworks.cost.step_kernels import decode_step


class ExpectedLayout(NamedTuple):
    """What to expect of the same step, in seconds: its kernels one after another."""

    multiplying: float  # matrices, experts and attention, with their reading
    messages: float
    others: float  # norms, rotations, activations

    @property
    def seconds(self) -> float:
        """All of them."""
        return self.multiplying + self.messages + self.others


@physical
def expected_layout(
    on: Deployment,
    layout: Layout,
    *,
    batch: Count,
    context_tokens: Count,
    constants: Constants,
) -> ExpectedLayout:
    """Return what to expect of a step, in seconds, from kernels that were timed.

    A tensor group's kernels, its experts and messages with those of its neighbours; hand-overs
    between stages are floors. Groups over more than one server raise ValueError: no message between
    servers was timed. So does what `layout_cost` refuses.
    Source: derived: `decode_step` of a tensor group, of the routed experts among all groups.
    """
    cost = layout_cost(on, layout, batch=batch, context_tokens=context_tokens)
    among = layout.tensor * layout.expert
    if among > SERVER:
        raise ValueError(
            f"{among} devices that exchange in each layer are more than a server of {SERVER}: "
            "nobody timed such messages, so there is a floor and no expected time"
        )
    plan = engine_plan(replace(on, chips=layout.tensor))
    group = decode_step(plan, cost.rows, context_tokens, constants=constants)
    whole = group
    if layout.expert > 1:
        wide = replace(
            plan,
            chips=among,
            expert_parallel=layout.expert,
            attention_data_parallel=layout.expert,
        )
        whole = decode_step(wide, cost.rows, context_tokens, constants=constants)
    return ExpectedLayout(
        group.seconds_of("matrix") + group.seconds_of("attention") + whole.seconds_of("experts"),
        whole.seconds_of("all-reduce") + cost.step.hand_overs,
        group.seconds_of("element-wise"),
    )
