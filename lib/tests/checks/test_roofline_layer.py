import pytest

from tokenworks.checks.roofline_layer import ATTAINABLE, BUSY, INTENSITY, QUESTIONS


def test_the_chapters_questions_about_one_operation():
    assert [question.id for question in QUESTIONS] == ["04.1", "04.2", "04.3"]


def test_the_lower_roof_counts():
    assert ATTAINABLE.oracle(10.0, 10.0, 100.0, 20.0) == 20
    assert ATTAINABLE.oracle(90.0, 10.0, 100.0, 20.0) == 100


def test_intensity_counts_rows_in_and_out():
    assert INTENSITY.oracle(1, 2, 2, 1, 1) == 1
    # 2*512*8192*8192 operations on 134.2 MB of weights and 16.8 MB of activations
    assert INTENSITY.oracle(512, 8192, 8192, 2, 2) == pytest.approx(512 / (1 + 2 * 512 / 8192))


def test_the_busy_share_ends_at_one():
    assert BUSY.oracle(1, 2, 2, 100, 200) == 1
    # the 8192 square layer of the chapter on an H100: 0.34 % at one row, full from 319 rows on
    assert BUSY.oracle(1, 8192, 8192, 989.4e12, 3.35e12) == pytest.approx(0.003385, rel=1e-3)
    assert BUSY.oracle(318, 8192, 8192, 989.4e12, 3.35e12) < 1
    assert BUSY.oracle(319, 8192, 8192, 989.4e12, 3.35e12) == 1
