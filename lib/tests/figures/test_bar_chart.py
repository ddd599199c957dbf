import pytest

from tokenworks.figures import bars


def draw(**values):
    return bars(values, "seconds", title="T", xlabel="time", alt="two bars")


def test_each_bar_carries_its_number():
    svg = draw(read=0.034, multiply=0.00022).svg
    assert " 34 ms" in svg
    assert " 220 µs" in svg


def test_longer_values_draw_longer_bars():
    assert draw(a=1.0, b=2.0).svg != draw(a=2.0, b=2.0).svg


def test_no_values_are_refused():
    with pytest.raises(ValueError, match="at least one value"):
        bars({}, "seconds", title="T", xlabel="x", alt="a")
