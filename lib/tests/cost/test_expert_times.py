"""Timed layers of experts beside floor and expected, and which rows of the source cannot be."""

from statistics import median

import pytest

from tokenworks.cost.expert_times import MODELS, timed_experts
from tokenworks.data.silicon import CHIP_OF, moe_times
from tokenworks.specs import model_spec


def every():
    """Yield all timed layers with their group."""
    groups = {
        (CHIP_OF[r.system], r.model, r.tp, r.ep, r.format, r.distribution, r.framework)
        for r in moe_times()
    }
    for chip, model, tp, ep, form, distribution, library in sorted(groups):
        labels = {"form": form, "distribution": distribution, "library": library}
        rows = timed_experts(chip, MODELS[model], tp=tp, ep=ep, **labels)
        yield (chip, model, tp, ep, form), rows


def test_deepseeks_experts_on_eight_h100s():
    """115, 205, 588 and 631 µs at 1, 8, 32 and 128 tokens: each matrix on all eight chips."""
    rows = {r.timed.tokens: r for r in timed_experts("h100-sxm", "deepseek-v3", tp=8)}
    micros = [round(1e6 * rows[tokens].timed.seconds) for tokens in (1, 8, 32, 128)]
    assert micros == [115, 205, 588, 631]
    assert [rows[tokens].touched for tokens in (1, 8, 32, 128)] == [8, 64, 256, 256]
    spec = model_spec("deepseek-v3")
    one = 3 * spec.d_model * spec.d_ff_expert * (1 + 4 / 128**2)
    assert rows[1].floor_seconds == pytest.approx(8 * one / 8 / 3.35e12)
    assert rows[1].floor_seconds < rows[1].expected_seconds < rows[1].timed.seconds


def test_whole_experts_are_met_better_than_thin_slices_of_all():
    whole = timed_experts("h100-sxm", "deepseek-v3", ep=8)
    thin = timed_experts("h100-sxm", "deepseek-v3", tp=8)

    def off(rows):
        return median(abs(r.expected_seconds / r.timed.seconds - 1) for r in rows)

    assert off(whole) < 0.1 < off(thin) < 0.5


def test_only_rows_that_read_weights_faster_than_the_memory_can_beat_a_floor():
    """B200's nvfp4 of DeepSeek-V3 on one chip and on eight, and their like: suspect at the source.

    All other rows are above theirs.
    """
    beaten = {key for key, rows in every() if any(r.floor_seconds > r.timed.seconds for r in rows)}
    assert {key[4] for key in beaten} <= {"nvfp4"}, beaten
    assert ("b200", "DeepSeek-V3", 1, 1, "nvfp4") in beaten


def test_a_skewed_router_has_the_floor_of_one_tokens_experts():
    rows = timed_experts("h100-sxm", "deepseek-v3", ep=8, distribution="power_law_1.2")
    assert rows[0].floor_seconds == rows[3].floor_seconds
    assert 8 < rows[3].touched < 64


def test_what_nobody_timed_lists_what_was():
    with pytest.raises(ValueError, match="nobody timed h100-sxm deepseek-v3 trtllm"):
        timed_experts("h100-sxm", "deepseek-v3", tp=4)
    with pytest.raises(ValueError, match="nothing of these two"):
        timed_experts("l40s", "deepseek-v3")
