"""How many requests a minute the cluster simulator handles on one core, and how that grows.

    python -m benchmarks.cluster

Conversations of a few turns under shared system prompts; pure Python, one process. What counts is
the processor's time, which other programs lengthen only a little; the machine's load stands beside
it. `simulate` is the single simulator with the load of one replica.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.provenance import provenance
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_bytes_per_token
from tokenworks.cost.mixed_step import step_clock
from tokenworks.serving.cluster.autoscaler import Autoscaler
from tokenworks.serving.cluster.cluster_run import ClusterRun
from tokenworks.serving.cluster.conversation_load import Conversations, conversations
from tokenworks.serving.cluster.failures import Failure, random_failures
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.ports import link_wire
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.cluster.tiers import host_tiers
from tokenworks.serving.driver import Run
from tokenworks.serving.lengths import geometric, lognormal
from tokenworks.serving.policy import Policy
from tokenworks.serving.simulator import simulate
from tokenworks.specs import chip, model_spec

RESULT = Path(__file__).parent / "results" / "cluster.json"
TARGET_PER_MINUTE = 50_000
PER_REPLICA, RATE, ROUNDS = 150, 2.5, 3  # conversations, and those that begin in a second
PREFIXES = 2  # of a replica
LIMIT = 2048  # tokens of one question, and of one answer
ON = Deployment(model_spec("llama-3-8b"), chip("h100-sxm"))
# A question and an answer as in ShareGPT (means: https://arxiv.org/abs/2309.06180, figure 11).
KIND = Conversations(
    turns=geometric(3),
    user_tokens=lognormal(mean_tokens=161, sigma=1.0, most=LIMIT),
    answer_tokens=lognormal(mean_tokens=338, sigma=1.0, most=LIMIT),
    system_tokens=512,
    think_seconds=20,
)
CONFIG = ReplicaConfig(
    step_seconds=step_clock(ON),
    policy=Policy(max_batch=64, share_prefixes=True),
    blocks=30_000,
    kv_bytes_per_token=kv_bytes_per_token(ON.model, 2),
)


def pool(replicas: int = 8, router: str = "kv-aware", **more: Any) -> ReplicaPool:
    """Return a pool that spills over before its batches are full."""
    return ReplicaPool(config=CONFIG, replicas=replicas, router=router, saturation=60, **more)


@dataclass
class Setting:
    """A cluster and what befalls it; None is the single simulator."""

    cluster: ReplicaPool | Disaggregated | None
    replicas: int = 8
    failures: list[Failure] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    requests: int = 0

    def run(self) -> ClusterRun | Run:
        """Simulate it once, and note how long that took."""
        count, rate = self.replicas * PER_REPLICA, self.replicas * RATE
        # with more replicas than prefixes those that have one get larger batches, and dearer steps
        kind = replace(KIND, systems=PREFIXES * self.replicas)
        arrivals, follow_up = conversations(rate, count, kind=kind, seed=1)
        start = time.process_time()
        if self.cluster is None:
            run = simulate(CONFIG.scheduler(), arrivals, CONFIG.step_seconds, follow_up=follow_up)
        else:
            run = simulate_cluster(
                arrivals, self.cluster, failures=self.failures, follow_up=follow_up
            )
        self.seconds.append(time.process_time() - start)
        self.requests = len(run.requests)
        return run


def settings() -> dict[str, Setting]:
    """Return what is measured, by name."""
    small = replace(CONFIG, blocks=3_000)
    tiers = host_tiers("h100-sxm", dram_bytes=20e9, nvme_bytes=1e12)
    failing = random_failures(8, mean_seconds=60, until_seconds=200, seed=1, recovery_seconds=30)
    apart = Disaggregated(
        prefill=pool(3), decode=pool(5, "least-request"), wire=link_wire("infiniband-ndr")
    )
    found = {"simulate": Setting(None, 1)}
    found |= {f"kv-aware, {n}": Setting(pool(n), n) for n in (1, 2, 4, 8, 16, 32)}
    names = ("round-robin", "least-request", "prefix-aware", "kv-reported", "sticky")
    found |= {f"{name}, 8": Setting(pool(8, name)) for name in names}
    found["kv-aware, 3 prefill and 5 decode"] = Setting(apart)
    found["kv-aware, 8, small cache"] = Setting(replace(pool(), config=small))
    found["kv-aware, 8, small cache and tiers"] = Setting(
        replace(pool(), config=small, tiers=tiers)
    )
    found["kv-aware, 8, failures"] = Setting(pool(), failures=failing)
    scaler = Autoscaler(target=24, least=2, most=12, cold_start_seconds=30, settle_seconds=60)
    found["kv-aware, 2 to 12"] = Setting(pool(2, autoscaler=scaler))
    return found


def main() -> None:
    """Measure the settings in turns, print and record."""
    measured, told = settings(), {}
    for _ in range(ROUNDS):  # no run is kept: a full heap slows the next
        for name, setting in measured.items():
            told[name] = described(setting, setting.run())
            gc.collect()
    record = provenance("python -m benchmarks.cluster", ()) | {
        "load_average": round(os.getloadavg()[1], 1),
        "target_requests_per_minute": TARGET_PER_MINUTE,
        "rounds": ROUNDS,
        "peak_memory_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "settings": told,
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


def described(setting: Setting, run: ClusterRun | Run) -> dict[str, Any]:
    """Return the speed of a setting and what it simulated."""
    rates = sorted(60 * setting.requests / seconds for seconds in setting.seconds)
    found: dict[str, Any] = {
        "requests_per_minute": {
            "median": round(median(rates), -3),
            "lowest": round(rates[0], -3),
            "highest": round(rates[-1], -3),
        },
        "requests": setting.requests,
        "mean_prompt_tokens": round(sum(r.prompt_tokens for r in run.requests) / setting.requests),
        "mean_output_tokens": round(sum(r.generated for r in run.requests) / setting.requests),
    }
    if isinstance(run, ClusterRun):
        found |= {
            "replicas": len(run.replicas),
            "steps": sum(replica.log.steps for replica in run.replicas),
            "hit_share": round(run.hit_share, 3),
            "spilled": run.spilled,
            "retries": sum(run.retries.values()),
            "transfer_bytes": run.transfer_bytes,
            "loaded_bytes": run.loaded_bytes,
            "finished": len(run.finished),
        }
    return found


if __name__ == "__main__":
    main()
