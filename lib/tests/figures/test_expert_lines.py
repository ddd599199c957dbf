"""Curves of experts say what the formulas say."""

import re

import pytest

from tokenworks.cost.expert_routing import expected_experts, expert_shares, routed_weight_bytes
from tokenworks.cost.expert_times import timed_experts
from tokenworks.data.silicon import LICENCE
from tokenworks.figures import (
    dropped_by_capacity,
    experts_by_batch,
    timed_expert_lines,
    weight_bytes_by_batch,
)
from tokenworks.specs import chip, model_spec

DEEPSEEK = model_spec("deepseek-v3")


def test_experts_by_batch():
    figure = experts_by_batch(DEEPSEEK, skews=(0, 1.0))
    even, skewed = (expected_experts(expert_shares(256, 8, skew=s), 32) for s in (0, 1.0))
    assert f"with 32 tokens even {even:.0f}; skew 1 {skewed:.0f}" in figure.alt
    assert "8 of 256 experts a token" in figure.caption
    assert len(re.findall("<path[^>]*s-1", figure.wide)) >= 1
    with pytest.raises(ValueError, match="has no experts"):
        experts_by_batch(model_spec("llama-3-8b"))


def test_dropped_by_capacity_is_drawn_from_a_seed():
    first, again, other = (dropped_by_capacity(64, 4, tokens=512, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert "even 0;" in first.alt
    shares = [float(x) for x in re.findall(r"skew [\d.]+ (\d+(?:\.\d+)?)[;.]", first.alt)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[1] < 100


def test_timed_layers_with_their_floor():
    rows = timed_experts("h100-sxm", "deepseek-v3", tp=8)
    figure = timed_expert_lines(rows, on=chip("h100-sxm"), spec=DEEPSEEK)
    assert "Measured from 115 to 10,670 microseconds" in figure.alt
    assert figure.caption.startswith("Each expert cut in 8, balanced routing, fp8 with a scale")
    assert figure.caption.endswith(LICENCE)
    assert "stroke-dasharray" in figure.wide or "dash" in figure.wide
    with pytest.raises(ValueError, match="no timed layer was given"):
        timed_expert_lines([], on=chip("h100-sxm"), spec=DEEPSEEK)


def test_weights_read_rise_from_one_tokens_to_all():
    figure = weight_bytes_by_batch(DEEPSEEK, bytes_per_param=1)
    one, all_ = (routed_weight_bytes(DEEPSEEK, 1, batch) / 1e9 for batch in (1, 512))
    assert f"even from {one:.0f} to {all_:.0f} gigabytes" in figure.alt
    assert "1 byte a weight. Skew: popularity" in figure.caption
    even = weight_bytes_by_batch(DEEPSEEK, bytes_per_param=1, skews=(0,))
    assert "Skew" not in even.caption
    assert "skew 1 from" in weight_bytes_by_batch(DEEPSEEK, bytes_per_param=2, skews=(1,)).alt
    with pytest.raises(ValueError, match="has no experts"):
        weight_bytes_by_batch(model_spec("llama-3-8b"), bytes_per_param=1)
