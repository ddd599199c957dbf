import pytest

from tokenworks.figures import count_squares

COUNTS = {"English": 32, "German": 60, "Chinese": 74}


def test_there_is_a_square_for_each_thing_counted():
    figure = count_squares(COUNTS, "tokens", alt="Three rows of squares.")
    for svg in (figure.wide, figure.narrow):
        fields = [line.count("M") for line in svg.split("\n") if 'class="f-activations"' in line]
        assert fields == list(COUNTS.values())
    assert "74 tokens" in figure.printed


def test_nothing_to_count_is_refused():
    for counts in ({}, {"none": 0}):
        with pytest.raises(ValueError, match="something to count"):
            count_squares(counts, "tokens", alt="No.")
