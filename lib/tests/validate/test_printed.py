"""Printed speeds: the arithmetic by hand, what is impossible, and what stands beside it."""

import pytest

from tokenworks import worked
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import decode_read_bytes, kv_bytes
from tokenworks.cost.parameters import parameter_count, read_parameter_count
from tokenworks.data.printed_speed import printed_speeds
from tokenworks.specs import chip, measurements, model_spec
from tokenworks.validate.printed import ALONE, FIRST, TOGETHER, floor_deployments, printed_checks

CHECKS = {(c.printed.name, c.quantity): c for c in printed_checks()}


def test_every_cell_whose_load_is_stated_is_checked():
    stated = [row for row in printed_speeds() if row.prompt_tokens]
    firsts = [row for row in stated if row.ttft_seconds]
    assert len(printed_checks()) == len(stated) + len(firsts) == 40
    assert {c.quantity for c in printed_checks()} == {FIRST, ALONE, TOGETHER}


def test_a_rate_by_hand():
    """8B on an A100: 15 GB of weights and one cache of 2,304 tokens over 2.039 TB/s."""
    model, on = model_spec("llama-3-8b"), chip("a100-80gb")
    cached = decode_read_bytes(model, 2304, bytes_per_value=2)
    step = (2 * read_parameter_count(model) + cached) / on.hbm_bytes_per_s
    check = CHECKS["8b-1xa100-fp16-1", ALONE]
    assert check.floor == pytest.approx(1 / step, rel=1e-9)
    assert check.share == pytest.approx(140 * step)
    assert check.share > 1
    assert not check.possible


def test_a_time_by_hand():
    """70B on 8 H100 in FP8: 4,096 tokens are 570 TFLOP and more, over 15.8 PFLOP/s."""
    check = CHECKS["70b-8xh100-fp8-1", FIRST]
    model = model_spec("llama-3-70b")
    layers = read_parameter_count(model) - model.vocab_size * model.d_model
    least = 2 * layers * 4096 / (8 * chip("h100-sxm").peak("fp8"))
    assert least <= check.floor <= 1.1 * least
    assert check.value == 0.020
    assert check.share == pytest.approx(check.floor / 0.020)
    assert not check.possible


def test_expected_is_no_faster_than_the_floor_and_measured_neither():
    for check in printed_checks():
        assert check.expected_share < 1, check.printed.name
        if check.nearest:
            assert check.nearest.share < 1, check.printed.name


def test_two_rows_have_more_users_than_fit():
    crowded = {c.printed.name for c in printed_checks() if c.users > c.fits}
    assert crowded == {"70b-2xa100-fp16-32", "70b-2xh100-fp16-32"}
    check = CHECKS["70b-2xa100-fp16-32", TOGETHER]
    one = kv_bytes(model_spec("llama-3-70b"), 5120, bytes_per_value=2)
    whole, _ = floor_deployments(check.printed)
    assert check.fits == int((whole.planned_bytes - 2 * parameter_count(whole.model)) // one) < 20


def test_the_verdict_of_the_chapter():
    impossible = [c for c in printed_checks() if not c.possible]
    assert len(impossible) == 31
    twelve = CHECKS["70b-8xh100-fp8-32", TOGETHER]
    assert twelve.value == 12_000
    assert 8_500 < twelve.floor < 9_500
    assert 1.2 < twelve.share < 1.4
    assert twelve.nearest.users == 32
    assert twelve.nearest.value < twelve.value / 4
    assert twelve.nearest.label.startswith("InferenceX (SemiAnalysis), 2025-10-29: Llama-3 70B")


def test_what_was_measured_is_cited_as_measured_and_not_by_the_guide():
    alone, many = CHECKS["8b-1xa100-fp16-1", ALONE], CHECKS["70b-8xh100-fp8-32", TOGETHER]
    for text, check, who, place in (
        ("93.9 tokens/s", alone, "gpt-fast", "github.com/meta-pytorch/gpt-fast"),
        ("1,481 tokens/s", many, "InferenceX", "pypi.org/project/aiconfigurator-core"),
    ):
        measured = check.nearest
        gap = measured.users / measured.value
        told = worked(text, "users / gap_seconds", users=measured.users, gap_seconds=gap)
        (source,) = told.data()[0]["sources"]
        assert source["what"].startswith(who)
        assert place in source["source"]
        assert source["accessed"]


def test_a_ring_is_a_measurement_of_the_same_case():
    found = {name: c.nearest for (name, kind), c in CHECKS.items() if kind == ALONE and c.nearest}
    rows = {(m.tokens_per_s, m.source): m for m in measurements()}
    for name, nearest in found.items():
        printed = CHECKS[name, ALONE].printed
        one = rows[nearest.tokens_per_s, nearest.source]
        assert (one.model, one.chip, one.batch) == (printed.model, printed.chip, 1)
        assert one.chips == printed.chips // printed.stages
        assert one.bytes_per_param == {"bf16": 2, "int8": 1}[printed.weights]
    assert len(found) == 4
    assert sum(check.nearest is not None for check in CHECKS.values()) == 8


def test_a_pipeline_takes_its_stages_one_after_the_other():
    """Two stages halve neither the weights that a token passes nor the time of one user."""
    both = (CHECKS["405b-16xh100-fp8-1", ALONE], CHECKS["405b-8xh100-fp8-1", ALONE])
    assert both[0].floor == pytest.approx(both[1].floor)
    whole, stage = floor_deployments(both[0].printed)
    assert (whole.chips, stage.chips) == (16, 8)
    assert isinstance(stage, Deployment)
