import itertools
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from tokenworks import measure
from tokenworks.measure import (
    best_seconds,
    matmul_seconds,
    median_seconds,
    multiply_flops_per_s,
    read_bytes_per_s,
    rounds_read,
    this_machine,
    timed_pass_seconds,
    timed_step_seconds,
)
from tokenworks.model import load, transpose_weights


def test_median_counts_one_warm_up_and_the_rounds():
    calls = []
    assert median_seconds(lambda: calls.append(1), rounds=3) >= 0
    assert len(calls) == 4


def test_a_short_action_is_repeated_for_half_a_second(monkeypatch):
    clock, calls = itertools.count(0, 1 / 16), []  # each reading is a sixteenth later
    monkeypatch.setattr(measure, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    assert best_seconds(lambda: calls.append(1), rounds=1) == 1 / 16
    assert len(calls) == 1 + 8  # a warm-up, then half a second


@pytest.mark.parametrize("timer", [best_seconds, median_seconds])
def test_where_nobody_reads_the_times_each_action_is_timed_once(timer, monkeypatch):
    monkeypatch.setenv(measure.ONCE, "1")
    calls = []
    timer(lambda: calls.append(1), rounds=7)
    assert len(calls) == 2  # the warm-up and one


def test_rounds_are_those_asked_for_where_somebody_reads_the_times(monkeypatch):
    monkeypatch.delenv(measure.ONCE, raising=False)
    assert rounds_read(3) == 3
    monkeypatch.setenv(measure.ONCE, "1")
    assert rounds_read(3) == 1
    with pytest.raises(ValueError, match="rounds"):
        rounds_read(0)


def test_where_nobody_reads_the_times_the_matrices_are_small(monkeypatch):
    drawn, normal = [], measure._normal
    monkeypatch.setattr(
        measure, "_normal", lambda d, *shape: drawn.append(shape) or normal(d, *shape)
    )
    matmul_seconds([3], side=700, rounds=1)
    assert drawn == [(700, 700), (3, 700)]
    monkeypatch.setenv(measure.ONCE, "1")
    assert list(matmul_seconds([3], side=700)) == [3]
    assert this_machine().hbm_bytes_per_s > 0
    assert {side for _, side in drawn[2:]} == {256}
    ones = []
    monkeypatch.setattr(
        measure.np, "ones", lambda shape, **_: ones.append(shape) or np.zeros(shape)
    )
    assert read_bytes_per_s() > 0
    assert ones == [(256, 256), 256]


def test_the_best_round_is_no_longer_than_the_median(monkeypatch):
    monkeypatch.setattr(measure, "_seconds", lambda *_, **__: [3.0, 1.0, 2.0])
    assert (best_seconds(print), median_seconds(print)) == (1.0, 2.0)


@pytest.mark.parametrize("timer", [best_seconds, median_seconds])
def test_no_rounds_is_refused(timer):
    with pytest.raises(ValueError, match="rounds must be a whole number from 1, got 0"):
        timer(lambda: None, rounds=0)


def test_yardsticks_are_positive_and_scale_with_their_work():
    assert multiply_flops_per_s(side=64, rounds=1) > 0
    assert multiply_flops_per_s(side=64, rounds=1, dtype="bfloat16") > 0
    assert read_bytes_per_s(rounds=1) > 1e8


def test_more_rows_of_one_matrix_take_longer_in_the_end():
    seconds = matmul_seconds([1, 1024], side=512, rounds=3)
    assert list(seconds) == [1, 1024]
    assert 0 < seconds[1] < seconds[1024]


def test_an_accelerator_is_timed_over_a_chain_of_products(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(measure, "MATRIX_BYTES", 4 * 256**2)
    assert matmul_seconds([2], side=64, rounds=1)[2] > 0
    assert read_bytes_per_s(rounds=1) > 0


def test_this_machine_is_a_chip_with_both_rates(monkeypatch):
    monkeypatch.setattr(measure, "MATRIX_BYTES", 4 * 1024**2)
    rates = {"float32": 3.0, "bfloat16": 4.0}
    monkeypatch.setattr(measure, "multiply_flops_per_s", lambda **how: rates[how["dtype"]])
    here = this_machine(rounds=1)
    assert (here.peak("fp32"), here.peak("bf16")) == (3, 4)
    assert here.kind == jax.default_backend()
    assert here.planned_bytes > 1e8


@pytest.mark.model
def test_a_step_is_timed_in_three_layers(monkeypatch):
    monkeypatch.setenv(measure.ONCE, "1")  # how often each is timed is tested above
    times = timed_step_seconds(load(), 20, rounds=2)
    assert list(times) == ["its matrices alone", "the compiled step", "a step of generate"]
    assert all(0 < seconds < 10 for seconds in times.values())


def test_passes_of_several_widths_are_timed(tiny, monkeypatch):
    monkeypatch.setenv(measure.ONCE, "1")
    seen, run = set(), measure.advance_all

    def spied(weights, spec, ids, *, cache, start):
        seen.add((ids.shape, int(start)))
        return run(weights, spec, ids, cache=cache, start=start)

    monkeypatch.setattr(measure, "advance_all", spied)
    for weights in (None, transpose_weights(tiny.fused)):
        times = timed_pass_seconds(tiny, (1, 3), weights=weights, cached_tokens=4)
        assert seen == {((1, 1), 4), ((1, 3), 4)}, "new tokens stand behind the cached ones"
        assert list(times) == [1, 3]
        assert all(0 < seconds < 10 for seconds in times.values())
