import re

import pytest

from tokenworks.figures import waits_and_tail


def test_dots_stand_where_the_waits_are_and_marks_are_named():
    waits = [0.1, 0.12, 4.2]
    figure = waits_and_tail(waits, marks={"median": 0.12, "mean": 1.4733}, unit="ms")
    dots = [float(x) + 5 for x in re.findall(r'd="M([\d.]+) [\d.]+a5 5', figure.wide)]
    assert len(dots) == 3
    assert (dots[1] - 6) / (dots[2] - 6) == pytest.approx(0.12 / 4.2, abs=0.002)
    assert {"median 120 ms", "mean 1,473 ms"} <= set(figure.printed)
