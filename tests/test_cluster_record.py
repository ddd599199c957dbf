"""The records of the cluster simulator: drawn traces that break no law, and its speed."""

from __future__ import annotations

import json

import pytest

from tokenworks.serving.cluster.routers import ROUTERS
from tools.repository import ROOT


@pytest.fixture(scope="module")
def traces():
    text = (ROOT / "benchmarks/results/cluster_traces.json").read_text(encoding="utf-8")
    return json.loads(text)


def test_ten_thousand_traces_broke_no_law(traces):
    first, last = traces["seeds"]
    assert last - first + 1 >= 10_000
    assert traces["findings"] == 0, traces["first_findings"]


def test_every_request_sent_is_in_their_ends_and_every_kind_of_trouble_was_met(traces):
    counts = traces["counts"]
    ends = ("finished", "cancelled", "rejected", "unserved")
    assert sum(counts[end] for end in ends) == counts["sent"]
    met = [f"runs with {what}" for what in ("failures", "tiers", "two pools", "an autoscaler")]
    met += [*ends, "preemptions", "retries", "spilled", *(f"router {name}" for name in ROUTERS)]
    assert min(counts[what] for what in met) > 1000


def test_eight_replicas_behind_a_router_that_knows_caches_are_fast_enough():
    record = json.loads((ROOT / "benchmarks/results/cluster.json").read_text(encoding="utf-8"))
    speeds = {
        name: each["requests_per_minute"]["median"] for name, each in record["settings"].items()
    }
    target = record["target_requests_per_minute"]
    assert min(speeds["kv-aware, 8"], speeds["kv-aware, 32"]) >= target == 50_000
    assert speeds["simulate"] >= 100_000
