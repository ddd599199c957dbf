"""What is computed in a page and here, to the last bit: one line a case, its name and its value.

This text is run by CPython and, as it stands, by the Python of a page. It prints a digest of the
exact text of each value.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from random import Random
from typing import Any

from tokenworks.checks.attempt import attempt
from tokenworks.checks.catalogue import all_exercises
from tokenworks.cockpit import Script, Settings, drive
from tokenworks.cockpit.settings import CHOICES
from tokenworks.cost import Deployment, kv_bytes_per_token, step_clock
from tokenworks.planner import plan
from tokenworks.serving import (
    Autoscaler,
    Conversations,
    Disaggregated,
    Lengths,
    Policy,
    ReplicaConfig,
    ReplicaPool,
    conversations,
    geometric,
    host_tiers,
    link_wire,
    lognormal,
    poisson,
    random_failures,
    simulate,
    simulate_cluster,
    uniform,
)
from tokenworks.specs import chip, model_spec

DRAWS = 2  # cases of each exercise
DRIVEN = 60  # scripts of the cockpit
ROUTERS = ("round-robin", "least-request", "prefix-aware", "kv-aware", "kv-reported", "sticky")
PLANS: list[tuple[str, str, dict[str, Any]]] = [
    ("llama-3-8b", "h100-sxm", {}),
    ("llama-3-8b", "tpu-v5e", {"requests_per_s": 8, "tpot_seconds": 0.04, "weights": ("int8",)}),
    ("gpt-oss-20b", "b200", {"requests_per_s": 30, "weights": ("fp4",), "percentile": 95}),
    ("llama-3-8b", "l40s", {"ttft_seconds": 0.001}),
]
USUAL = {
    "requests_per_s": 10,
    "prompt_tokens": 500,
    "output_tokens": 60,
    "ttft_seconds": 1,
    "tpot_seconds": 0.03,
    "counted": 100,
}


def exercises() -> Iterator[tuple[str, Any]]:
    """Yield what the solutions answer for drawn arguments.

    Python adds floats more exactly since 3.12, and a solution is what a learner would write: here
    `sum` is exact on both sides. The rest of the package uses `math.fsum`.
    """
    usual = builtins.sum
    builtins.sum = exact_sum
    for name, exercise in all_exercises().items():
        for seed in range(DRAWS):
            case = exercise.draw(Random(seed))
            yield f"{name}, draw {seed}", attempt(exercise, case)
    builtins.sum = usual


def exact_sum(values: Iterable[Any], start: Any = 0) -> Any:
    """Add as `sum` does, floats without rounding in between."""
    terms = [start, *values]
    return math.fsum(terms) if any(isinstance(each, float) for each in terms) else plain_sum(terms)


def plain_sum(terms: list[Any]) -> Any:
    """Add one after another."""
    total = terms[0]
    for each in terms[1:]:
        total = total + each
    return total


def config(on: str, blocks: int = 3_000) -> ReplicaConfig:
    """Return a replica of an 8B model on a chip."""
    deployed = Deployment(model_spec("llama-3-8b"), chip(on))
    return ReplicaConfig(
        step_seconds=step_clock(deployed),
        policy=Policy(max_batch=16, share_prefixes=True),
        blocks=blocks,
        kv_bytes_per_token=kv_bytes_per_token(deployed.model, 2),
    )


def simulations() -> Iterator[tuple[str, Any]]:
    """Yield every time of the requests of the single simulator."""
    lengths = {
        "uniform": (uniform(100, 900), uniform(10, 90)),
        "lognormal": (lognormal(mean_tokens=300, sigma=1.0, most=2048), geometric(60)),
    }
    for on in ("h100-sxm", "a100-80gb", "tpu-v5e", "l40s"):
        for name, (prompts, answers) in lengths.items():
            for rate in (2, 20):
                replica = config(on)
                arrivals = poisson(rate, 60, lengths=Lengths(prompts, answers), seed=rate)
                run = simulate(replica.scheduler(), arrivals, replica.step_seconds)
                yield f"simulate, {on}, {name}, {rate}/s", [times(r) for r in run.requests]


def times(request: Any) -> tuple[Any, ...]:
    """Return what became of a request."""
    return request.arrival_seconds, request.token_seconds, request.stop_reason


def clusters() -> Iterator[tuple[str, Any]]:
    """Yield every time of the requests of clusters."""
    kind = Conversations(
        turns=geometric(3),
        user_tokens=lognormal(mean_tokens=161, sigma=1.0, most=512),
        answer_tokens=lognormal(mean_tokens=90, sigma=1.0, most=256),
        system_tokens=512,
        think_seconds=5,
        systems=4,
    )
    on = "h100-sxm"
    for seed in range(4):
        pools: dict[str, ReplicaPool | Disaggregated] = {
            name: ReplicaPool(config=config(on, 900), replicas=3, router=name, saturation=12)
            for name in ROUTERS
        }
        base = pools["kv-aware"]
        assert isinstance(base, ReplicaPool)
        tiers = host_tiers(on, dram_bytes=20e9, nvme_bytes=1e12)
        pools["tiers"] = replace(base, tiers=tiers)
        scaler = Autoscaler(target=6, least=1, most=4, cold_start_seconds=5, settle_seconds=9)
        pools["scaled"] = replace(base, replicas=1, autoscaler=scaler)
        pools["apart"] = Disaggregated(
            prefill=base,
            decode=replace(base, router="least-request"),
            wire=link_wire("infiniband-ndr"),
        )
        failing = random_failures(
            3, mean_seconds=9, until_seconds=30, seed=seed, recovery_seconds=5
        )
        for name, pool in pools.items():
            arrivals, follow_up = conversations(4, 20, kind=kind, seed=seed)
            failures = failing if name == "kv-aware" else []
            run = simulate_cluster(arrivals, pool, failures=failures, follow_up=follow_up)
            yield f"cluster, {name}, seed {seed}", [times(r) for r in run.requests]


def plans() -> Iterator[tuple[str, Any]]:
    """Yield whole plans."""
    for model, on, changes in PLANS:
        yield f"plan, {model} on {on}", plan(model, on, **(USUAL | changes)).as_json()


def cockpits() -> Iterator[tuple[str, Any]]:
    """Yield the frames of scripts: settings that are changed twice, and a replica that fails."""
    random = Random(16)
    for number in range(DRIVEN):
        start = some_settings(random, Settings())
        after = some_settings(random, start)
        rows = [(0, start), (1, after)]
        changes = [[at, {"set": settings.to_dict()}] for at, settings in rows]
        script = {"seed": number, "changes": [*changes, [1.5, {"fail": 0}]]}
        yield f"cockpit {number}", drive(script, until=2, every=0.25)["frames"]


def some_settings(random: Random, before: Settings) -> Settings:
    """Return settings with a few changed, such as can be."""
    while True:
        changes = {name: random.choice(CHOICES[name]) for name in random.sample(sorted(CHOICES), 6)}
        try:
            made = before.but(rate=random.choice((2.0, 10.0, 30.0)), **changes)
            Script.of(made)
        except ValueError:
            continue
        return made


for part in (exercises, simulations, clusters, plans, cockpits):
    for what, value in part():
        print(f"{what}\t{sha256(repr(value).encode()).hexdigest()[:12]}")
