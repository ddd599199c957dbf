"""Tokens on their way to experts on other devices, and back: bytes, floors, and measured times.

In a layer of experts each token goes to the devices that hold its experts (dispatch) and what
they made of it comes back (combine): two all-to-alls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tokenworks.cost.chip_links import SERVER
from tokenworks.cost.domain import Count, Positive, physical
from tokenworks.cost.kernel_calls import ACTIVATION_BYTES
from tokenworks.data.rows import load_rows

# Of an activation on its way. Layouts count it as it is, both ways: what engines send by default.
# DeepSeek's kernels, which were timed, pack it: FP8 with a scale of 4 bytes for 128 values there,
# and bf16 back.
PLAIN_BYTES = ACTIVATION_BYTES
DISPATCH_BYTES, COMBINE_BYTES = 1 + 4 / 128, 2.0  # https://arxiv.org/abs/2412.19437 section 3.3


class Ways(NamedTuple):
    """What one device sends in an all-to-all of tokens: inside its server, and to others."""

    inside_bytes: float
    between_bytes: float

    @property
    def bytes(self) -> float:
        """Both together."""
        return self.inside_bytes + self.between_bytes


@dataclass(frozen=True)
class DispatchTime:
    """A timed dispatch or combine of DeepSeek-V3's experts over so many H800 GPUs in servers of 8.

    Each GPU has `tokens` tokens of 7,168 values and eight experts a token; low-latency kernels over
    InfiniBand NDR. FP8 on the way there, bf16 on the way back.
    """

    name: str
    kind: str  # "dispatch" or "combine"
    devices: int
    tokens: int
    seconds: float
    source: str
    accessed: str
    note: str = ""


@physical
def dispatch_bytes(
    tokens: Count,
    active: Count,
    d_model: Count,
    *,
    bytes_per_value: Positive,
    devices: Count,
    server: Count = SERVER,
) -> Ways:
    """Return what one device sends for its tokens, each to `active` experts spread evenly.

    A choice stays at home once in `devices` times and costs nothing; a token is sent once for each
    of its experts, also where two of them share a device.
    Source: derived: tokens × active × d_model, by where its expert is; the sizes of
    https://github.com/deepseek-ai/DeepEP (bandwidth times latency) are these.
    """
    near = min(server, devices)
    each = float(tokens * active * d_model * bytes_per_value)
    return Ways(each * (near - 1) / devices, each * (devices - near) / devices)


@physical
def dispatch_seconds(
    sent: Ways, *, inside_bytes_per_s: Positive, between_bytes_per_s: Positive
) -> float:
    """Return the floor of an all-to-all of tokens: the slower of both ways, used at once.

    Source: derived: bytes over one device's rate to its switch, and over its network port.
    """
    inside = sent.inside_bytes / inside_bytes_per_s
    return max(inside, sent.between_bytes / between_bytes_per_s)


def dispatch_times(kind: str) -> list[DispatchTime]:
    """Return the timed dispatches or combines, by devices; another kind raises ValueError.

    Source: https://github.com/deepseek-ai/DeepEP/blob/main/docs/legacy.md.
    """
    rows = [r for r in load_rows(DispatchTime, "dispatch_times.csv").values() if r.kind == kind]
    if not rows:
        raise ValueError(f"{kind!r} was not timed; timed were: dispatch, combine")
    return sorted(rows, key=lambda row: row.devices)
