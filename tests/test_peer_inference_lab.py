"""The record of the simulator beside a public one: one load, and differences that are explained."""

from __future__ import annotations

import json
from statistics import median

import pytest

from benchmarks.peer_inference_lab import ON, PARAMETERS, POSITION, config, peer_step, served
from tokenworks.cost.mixed_step import Load, step_clock
from tokenworks.serving.metrics import e2el_seconds, tpot_seconds, ttft_seconds
from tools.repository import ROOT

NAMES = ("peer", "ours", "ours with the peer's formula of a step")


@pytest.fixture(scope="module")
def record():
    path = ROOT / "benchmarks/results/peer_inference_lab.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_with_the_peers_formula_our_scheduler_has_the_peers_time_per_token(record):
    peer, ours, borrowed = (record["times"][name] for name in NAMES)
    assert borrowed["tpot_ms_median"] == pytest.approx(peer["tpot_ms_median"], rel=2e-3)
    assert borrowed["e2el_ms_mean"] == pytest.approx(peer["e2el_ms_mean"], rel=5e-3)
    # without the embedding table there is that much less to read, beside the caches
    less = 1 - ours["tpot_ms_median"] / borrowed["tpot_ms_median"]
    assert less == pytest.approx(record["embedding_share_of_parameters"], rel=0.1)


def test_the_peers_first_token_is_a_step_later(record):
    late = record["peer_ttft_later_than_with_its_formula_ms_median"]
    assert late == pytest.approx(record["times"]["peer"]["tpot_ms_median"], rel=0.05)


@pytest.fixture(scope="module")
def first(record):
    """Return the first requests as the peer had them, and again through our scheduler, now.

    Those that ended before the last of them came: later ones cannot have touched them.
    """
    rows = record["first_requests"]
    runs = [served([tuple(row[:3]) for row in rows], step) for step in (peer_step, step_clock(ON))]
    untouched = [i for i, row in enumerate(rows) if row[0] + row[4] < rows[-1][0]]
    assert len(untouched) > 200
    by_number = [sorted(run.requests, key=lambda r: int(r.id)) for run in runs]
    return [(rows[i], *(requests[i] for requests in by_number)) for i in untouched]


def test_each_request_takes_as_long_here_as_at_the_peer_with_its_formula(first):
    ratios = [
        tpot_seconds(here) / ((row[4] - row[3]) / (row[2] - 1))
        for row, here, _ in first
        if row[2] > 1
    ]
    assert median(ratios) == pytest.approx(1, abs=2e-3)
    assert sorted(ratios)[len(ratios) // 20] == pytest.approx(1, abs=0.02)
    late = [row[3] - ttft_seconds(here) for row, here, _ in first]
    steps = [tpot_seconds(here) for _, here, _ in first if here.generated > 1]
    assert median(late) == pytest.approx(median(steps), rel=0.1)  # the peer's comes a step later
    later = [row[4] - e2el_seconds(here) for row, here, _ in first]
    assert max(map(abs, later)) < 5 * median(steps)  # the whole answer, too, by a few steps at most


def test_with_our_formula_a_token_is_faster_by_the_table_that_is_not_read(first, record):
    ratios = [tpot_seconds(own) / tpot_seconds(here) for _, here, own in first if two_tokens(own)]
    assert 1 - median(ratios) == pytest.approx(record["embedding_share_of_parameters"], rel=0.1)


def two_tokens(request):
    return request.generated > 1


def test_the_peers_formula_by_hand():
    # two decodes at contexts of 10 and 30 (this token included), and a prompt of 8
    load = Load(3, 10, 3, 48, 10 + 30 + 36, 1, 36)
    read = 2 * PARAMETERS + POSITION * (9 + 29 + 4)
    assert peer_step(load) == pytest.approx(read / ON.bytes_per_s)
    prompt = Load(1, 4096, 1, 4096, 4096 * 4097 // 2, 1, 4096 * 4097 // 2)
    multiplied = 2 * 4096 * PARAMETERS + 4 * 32 * 4096 * 4096**2
    assert peer_step(prompt) == pytest.approx(multiplied / ON.flops_per_s)


def test_both_are_asked_for_the_same_deployment():
    asked = config()
    assert asked["hardware"]["compute_flops"] == ON.chip.peak("bf16")
    assert asked["hardware"]["memory_bandwidth"] == ON.chip.hbm_bytes_per_s
    assert asked["model"]["num_parameters"] == PARAMETERS == 8_030_261_248
