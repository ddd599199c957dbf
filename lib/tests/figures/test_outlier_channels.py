"""Outlier channels: marked where they stand, and named by how far they are from the median."""

import pytest

from tokenworks.figures import large_activations
from tokenworks.figures.outlier_channels import channel_peaks

QUIET = [[(-1) ** c * 1.0 for c in range(40)] for _ in range(3)]


def loud(row, channel, value):
    rows = [list(one) for one in QUIET]
    rows[row][channel] = value
    return rows


def test_peaks_are_the_largest_of_a_channel_over_the_median_of_all():
    peaks = channel_peaks(loud(1, 7, -350.0))
    assert peaks[0] == (7, 350)
    assert {times for _, times in peaks[1:]} == {1}


def test_a_large_value_is_one_mark_as_dark_as_it_is_far():
    figure = large_activations(loud(1, 7, -350.0), ["The", " ", "end"], title="Layer")
    for svg in (figure.wide, figure.narrow):
        marks = [part for part in svg.split("\n") if "f-activations" in part and "path" in part]
        assert len(marks) == 4 + 1  # the key, and the mark
        assert 'fill-opacity="0.8"' in marks[-1]
        assert marks[-1].count("M") == 1
        assert ">7</text>" in svg
        assert ">␣</text>" in svg
    assert "3 tokens by 40 channels" in figure.alt
    assert "channel 7 with 350 times" in figure.alt


def test_rows_and_tokens_have_to_agree():
    with pytest.raises(ValueError, match="3 rows of activations need as many tokens"):
        large_activations(QUIET, ["one"], title="Layer")
    with pytest.raises(ValueError, match="rows of equal length"):
        large_activations([[1.0], [1.0, 2.0]], ["a", "b"], title="Layer")
    with pytest.raises(ValueError, match="the median magnitude is 0"):
        large_activations([[0.0, 0.0]], ["a"], title="Layer")
