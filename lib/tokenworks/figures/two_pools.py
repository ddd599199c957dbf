"""A request through two pools: the time in each, and that of its cache on its way by each link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.chip_links import Link, link
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import kv_bytes
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.figures.box import Box
from tokenworks.figures.marks import arrow
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.serving.cluster.ports import link_wire
from tokenworks.specs import chip, model_spec
from tokenworks.units import show, show_as

LINKS = ("h100-sxm-nvlink", "infiniband-ndr", "ethernet-100", "ethernet-25")
TALL = 16.0


@dataclass(frozen=True)
class Split:
    """What a prompt takes in two pools of one deployment, in seconds; its cache in bytes."""

    on: Deployment
    prompt_tokens: int
    users: int  # that decode at once
    prompt_floor: float
    prompt_expected: float
    step_floor: float
    step_expected: float
    cache_bytes: float
    links: tuple[Link, ...]

    def transfer_seconds(self, over: Link) -> float:
        """The floor of handing the cache over, by one port, or by all links of one chip."""
        return link_wire(over.name, links=over.links if over.chip else 1).seconds(self.cache_bytes)


def split_of(
    on: Deployment, prompt_tokens: int, users: int, *, links: Sequence[str] = LINKS
) -> Split:
    """Return the times of one prompt in two pools, each on the chips of a deployment."""
    plan, fitted = engine_plan(on), Constants.fitted()
    context = prompt_tokens + 1
    return Split(
        on,
        prompt_tokens,
        users,
        prefill_seconds(on, prompt_tokens),
        prefill_step(plan, prompt_tokens, constants=fitted).expected_seconds,
        decode_seconds(on, context, batch=users),
        decode_step(plan, users, context, constants=fitted).expected_seconds,
        kv_bytes(on.model, prompt_tokens, bytes_per_value=on.bytes_per_value),
        tuple(link(name) for name in links),
    )


def pools_path(
    prompt_tokens: int = 2048,
    *,
    on: Deployment | None = None,
    users: int = 32,
    links: Sequence[str] = LINKS,
    caption: str = "",
) -> Figure:
    """Draw four boxes, request, prefill pool, transfer and decode pool, with the time in each.

    Below stand the floors of the transfer over several links, beside the expected reading. `on` is
    what each pool runs on: Llama-3 70B on 8 H100 unless given. An unknown link raises KeyError.
    """
    deployment = on or Deployment(model_spec("llama-3-70b"), chip("h100-sxm"), 8)
    split = split_of(deployment, prompt_tokens, users, links=links)
    numbers: dict[str, Number] = {
        "prompt": prompt_tokens,
        "users": users,
        "reading, expected": split.prompt_expected,
        "reading, at least": split.prompt_floor,
        "step, expected": split.step_expected,
        "step, at least": split.step_floor,
        "cache": split.cache_bytes,
    }
    numbers |= {each.label: split.transfer_seconds(each) for each in split.links}
    numbers |= numbers_in(" ".join([caption, deployment.label, *(e.label for e in split.links)]))
    told = "; ".join(f"{e.label} {_time(split.transfer_seconds(e))}" for e in split.links)
    alt = (
        f"A request of {prompt_tokens:,} tokens is read in one pool, its cache of "
        f"{show_as(split.cache_bytes, 'bytes')} sent, and its answer written in another. Reading "
        f"is expected to take {_time(split.prompt_expected)}; sending takes at least: {told}."
    )
    return drawing(partial(_layout, split=split), alt=alt, caption=caption, numbers=numbers)


def _layout(scene: Scene, *, split: Split) -> None:
    first = split.links[min(1, len(split.links) - 1)]
    sent = show_as(split.cache_bytes, "bytes")
    boxes = (
        ("Request", f"{split.prompt_tokens:,} tokens", "", "muted"),
        (
            "Prefill pool",
            f"expected {_time(split.prompt_expected)}",
            f"at least {_time(split.prompt_floor)}",
            "prefill",
        ),
        ("Transfer", sent, f"at least {_time(split.transfer_seconds(first))}", "kv"),
        (
            "Decode pool",
            f"a token: expected {_time(split.step_expected)}",
            f"at least {_time(split.step_floor)}, {split.users} at once",
            "decode",
        ),
    )
    low = _across(scene, boxes) if scene.wide else _down(scene, boxes)
    _bars(scene, split, low + 16)


def _across(scene: Scene, boxes: Sequence[tuple[str, str, str, str]]) -> Number:
    gap, tall = 22.0, 70.0
    weights = (1.0, 1.25, 1.15, 1.75)
    unit = (scene.width - gap * (len(boxes) - 1) - 2) / sum(weights)
    x = 1.0
    for i, (words, weight) in enumerate(zip(boxes, weights, strict=True)):
        box = Box(x, 1, unit * weight, tall)
        if i:
            arrow(scene, (x - gap + 3, box.cy), (x - 3, box.cy), stroke="muted")
        _box(scene, box, words)
        x = box.right + gap
    return tall + 1


def _down(scene: Scene, boxes: Sequence[tuple[str, str, str, str]]) -> Number:
    gap, low = 14.0, 1.0
    for i, words in enumerate(boxes):
        box = Box(1, low, scene.width - 2, 40.0 if not words[2] else 58.0)
        if i:
            arrow(scene, (box.cx, low - gap + 1), (box.cx, low - 2), stroke="muted")
        _box(scene, box, words)
        low = box.bottom + gap
    return low - gap


def _box(scene: Scene, box: Box, words: tuple[str, str, str, str]) -> None:
    head, first, second, colour = words
    scene.rect(box, "panel", stroke=colour, thick=2, round_=5)
    lines = [head, first, second] if second else [head, first]
    step = scene.line_height("note") + 1
    top = box.cy - step * len(lines) / 2 + 1
    for i, line in enumerate(lines):
        role = "label" if i == 0 else "note"
        ink = "ink" if i < 2 else "muted"
        scene.text((box.cx, top + i * step), line, role, side="middle", colour=ink, bold=i == 0)


def _bars(scene: Scene, split: Split, low: Number) -> None:
    """Draw the reading and, below it, the transfer over each link, on one scale of time."""
    times = {"Reading, expected": (split.prompt_expected, "prefill")}
    times |= {each.label: (split.transfer_seconds(each), "kv") for each in split.links}
    names = max(scene.measure(name, "note") for name in times) + 10
    longest = max(seconds for seconds, _ in times.values())
    room = scene.width - names - scene.measure("1,000 ms", "note") - 10
    low = scene.text((0, low), "To read it, and to send its cache, at least", bold=True).bottom + 6
    for name, (seconds, fill) in times.items():
        middle = low + TALL / 2 - scene.size("note") / 2
        scene.text((names - 10, middle), name, "note", side="end")
        bar = scene.rect(Box(names, low, max(1.5, room * seconds / longest), TALL), fill)
        scene.text((bar.right + 6, middle), _time(seconds), "note", colour="ink")
        low += TALL + 5


def _time(seconds: float) -> str:
    return show(seconds, "ms", decimals=0 if seconds >= 0.1 else 1)
