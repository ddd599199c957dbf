import re

import pytest

from tokenworks.figures import bars


def draw(values, **options):
    return bars(values, "seconds", title="T", xlabel="time", alt="two bars", **options)


def widths(figure, colour="1"):
    return [float(w) for w in re.findall(rf'width="([\d.]+)"[^>]*class="f-{colour}"', figure.wide)]


def test_each_bar_carries_its_number():
    figure = draw({"read": 0.034, "multiply": 0.00022})
    assert figure.printed == ("34 ms", "220 µs")
    assert figure.numbers["multiply"] == 0.00022


def test_bars_are_as_long_as_their_values():
    one, two = widths(draw({"a": 1.0, "b": 2.0}))
    assert two == pytest.approx(2 * one, abs=0.2)
    one, two = widths(draw({"a": 1.0, "b": 10.0}, log=True))
    assert one == pytest.approx(two / 3.1, rel=0.01), "log 3 of log 30"


def test_a_bar_takes_the_colour_of_what_it_means():
    figure = draw({"read": 1.0, "wait": 2.0}, fills={"read": "weights"})
    assert len(widths(figure, "weights")) == len(widths(figure)) == 1


def test_no_values_are_refused():
    with pytest.raises(ValueError, match="at least one value"):
        draw({})
