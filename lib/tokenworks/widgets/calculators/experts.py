"""What limits a model of experts over devices: memory, products, reading, or messages."""

from __future__ import annotations

from tokenworks.cost.chip_links import link
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.cost.expert_limits import limits_of_experts
from tokenworks.specs import chip, model_spec
from tokenworks.widgets.calculation import (
    Bars,
    Calculation,
    Output,
    Place,
    Point,
    Verdict,
    choices,
    numbers,
)
from tokenworks.widgets.calculators.rented import basis_text, rent

MODEL = model_spec("deepseek-v3")
CHIPS = ("h100-sxm", "h200-sxm", "b200")
PCIE = "rtx-pro-6000-server-pcie"
PORTS = ("infiniband-ndr", "ethernet-100", "ethernet-25")
CONTEXT_TOKENS = 2048


def at(place: Place) -> Point:
    """Return the four limits of a step, at their floors."""
    on = Deployment(MODEL, chip(place["chip"]), weights="fp8")
    found = limits_of_experts(
        on,
        place["devices"],
        batch=place["batch"],
        context_tokens=CONTEXT_TOKENS,
        inside=PCIE if place["inside"] == "pcie" else None,
        ports=place["ports"],
    )
    values = {
        "compute": found.compute_seconds,
        "bandwidth": found.bandwidth_seconds,
        "communication": found.communication_seconds,
        "needed": found.needed_bytes,
        "held": found.cost.capacity_bytes,
        "touched": found.touched,
        "active": found.bandwidth_seconds / found.active_reading_seconds,
        "waiting": found.waiting_share,
        "usd": None
        if found.limiter == "capacity"
        else usd_per_million_tokens(
            rent(place["chip"]).usd_per_hour,
            place["devices"],
            place["batch"] / found.floor_seconds,
        ),
    }
    return Point(verdict=found.limiter, values=values)


CALCULATION = Calculation(
    name="experts",
    title=f"What limits {MODEL.label} over several chips",
    inputs=(
        choices("chip", "Chip", {name: chip(name).label for name in CHIPS}),
        choices("inside", "In a server", {"own": "NVLink", "pcie": "PCIe 5"}),
        choices("ports", "Between", {name: link(name).label for name in PORTS}),
        numbers("devices", "Chips", (8, 16, 32, 64)),
        numbers("batch", "Sequences at once", (64, 256, 1024, 4096)),
    ),
    outputs=(
        Output(name="compute", label="multiplying", unit="seconds", drawn=True),
        Output(name="bandwidth", label="reading weights and caches", unit="seconds", drawn=True),
        Output(name="communication", label="messages", unit="seconds", drawn=True),
        Output(name="needed", label="a chip would hold", unit="bytes"),
        Output(name="held", label="of its", unit="bytes"),
        Output(name="touched", label="of 256 experts, read", unit="count"),
        Output(name="active", label="reading, in that of one token", unit="times"),
        Output(name="waiting", label="of a step, messages alone", unit="share"),
        Output(name="usd", label="a million tokens, at the floor", unit="usd"),
    ),
    verdicts={
        "capacity": Verdict(
            text="Memory is the limit: a chip would hold {needed} and has {held}. A token uses a "
            "few experts, but all of them have to be somewhere. Take more chips or larger ones.",
            refused=True,
        ),
        "bandwidth": Verdict(
            text="Reading is the limit: {bandwidth} a step. The batch touches {touched} of the 256 "
            "experts of a layer, so that it reads {active} what one token would. Messages take "
            "{communication}."
        ),
        "communication": Verdict(
            text="Messages are the limit: {communication} a step beside {bandwidth} of reading. A "
            "faster network helps, more chips do not."
        ),
    },
    at=at,
    picture=Bars(
        parts=(("compute", "activations"), ("bandwidth", "weights"), ("communication", "4")),
        title="Floors of a decode step",
    ),
    note=f"Floors, which nothing beats: FP8 weights, {CONTEXT_TOKENS:,} tokens a sequence, even "
    "routing, eight chips a server, each expert whole on one chip, no latency of messages. "
    f"Chips that are busy all the time. {basis_text()}.",
    start={"chip": "h200-sxm", "inside": "own", "ports": PORTS[0], "devices": 8, "batch": 256},
    rows="batch",
    column="floor",
)
