"""Bars of a device's memory and step are as long as what they stand for."""

import re

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.hybrid import Split, split_cost
from tokenworks.figures import split_ways
from tokenworks.specs import chip, model_spec

ON = Deployment(model_spec("llama-3-405b"), chip("h100-sxm"))
BAR = re.compile(r'width="([\d.]+)" height="([\d.]+)" class="f-(weights|kv|decode|activations)"')


def costs():
    ways = (Split(8, 2), Split(16))
    return {way.name: split_cost(ON, way, batch=48, context_tokens=8192) for way in ways}


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_lengths_are_bytes_and_seconds(layout):
    ways = costs()
    bars = BAR.findall(getattr(split_ways(ways), layout))
    found = {kind: [float(w) for w, _, k in bars if k == kind] for *_, kind in bars}
    for kind, field in {
        "weights": "weight_bytes",
        "kv": "kv_bytes",
        "decode": "memory_seconds",
    }.items():
        first, second = (getattr(cost, field) for cost in ways.values())
        assert found[kind][1] / found[kind][0] == pytest.approx(second / first, rel=0.03)
    assert found["activations"][1] > found["activations"][0]


def test_what_does_not_fit_says_so():
    ways = {"TP8": split_cost(ON, Split(8), batch=8, context_tokens=8192)}
    figure = split_ways(ways | costs(), caption="Batch of 48.")
    assert "TP8: 105.7 GB do not fit into 85.5 GB" in figure.alt
    assert "TP16: 76.1 GB of 85.5 GB, 22.6 ms of memory and 2.5 ms of messages" in figure.alt


def test_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one way to split"):
        split_ways({})
