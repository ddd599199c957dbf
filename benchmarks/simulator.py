"""How many requests a minute the simulator handles on one core, at lengths as people send them.

    python benchmarks/simulator.py

Seeded Poisson arrivals near what each deployment can serve; pure Python, one process. What counts
is the processor's time, which other programs lengthen only a little; wall time stands beside it.
`stepping` asks the scheduler for every single step, with the same result.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from provenance import provenance

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.mixed_step import step_clock
from tokenworks.data.traces import azure_conversation
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import Run
from tokenworks.serving.lengths import Lengths, Samples, lognormal
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.specs import chip, model_spec

RESULT = Path(__file__).parent / "results" / "simulator.json"
TARGET_PER_MINUTE = 100_000
COUNT, ROUNDS = 4000, 5
LIMIT = 2048  # tokens of a prompt, and of an answer
BLOCK_SIZE = 16
# Conversations of ShareGPT (means: https://arxiv.org/abs/2309.06180, figure 11), and real ones.
SHARED = Lengths(
    lognormal(mean_tokens=161, sigma=1.0, most=LIMIT),
    lognormal(mean_tokens=338, sigma=1.0, most=LIMIT),
)
AZURE = Samples([(prompt, output) for _, prompt, output in azure_conversation().rows])


@dataclass(frozen=True)
class Setting:
    """A deployment, its load and its policy."""

    model: str
    chips: int
    rate_per_s: float
    lengths: Lengths | Samples
    policy: Policy
    blocks: int = 30_000
    fast: bool = True
    seconds: list[float] = field(default_factory=list)
    wall_seconds: list[float] = field(default_factory=list)

    def run(self) -> Run:
        """Simulate this setting once, and note how long that took."""
        arrivals = poisson(self.rate_per_s, COUNT, lengths=self.lengths, seed=1)
        on = Deployment(model_spec(self.model), chip("h100-sxm"), self.chips)
        scheduler = Scheduler(self.policy, BlockPool(self.blocks, BLOCK_SIZE))
        clock = step_clock(on)
        wall, start = time.perf_counter(), time.process_time()
        run = simulate(scheduler, arrivals, clock, fast=self.fast)
        self.seconds.append(time.process_time() - start)
        self.wall_seconds.append(time.perf_counter() - wall)
        return run


SETTINGS = {
    "8B, batch 32": Setting("llama-3-8b", 1, 12, SHARED, Policy(max_batch=32)),
    "8B, batch 256": Setting("llama-3-8b", 1, 60, SHARED, Policy(max_batch=256)),
    "8B, batch 256, stepping": Setting(
        "llama-3-8b", 1, 60, SHARED, Policy(max_batch=256), fast=False
    ),
    "8B, batch 256, chunks of 512": Setting(
        "llama-3-8b", 1, 60, SHARED, Policy(max_batch=256, max_batch_tokens=512)
    ),
    "8B, batch 64, Azure's lengths": Setting("llama-3-8b", 1, 14, AZURE, Policy(max_batch=64)),
    "8B, batch 64, too little memory": Setting(
        "llama-3-8b", 1, 18, SHARED, Policy(max_batch=64), blocks=1200
    ),
    "8B, static batch 32": Setting(
        "llama-3-8b", 1, 3, SHARED, Policy(max_batch=32, batching="static")
    ),
    "70B on 4 chips, batch 128": Setting("llama-3-70b", 4, 12, SHARED, Policy(max_batch=128)),
}


def main() -> None:
    """Measure the settings in turns, print and record."""
    runs = {}
    for _ in range(ROUNDS):
        runs = {name: setting.run() for name, setting in SETTINGS.items()}
    record = provenance("python benchmarks/simulator.py", ()) | {
        "target_requests_per_minute": TARGET_PER_MINUTE,
        "requests": COUNT,
        "rounds": ROUNDS,
        "settings": {name: described(setting, runs[name]) for name, setting in SETTINGS.items()},
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


def described(setting: Setting, run: Run) -> dict[str, Any]:
    """Return the speed of a setting and what it simulated."""
    rates = sorted(60 * COUNT / seconds for seconds in setting.seconds)
    tokens = sum(segment.steps * segment.useful_tokens for segment in run.segments)
    return {
        "requests_per_minute": {
            "median": round(median(rates), -3),
            "lowest": round(rates[0], -3),
            "highest": round(rates[-1], -3),
        },
        "wall_requests_per_minute": round(60 * COUNT / median(setting.wall_seconds), -3),
        "arrivals_per_s": setting.rate_per_s,
        "mean_prompt_tokens": round(sum(r.prompt_tokens for r in run.requests) / COUNT),
        "mean_output_tokens": round(sum(r.generated for r in run.requests) / COUNT),
        "steps": run.steps,
        "turns": len(run.segments),
        "tokens_per_step": round(tokens / run.steps, 1),
        "busy_share": round(run.busy_seconds / run.seconds, 3),
        "preemptions": sum(request.preemptions for request in run.requests),
    }


if __name__ == "__main__":
    main()
