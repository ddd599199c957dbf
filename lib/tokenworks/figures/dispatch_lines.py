"""Tokens sent to experts on other devices: measured times, and floors over several networks."""

from __future__ import annotations

from collections.abc import Sequence

from tokenworks.cost.chip_links import link
from tokenworks.cost.expert_dispatch import (
    COMBINE_BYTES,
    DISPATCH_BYTES,
    dispatch_bytes,
    dispatch_seconds,
    dispatch_times,
)
from tokenworks.figures.line_chart import SERIES, Points, curves
from tokenworks.figures.picture import Figure
from tokenworks.units import plain

BYTES = {"dispatch": DISPATCH_BYTES, "combine": COMBINE_BYTES}
ACTIVE, D_MODEL = 8, 7168  # of DeepSeek-V3, whose dispatch was timed
INSIDE = "h800-nvlink"  # of the GPUs that were timed


def floor_line(kind: str, port: str, *, devices: Sequence[int], tokens: int) -> Points:
    """Return (devices, microseconds) of an all-to-all's floor over one kind of network port."""
    inside, between = link(INSIDE).bytes_per_s, link(port).bytes_per_s
    points = []
    for count in devices:
        sent = dispatch_bytes(tokens, ACTIVE, D_MODEL, bytes_per_value=BYTES[kind], devices=count)
        floor = dispatch_seconds(sent, inside_bytes_per_s=inside, between_bytes_per_s=between)
        points.append((count, 1e6 * floor))
    return points


def dispatch_by_devices(
    kind: str = "dispatch",
    *,
    ports: Sequence[str] = ("infiniband-ndr", "ethernet-100", "ethernet-25"),
) -> Figure:
    """Draw the measured time of tokens on their way to experts (or back) by GPUs, above floors.

    `kind` is "dispatch" or "combine", the ports rows of `links`; another kind raises ValueError.
    """
    rows = dispatch_times(kind)
    devices, tokens = [row.devices for row in rows], rows[0].tokens
    floors = {
        f"{link(port).label}, floor": floor_line(kind, port, devices=devices, tokens=tokens)
        for port in ports
    }
    measured: Points = [(row.devices, 1e6 * row.seconds) for row in rows]
    lines = {"measured, InfiniBand NDR": measured, **floors}
    first, last = (plain(round(y)) for _, y in (measured[0], measured[-1]))
    return curves(
        lines,
        title=f"One layer's {kind} over GPUs in servers of eight",
        xlabel="GPUs",
        ylabel="time (µs)",
        alt=f"Both axes logarithmic. Measured from {first} to {last} microseconds, above the floor "
        "of its network and far below those of slower ones.",
        caption=f"{tokens} tokens on each GPU, {ACTIVE} experts a token, {D_MODEL:,} values. "
        "Measured: DeepEP on H800.",
        colours=dict(zip(lines, SERIES, strict=False)),
        floors=tuple(floors),
    )
