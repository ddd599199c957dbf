"""Conversations over three replicas: what each prompt finds there, by two ways to route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.mixed_step import step_clock
from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.serving.cluster.cluster_run import ClusterRun
from tokenworks.serving.cluster.conversation_load import Conversations, conversations
from tokenworks.serving.cluster.pools import ReplicaPool
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.lengths import fixed
from tokenworks.serving.policy import Policy
from tokenworks.specs import chip, model_spec
from tokenworks.units import show

WAYS = {"round-robin": "In turn", "kv-aware": "Where most is cached"}
LETTERS = "A2 is the second prompt of conversation A; each is as long as its tokens"
REPLICAS, TALL, GAP = 3, 20.0, 3.0
KIND = Conversations(
    turns=fixed(4),
    user_tokens=fixed(600),
    answer_tokens=fixed(400),
    think_seconds=20.0,
)


@dataclass(frozen=True)
class Prompt:
    """One prompt: whose it is and which of its turns, its tokens, and how many were found."""

    name: str
    tokens: int
    found: int


def routed_runs(seed: int = 1) -> dict[str, ClusterRun]:
    """Return three conversations of four turns over three replicas, by both ways to route."""
    on = Deployment(model_spec("llama-3-70b"), chip("h100-sxm"), 8)
    config = ReplicaConfig(
        step_seconds=step_clock(on), policy=Policy(max_batch=8, share_prefixes=True), blocks=4096
    )
    runs = {}
    for way in WAYS:
        first, follow_up = conversations(2.0, 3, kind=KIND, seed=seed)
        pool = ReplicaPool(config=config, replicas=REPLICAS, router=way)
        runs[way] = simulate_cluster(first, pool, follow_up=follow_up)
    return runs


def lanes_of(run: ClusterRun) -> list[list[Prompt]]:
    """Return the prompts of each replica, in the order they came."""
    turns: dict[str, int] = {}
    names = {}
    for request in run.requests:
        turns[request.client] = turns.get(request.client, 0) + 1
        names[request.id] = f"{'ABCDEFGH'[int(request.client)]}{turns[request.client]}"
    return [
        [Prompt(names[r.id], r.prompt_tokens, r.cached_tokens) for r in replica.log.requests]
        for replica in run.replicas
    ]


def found_share(lanes: Sequence[Sequence[Prompt]]) -> float:
    """Return the share of all prompts' tokens that were found."""
    prompts = [prompt for lane in lanes for prompt in lane]
    return sum(prompt.found for prompt in prompts) / sum(prompt.tokens for prompt in prompts)


def routed_turns(runs: Mapping[str, ClusterRun] | None = None, *, caption: str = "") -> Figure:
    """Draw what each replica reads and finds of some conversations, one panel a way to route.

    `runs` are cluster runs by the name of their router; `routed_runs` unless given.
    """
    panels = {WAYS.get(way, way): lanes_of(run) for way, run in (runs or routed_runs()).items()}
    shares = {name: found_share(lanes) for name, lanes in panels.items()}
    numbers: dict[str, Number] = {f"found, {name}": share for name, share in shares.items()}
    numbers |= numbers_in(f"{caption} {LETTERS}")
    told = "; ".join(f"{name.lower()}: {_percent(share)}" for name, share in shares.items())
    alt = (
        "Prompts of three conversations at three replicas, each as long as its tokens, the part "
        f"that was found in the cache apart from the part that is read. Found, {told}."
    )

    def layout(scene: Scene) -> None:
        longest = max(
            sum(prompt.tokens for prompt in lane) for lanes in panels.values() for lane in lanes
        )
        most = max(len(lane) for lanes in panels.values() for lane in lanes)
        left = scene.measure("replica 3", "note") + 8
        unit = (scene.width - left - GAP * most) / longest
        low = 0.0
        for name, lanes in panels.items():
            low = scene.text((0, low), f"{name}: {_percent(shares[name])} found", bold=True).bottom
            low += 5
            for number, lane in enumerate(lanes, 1):
                middle = low + TALL / 2 - scene.size("note") / 2
                scene.text((left - 8, middle), f"replica {number}", "note", side="end")
                x = left
                for prompt in lane:
                    x = _bar(scene, prompt, Box(x, low, unit * prompt.tokens, TALL)) + GAP
                low += TALL + 4
            low += 8
        key(scene, (0, low), {"found in the cache": "kv", "read": "prefill"})
        scene.text((0, scene.low + 5), LETTERS, "note", width=scene.width)

    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _bar(scene: Scene, prompt: Prompt, box: Box) -> Number:
    """Draw a prompt, what was found first; return its right end."""
    found = box.w * prompt.found / prompt.tokens
    if found:
        scene.rect(Box(box.x, box.y, found, box.h), "kv", under=True)
    scene.rect(Box(box.x + found, box.y, box.w - found, box.h), "prefill", under=True)
    scene.inside(box, prompt.name, role="note", bold=True)
    return box.right


def _percent(share: float) -> str:
    return show(share, "%", decimals=0)
