"""The widgets' arithmetic and formats in Python; the browser tests compare JavaScript."""

import math

import pytest

from tokenworks.widgets.kit import (
    bytes_text,
    count_text,
    cumulative,
    flops_text,
    off_text,
    probability_text,
    ratio,
    seconds_text,
    short_bytes,
    short_seconds,
    significant,
    softmax,
    sum_left,
    wholes,
)


def test_arithmetic():
    assert cumulative([1, 2, 3.5]) == [1, 3, 6.5]
    assert ratio(3, 4) == 0.75
    assert ratio(3, 0) == 0
    assert sum_left([0.1] * 10) == 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1


def test_only_whole_ones_fit():
    assert (wholes(5, 2), wholes(6, 2), wholes(0, 2), wholes(-3, 2)) == (2, 3, 0, 0)


def test_what_is_tabulated_has_so_many_digits():
    assert significant(123456.789, 4) == 123500
    assert significant(0.000123456, 3) == 0.000123


def test_softmax_survives_large_scores():
    assert softmax([1000, 1000 - math.log(3)]) == pytest.approx([0.75, 0.25])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (16384, "16.38 KB"),
        (141_107_412_992, "141.1 GB"),
        (27.8e12, "27.8 TB"),
        (3e21, "3,000 EB"),
    ],
)
def test_bytes(value, text):
    assert bytes_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 s"), (13.6, "13.6 s"), (0.0682, "68.2 ms"), (5.6e-8, "56 ns"), (1e-6, "1 µs")],
)
def test_seconds(value, text):
    assert seconds_text(value) == text


def test_short_forms():
    assert [short_seconds(n) for n in (0, 0.005212, 2.3321)] == ["0 s", "5.21 ms", "2.33 s"]
    assert short_bytes(655_360_000) == "655 MB"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 %"), (1, "100.0 %"), (0.125, "12.5 %"), (0.0734, "7.34 %"), (1e-9, "< 0.01 %")],
)
def test_probability(value, text):
    assert probability_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 FLOP"), (989.4e12, "989.4 TFLOP"), (4.7917e12, "4.792 TFLOP")]
)
def test_flops(value, text):
    assert flops_text(value) == text


def test_count():
    assert count_text(49152) == "49,152"


@pytest.mark.parametrize(
    ("guess", "truth", "text"),
    [
        (32, 10, "3.2 times too high"),
        (10, 32, "3.2 times too low"),
        (1, 4600, "4,600 times too low"),
        (10.5, 10, "less than a tenth too high"),
        (10, 10, "exactly right"),
        (20, 10, "2 times too high"),
    ],
)
def test_how_far_off(guess, truth, text):
    assert off_text(guess, truth) == text
