"""Bars are as long as prompts, and their parts as what was found and read."""

import re

import pytest

from tokenworks.figures.routed_prompts import WAYS, found_share, lanes_of, routed_runs, routed_turns

PART = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="20" class="f-(\w+)"')
RUNS = routed_runs()


def test_the_same_prompts_both_ways():
    names = [sorted(p.name for lane in lanes_of(run) for p in lane) for run in RUNS.values()]
    assert names[0] == names[1] == sorted(f"{who}{turn}" for who in "ABC" for turn in range(1, 5))
    apart = lanes_of(RUNS["kv-aware"])
    assert [{prompt.name[0] for prompt in lane} for lane in apart] == [{"A"}, {"B"}, {"C"}]


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_lengths_are_tokens(layout):
    parts = PART.findall(getattr(routed_turns(RUNS), layout))
    read = [float(wide) for _, _, wide, fill in parts if fill == "prefill"]
    found = [float(wide) for _, _, wide, fill in parts if fill == "kv"]
    prompts = [p for run in RUNS.values() for lane in lanes_of(run) for p in lane]
    unit = sum(read) / sum(p.tokens - p.found for p in prompts)
    assert read == pytest.approx([unit * (p.tokens - p.found) for p in prompts], abs=0.2)
    assert found == pytest.approx([unit * p.found for p in prompts if p.found], abs=0.2)


def test_the_shares_are_the_runs_own():
    figure = routed_turns(RUNS)
    for way, run in RUNS.items():
        share = found_share(lanes_of(run))
        assert figure.numbers[f"found, {WAYS[way]}"] == share
        assert share == sum(r.cached_tokens for r in run.requests) / sum(
            r.prompt_tokens for r in run.requests
        )
    assert figure.alt.endswith("Found, in turn: 28 %; where most is cached: 71 %.")
