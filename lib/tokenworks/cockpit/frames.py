"""What a page draws of a moment: who is where, what each replica does, and the dashboard."""

from __future__ import annotations

from typing import Any

from tokenworks.cockpit.driven import Cockpit
from tokenworks.serving.batch import Batch
from tokenworks.serving.cluster.replica import RunningReplica


def frame(cockpit: Cockpit, at: float) -> dict[str, Any]:
    """Return what stands at a moment, just before what happens in it.

    Everybody who has arrived is queued, running or done. Seconds and shares, bytes nowhere.
    """
    there = [each for each in cockpit.cluster.replicas if each.state != "stopped"]
    return {
        "at": at,
        "arrived": cockpit.arrived,
        "queued": cockpit.queued,
        "running": cockpit.in_batches,
        "done": cockpit.done,
        "retried": cockpit.cluster.retries.total(),
        "replicas": [_replica(cockpit, each) for each in there],
        "board": cockpit.board,
    }


def _replica(cockpit: Cockpit, replica: RunningReplica) -> dict[str, Any]:
    pool, running = replica.scheduler.pool, len(replica.scheduler.running)
    again = replica.state == "starting" and replica.epoch > 0
    return {
        "number": replica.number,
        "pool": replica.pool,
        "state": "restarting" if again else replica.state,
        "running": running,
        "waiting": replica.load - running,
        "sent": cockpit.sent(replica),
        "finished": cockpit.finished[replica.number],
        "max_batch": replica.config.policy.max_batch,
        "step": step_kind(replica.plan.batch if replica.plan else None),
        "blocks": {
            "used": pool.blocks - pool.free_blocks,
            "cached": pool.kept_blocks,
            "total": pool.blocks,
        },
    }


def step_kind(batch: Batch | None) -> str:
    """Return what a step does: "prefill", "decode", "mixed", or "idle" where there is none."""
    if batch is None:
        return "idle"
    decodes = sum(work.decodes for work in batch.work)
    if decodes == len(batch.work):
        return "decode"
    return "mixed" if decodes else "prefill"
