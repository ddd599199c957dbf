import re

import pytest

from tokenworks.figures import Dots, dot_rows

WORDS = {"xlabel": "one gap", "marked": "their mean"}


def test_dots_and_the_mark_stand_where_the_values_are():
    figure = dot_rows([Dots([0.1, 0.2, 0.4], 0.3, "a", "longest 400 ms")], unit="ms", **WORDS)
    dots = [float(x) + 3.5 for x in re.findall(r'd="M([\d.]+) [\d.]+a3.5', figure.wide)]
    stroke = float(re.search(r'd="M([\d.]+) [\d.]+L\1 [^"]*"[^>]*s-ink', figure.wide)[1])
    assert [(x - 6) / (700 - 12) for x in (*dots, stroke)] == pytest.approx(
        [0.25, 0.5, 1, 0.75], abs=0.001
    )
    assert "a: 3 from 100 ms to 400 ms, their mean at 300 ms" in figure.alt
    assert figure.numbers["a: marked"] == 0.3
    assert figure.numbers["a: largest"] == 0.4


def test_a_scale_may_begin_elsewhere_and_rows_share_it():
    rows = [Dots([1.0], 1.0, "a"), Dots([3.0], 3.0, "b")]
    figure = dot_rows(rows, unit="s", start=1.0, **WORDS)
    dots = [float(x) + 3.5 for x in re.findall(r'd="M([\d.]+) [\d.]+a3.5', figure.narrow)]
    assert dots == pytest.approx([6, 328 - 6], abs=0.1)


@pytest.mark.parametrize("rows", [[], [Dots([], 1.0, "a")]])
def test_no_dots_are_refused(rows):
    with pytest.raises(ValueError, match="at least one row"):
        dot_rows(rows, unit="s", **WORDS)
