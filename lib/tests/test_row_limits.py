"""What the labels of a served row allow: splits, room, and the least time of a step."""

from dataclasses import replace

import pytest
from served import ROW

from tokenworks.data.silicon import end_to_end_rows, gemm_times
from tokenworks.row_limits import (
    best_rates,
    missing,
    not_held,
    not_split,
    row_chip,
    row_model,
    step_work,
    too_fast,
)


def test_an_ordinary_row_breaks_no_limit():
    assert [rule(ROW) for rule in (missing, not_split, not_held, too_fast)] == [""] * 4


def test_what_is_not_stated_is_named():
    assert missing(replace(ROW, concurrency=0, precision="")) == "not stated: precision, conc"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"gpus": 12}, "64 attention heads cannot be shared out evenly among 12 GPUs"),
        ({"gpus": 4, "dpa": 8}, "4 GPUs cannot be 8 equal replicas of attention"),
        ({"gpus": 16, "dpa": 2}, ""),
        ({"gpus": 12, "model": "mine"}, ""),  # of unknown heads
    ],
)
def test_heads_are_shared_out_evenly(change, told):
    assert not_split(replace(ROW, **change)) == told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"gpus": 1, "precision": "bf16"},
            "141.1 GB of weights do not fit on 1 × H100 SXM, 85.52 GB",
        ),
        (
            {"gpus": 2, "model": "qwen3-235b"},
            "235.1 GB of weights do not fit on 2 × H100 SXM, 85.52 GB each",
        ),
        ({"gpus": 1}, ""),
        ({"gpus": 1, "precision": "unk"}, ""),  # may be four bits
        ({"gpus": 1, "precision": "bf16", "system": "mine"}, ""),
    ],
)
def test_weights_have_room(change, told):
    assert not_held(replace(ROW, **change)) == told


def test_a_row_below_its_weights_shows_the_arithmetic():
    """70 GB of weights over 4 x 3.35 TB/s."""
    fast = replace(ROW, concurrency=1, isl=16, tpot_seconds=0.0051, ttft_seconds=0.01)
    told = "69.5 GB of weights over 4 × 3.35 TB/s are 5.187 ms, "
    told += "0.08634 GB of cache 0.008053 ms; the row says 5.1 ms"
    assert too_fast(fast) == told
    assert too_fast(replace(fast, tpot_seconds=0.0053)) == ""


def test_the_cache_of_the_requests_inside_adds_to_the_weights():
    many = replace(ROW, isl=8192, concurrency=128, tpot_seconds=0.02)
    work = step_work(many)
    assert work is not None
    decoding = 128 * 1024 * 0.02 / (0.2 + 1024 * 0.02)
    assert work.cache_bytes == pytest.approx(decoding * (8192 + 512) * 163_840)
    assert work.weights < 0.006
    assert work.cache > 0.016
    assert "of cache" in too_fast(many)


def test_prompts_that_come_meanwhile_need_the_time_of_their_products():
    """2 requests a second of 15,000 tokens for each of 30 inside: more than 4 chips multiply."""
    many = replace(ROW, isl=15_000, osl=100, concurrency=64, tpot_seconds=0.1)
    work = step_work(many)
    assert work is not None
    prompts = 64 / (0.2 + 100 * 0.1) * 0.1
    flops = prompts * 2 * 68.5e9 * 15_100  # of all matrices but the last
    assert work.products == pytest.approx(
        flops / 4 / best_rates("h100_sxm").flops_per_s["fp8"], 0.01
    )
    assert "products of the prompts that come meanwhile" in too_fast(many)
    assert "products" not in too_fast(replace(ROW, tpot_seconds=0.001))


def test_without_a_ttft_one_sequence_is_the_least():
    work, alone = step_work(replace(ROW, ttft_seconds=None)), step_work(replace(ROW, concurrency=1))
    assert work is not None
    assert alone is not None
    assert work.products == work.attention == 0.0
    assert work.weights == alone.weights
    assert step_work(replace(ROW, tpot_seconds=None)) is None


def test_the_best_rates_are_those_of_the_tables():
    rates = best_rates("h100_sxm")
    timed = [t for t in gemm_times() if (t.system, t.format) == ("h100_sxm", "bfloat16")]
    assert rates.flops_per_s["bfloat16"] == max(2 * t.tokens * t.n * t.k / t.seconds for t in timed)
    assert 900e12 < rates.flops_per_s["bfloat16"] < 989.4e12
    assert 600e12 < rates.attention_flops_per_s < 989.4e12
    assert best_rates("mine") == ({}, 0.0, 0.0)


def test_a_chip_without_timed_kernels_is_held_against_its_data_sheet():
    work, on = step_work(replace(ROW, system="mi300x")), row_chip(replace(ROW, system="mi300x"))
    assert work is not None
    assert on is not None
    assert work.cache == pytest.approx(work.cache_bytes / 4 / on.hbm_bytes_per_s)
    assert work.products < 1e-3


def test_every_model_and_system_of_the_shipped_rows_is_known():
    assert all(row_model(row) and row_chip(row) for row in end_to_end_rows())


def test_a_chip_is_found_as_the_predictor_finds_it():
    """A user's file says h100 where the shipped table says h100_sxm: both are held to the floor."""
    assert row_chip(replace(ROW, system="h100")) is row_chip(ROW)
    assert row_chip(replace(ROW, system="tpu-v5")) is None  # the beginning of two
    assert too_fast(replace(ROW, system="h100", tpot_seconds=1e-3))
