"""One number of chips as copies of a model, or as groups that hold it together: tokens of each way.

Every way reads all weights once in each group and step, so that few large groups read less in all;
what they pay is two messages a layer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.expected_layouts import ExpectedLayout, expected_layout
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import tensor_parallel_sizes
from tokenworks.cost.memory_budget import budget
from tokenworks.cost.parallel_traffic import Layout


class Groups(NamedTuple):
    """So many copies of a model, each on a tensor-parallel group, and what a step takes them."""

    copies: int
    chips: int  # of one group
    batch: int  # sequences of all copies together
    expected: ExpectedLayout  # of a step, in which each sequence gets a token
    fits: bool  # whether a group has room for its share of them

    @property
    def name(self) -> str:
        """The way as it is written: "8 × TP1"."""
        return f"{self.copies} × TP{self.chips}"

    @property
    def tokens_per_s(self) -> float:
        """Tokens a second of all sequences."""
        return self.batch / self.expected.seconds

    @property
    def user_tokens_per_s(self) -> float:
        """Tokens a second of one sequence."""
        return 1 / self.expected.seconds


@physical
def tokens_of_groups(
    on: Deployment, *, batch: Count, context_tokens: Count, constants: Constants
) -> list[Groups]:
    """Return what to expect of each way to divide a deployment's chips into equal groups.

    From one chip a group to all, as far as the model's heads allow. A batch that the copies do not
    divide, and groups over more than one server, raise ValueError.
    Source: derived: `expected_layout` of tensor and data parallel devices.
    """
    found = []
    for chips in (n for n in tensor_parallel_sizes(on.model) if on.chips % n == 0):
        layout = Layout(tensor=chips, data=on.chips // chips)
        step = expected_layout(
            on, layout, batch=batch, context_tokens=context_tokens, constants=constants
        )
        group = replace(on, chips=chips)
        fits = budget(group, context_tokens=context_tokens, batch=batch // layout.data).fits
        found.append(Groups(layout.data, chips, batch, step, fits))
    return found
