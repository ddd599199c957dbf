"""Thousands of drawn clusters, loads, failures and hang-ups: no law of conservation may break.

Each trace is a cluster of any kind (pools, routers, tiers, autoscalers, small memories, full
queues), up to 20 requests whose prompts often begin alike, replicas that fail, for a while or for
good, and clients that give up. The traces are those of `lib/tests/serving/cluster`, of which a test
draws some; here all seeds from 0 on are run once, and recorded.

    python -m benchmarks.cluster_traces [--traces 20000]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.provenance import ROOT, provenance
from tokenworks.serving.cluster.conservation import broken_laws

RESULT = Path(__file__).parent / "results" / "cluster_traces.json"
SHOWN = 20  # findings that the record holds in full


def counted(run: Any) -> Counter[str]:
    """Return what happened in a run, as counts."""
    found = Counter(
        requests=len(run.requests),
        finished=len(run.finished),
        cancelled=len(run.cancelled),
        rejected=len(run.rejected),
        unserved=len(run.unserved),
        retries=sum(run.retries.values()),
        tokens=sum(request.generated for request in run.requests),
        preemptions=sum(request.preemptions for request in run.requests),
        spilled=run.spilled,
        replicas=len(run.replicas),
    )
    found["runs with failures"] = any(run.retries.values())
    found["runs with two pools"] = len(run.pools) == 2
    found["runs with tiers"] = any(replica.offload for replica in run.replicas)
    found["runs with an autoscaler"] = any(pool.scaling for pool in run.pools)
    found.update(f"router {pool.pool.router}" for pool in run.pools)
    return found


def main() -> None:
    """Run the traces, print and record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--traces", type=int, default=20_000)
    traces = parser.parse_args().traces
    sys.path.insert(0, str(ROOT / "lib" / "tests"))
    drawn = import_module("serving.cluster.drawn")
    counts, findings, start = Counter[str](), list[str](), time.process_time()
    for seed in range(traces):
        counts["sent"] += len(drawn.load(seed))
        try:
            run, rows = drawn.trace(seed)
        except (RuntimeError, ValueError, AssertionError, KeyError) as problem:
            findings.append(f"seed {seed}: {problem!r}")
            continue
        findings += [f"seed {seed}: {broken}" for broken in broken_laws(run, rows)]
        counts += counted(run)
    record = provenance("python -m benchmarks.cluster_traces", ()) | {
        "seeds": [0, traces - 1],
        "cpu_seconds": round(time.process_time() - start),
        "findings": len(findings),
        "first_findings": findings[:SHOWN],
        "counts": dict(sorted(counts.items())),
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
