"""What limits a model of experts over devices: memory, products, reading, or messages."""

from __future__ import annotations

from tokenworks.cost.chip_links import SERVER, link
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
RACK = 72  # GPUs that the switch of a rack joins
# What joins the chips before a network does: the link in place of the chip's own, and how many.
INSIDE = {
    "own": (None, SERVER),
    "pcie": ("rtx-pro-6000-server-pcie", SERVER),
    "rack": ("gb200-nvlink", RACK),
}
RACKS = ("b200",)  # chips that are sold in such racks
PORTS = ("infiniband-ndr", "ethernet-100", "ethernet-25")
CONTEXT_TOKENS = 2048


def at(place: Place) -> Point:
    """Return the four limits of a step, at their floors; a rack only of chips sold in one."""
    inside, server = INSIDE[place["inside"]]
    if place["inside"] == "rack" and place["chip"] not in RACKS:
        return Point(verdict="rack")
    on = Deployment(MODEL, chip(place["chip"]), weights="fp8")
    found = limits_of_experts(
        on,
        place["devices"],
        batch=place["batch"],
        context_tokens=CONTEXT_TOKENS,
        server=server,
        inside=inside,
        ports=place["ports"],
    )
    values = {
        "compute": found.compute_seconds,
        "bandwidth": found.bandwidth_seconds,
        "communication": found.communication_seconds,
        "needed": found.needed_bytes,
        "held": found.cost.capacity_bytes,
        "touched": found.touched / MODEL.n_experts,
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
    alone = found.limiter == "bandwidth" and place["devices"] <= server
    return Point(verdict="joined" if alone else found.limiter, values=values)


CALCULATION = Calculation(
    name="experts",
    title=f"What limits {MODEL.label} over several chips",
    inputs=(
        choices("chip", "Chip", {name: chip(name).label for name in CHIPS}),
        choices(
            "inside",
            "Inside",
            {
                "own": f"NVLink, {SERVER} GPUs",
                "pcie": f"PCIe 5, {SERVER} GPUs",
                "rack": f"NVLink, {RACK} GPUs",
            },
        ),
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
        Output(name="touched", label=f"of {MODEL.n_experts} experts, read", unit="share"),
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
            text="Reading is the limit: {bandwidth} a step. The batch touches {touched} of the "
            f"{MODEL.n_experts} experts "
            "of a layer, so that it reads {active} what one token would. Messages take "
            "{communication}, over {ports} between servers."
        ),
        "joined": Verdict(
            text="Reading is the limit: {bandwidth} a step. The batch touches {touched} of the "
            f"{MODEL.n_experts} experts "
            "of a layer, so that it reads {active} what one token would. All {devices} chips are "
            "on one switch, so {ports} carries nothing; messages take {communication}."
        ),
        "communication": Verdict(
            text="Messages are the limit: {communication} a step beside {bandwidth} of reading. A "
            "faster network helps, more chips do not."
        ),
        "rack": Verdict(
            text=f"No rack that joins {RACK} GPUs is sold with the {{chip}}. Take the B200, whose "
            "sister, the GB200, is.",
            refused=True,
        ),
    },
    at=at,
    picture=Bars(
        parts=(("compute", "activations"), ("bandwidth", "weights"), ("communication", "5")),
        title="Floors of a decode step",
    ),
    note=f"Floors of this layout: FP8 weights, {CONTEXT_TOKENS:,} tokens a sequence, even routing, "
    "each expert whole on one chip, the rest on every chip, messages in bf16, one for each "
    "expert, no latency. Chips that are busy all the time, "
    f"those of a rack (GB200) at the rent of the B200. {basis_text()}.",
    start={"chip": "h200-sxm", "inside": "own", "ports": PORTS[0], "devices": 8, "batch": 256},
    rows="batch",
    column="floor",
)
