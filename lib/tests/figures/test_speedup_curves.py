"""Tau and speed-up over alpha: lines of the formulas, dots where they break even."""

import re
from itertools import pairwise

import pytest

from tokenworks.cost.speculation import break_even_alpha
from tokenworks.figures import tau_and_speedup

DOT = re.compile(r'<path d="M([\d.]+) ([\d.]+)a4.5 [^"]*" stroke-width="2" class="f-paper s-\d"')


def test_a_dot_stands_at_each_break_even():
    figure = tau_and_speedup((1, 3, 5), draft_cost=0.12, verify_cost=1.05)
    for svg in (figure.wide, figure.narrow):
        dots = [(float(x) + 4.5, float(y)) for x, y in DOT.findall(svg)]
        evens = [break_even_alpha(g, draft_cost=0.12, verify_cost=1.05) for g in (1, 3, 5)]
        assert len({y for _, y in dots}) == 1, "all on the line of plain decoding"
        apart = [b[0] - a[0] for a, b in pairwise(dots)]
        shares = [b - a for a, b in pairwise(evens)]
        assert apart[0] / apart[1] == pytest.approx(shares[0] / shares[1], rel=0.02)
        assert svg.count("as fast as plain") == 1


def test_a_gamma_that_never_pays_has_no_dot():
    figure = tau_and_speedup((1, 2), draft_cost=1.5)
    assert "1 drafts never; 2 drafts never" in figure.alt
    assert DOT.findall(figure.wide) == []


def test_the_alternative_text_says_where_it_breaks_even():
    assert "5 drafts at 22 %" in tau_and_speedup((5,), draft_cost=2 / 35).alt
