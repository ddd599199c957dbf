"""Fetching a cache from another memory, or reading its tokens again: which is sooner, by tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tokenworks.cost.alpha_beta import Line
from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import kv_bytes
from tokenworks.cost.step_kernels import prefill_step
from tokenworks.cost.step_time import prefill_seconds
from tokenworks.data.chip_memory import level
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import titled_axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.serving.cluster.ports import link_wire
from tokenworks.specs import chip, model_spec
from tokenworks.units import plain, show

TOKENS = (1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072)
READING, FLOOR = "reading again, expected", "reading again, at least"


def tier_lines(on: Deployment, *, network: str = "ethernet-100") -> dict[str, Line]:
    """Return the lines from memories outside the chips: all chips' links, one disk, one port.

    Rates are those of the tables, so that a time is a floor.
    """
    host, disk = (level(f"{on.chip.name}-{name}") for name in ("host", "ssd"))
    if host.bytes_per_s is None or disk.bytes_per_s is None:
        raise ValueError(f"no rates beside {on.chip.label} are known: see data.levels")
    return {
        "host memory, all links": Line(0.0, 1 / (on.chips * host.bytes_per_s)),
        "one NVMe disk": Line(disk.latency_seconds or 0.0, 1 / disk.bytes_per_s),
        "one port, 100G Ethernet": link_wire(network),
    }


def tier_times(
    on: Deployment | None = None,
    *,
    tokens: Sequence[int] = TOKENS,
    lines: Mapping[str, Line] | None = None,
    caption: str = "",
) -> Figure:
    """Draw how long a cache takes to come from other memories, and how long its tokens to be read.

    A transfer is a floor; reading has both its floor and what to expect. `on` is Llama-3 70B on 8
    H100 unless given.
    """
    deployment = on or Deployment(model_spec("llama-3-70b"), chip("h100-sxm"), 8)
    plan, fitted = engine_plan(deployment), Constants.fitted()
    sizes = [
        kv_bytes(deployment.model, n, bytes_per_value=deployment.bytes_per_value) for n in tokens
    ]
    found = {
        name: [line.seconds(size) for size in sizes]
        for name, line in (lines or tier_lines(deployment)).items()
    }
    found[READING] = [prefill_step(plan, n, constants=fitted).expected_seconds for n in tokens]
    found[FLOOR] = [prefill_seconds(deployment, n) for n in tokens]
    last = tokens[-1]
    told = "; ".join(f"{name} {_time(times[-1])}" for name, times in found.items())
    alt = (
        f"Times over the tokens of a cache, both logarithmic. Of {plain(last)} tokens, "
        f"{show(sizes[-1], 'GB', decimals=1)}: {told}."
    )
    numbers: dict[str, Number] = {f"{name}, {n}": t for name, times in found.items()
                                  for n, t in zip(tokens, times, strict=True)}  # fmt: skip
    numbers |= {"tokens": last, "cache": sizes[-1]}
    numbers |= numbers_in(f"{caption} {deployment.label} {' '.join(found)}")
    layout = partial(_layout, found=found, tokens=tokens, title=deployment.label)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _layout(
    scene: Scene,
    *,
    found: Mapping[str, Sequence[float]],
    tokens: Sequence[int],
    title: str,
) -> None:
    times = [seconds for one in found.values() for seconds in one]
    scales = (
        Scale(min(tokens) / 1.15, max(tokens) * 1.1, "log"),
        Scale(min(times) / 1.4, max(times) * 1.4, "log"),
    )
    margin = 190.0 if scene.wide else 112.0
    plane = titled_axes(
        scene,
        f"{title}: time until a prompt's cache is back",
        scales,
        labels=("tokens", "time (ms)"),
        margin=margin,
        units=(1, 1e-3),
    )
    colours = iter(("1", "4", "5"))
    ends = []
    for name, one in found.items():
        reading = name in (READING, FLOOR)
        colour = "prefill" if reading else next(colours)
        points = list(zip(tokens, one, strict=True))
        plane.curve(points, colour, thick=1.25 if name == FLOOR else 2.25, dashed=name == FLOOR)
        ends.append((plane.at(*points[-1])[1], name, colour))
    plane.end_names(ends, margin - 12)


def _time(seconds: float) -> str:
    return show(seconds, "s", decimals=2) if seconds >= 1 else show(seconds, "ms", decimals=0)
