"""Decode steps that were measured on slices of TPUs, beside their floor and the expected one."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.slice_steps import SliceStep, slice_step
from tokenworks.validate.prediction import Errors, errors
from tokenworks.validate.published import PublishedRow, Setting, published_rows, setting_of

METRIC = "decode steps/s"
SHAPES = {8: "2x4", 16: "4x4"}  # of so many chips of a kind with two axes


class TimedSlice(NamedTuple):
    """A measured step: the row, what it says, its time, and the step that the cost model has."""

    row: PublishedRow
    setting: Setting
    seconds: float
    step: SliceStep

    @property
    def way(self) -> str:
        """How the chips share the model: "TP16", "DP2 × TP8"."""
        split = f"TP{self.setting.chips}"
        return split if self.setting.replicas == 1 else f"DP{self.setting.replicas} × {split}"

    @property
    def ratio(self) -> float:
        """Expected over measured."""
        return self.step.expected_seconds / self.seconds


@cache
def timed_slices() -> tuple[TimedSlice, ...]:
    """Return the published steps on slices of TPUs, in file order: dense models in int8.

    The batch of a row is of all replicas together.
    """
    found = []
    for row in published_rows():
        if row["metric"].startswith(METRIC) and row["hardware"].startswith("TPU") and row.measured:
            setting = setting_of(row)
            assert setting.batch is not None  # these rows state both
            assert setting.context_tokens is not None
            kept = setting.cache or setting.precision
            on = Deployment(setting.model, setting.chip, weights=setting.precision, kv=kept)
            step = slice_step(
                on,
                SHAPES[setting.chips],
                batch=int(setting.batch),
                context_tokens=int(setting.context_tokens),
                replicas=setting.replicas,
            )
            found.append(TimedSlice(row, setting, 1 / row.measured, step))
    return tuple(found)


def slice_errors() -> Errors:
    """Return the error of the expected steps, in sample: their one constant is fitted to them."""
    return errors(timed.ratio for timed in timed_slices())
