"""One round to scale: draft steps, the pass, and the plain steps that it takes the place of."""

import re

import pytest

from tokenworks.figures import one_round

BAR = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="40"')


def test_lengths_are_the_costs():
    figure = one_round(4, accepted=2, draft_cost=0.25, verify_cost=1.2)
    for svg in (figure.wide, figure.narrow):
        bars = [(float(x), float(y), float(w)) for x, y, w in BAR.findall(svg)]
        drafts, verify, plain = (
            [bar for bar in bars if bar[1] == y] for y in sorted({bar[1] for bar in bars})
        )
        assert (len(drafts), len(verify), len(plain)) == (4, 1, 3)
        step = plain[1][0] - plain[0][0]
        assert drafts[1][0] - drafts[0][0] == pytest.approx(0.25 * step, abs=0.2)
        assert verify[0][0] - plain[0][0] == pytest.approx(step, abs=0.2)
        assert verify[0][2] + 1 == pytest.approx(1.2 * step, abs=0.2)
        assert svg.count('height="40" class="f-good"') == 2
        assert svg.count('class="f-none s-waste"') >= 2
    assert "3 tokens in 2.2 steps" in figure.printed


def test_more_accepted_than_drafted_is_refused():
    with pytest.raises(ValueError, match="accepted must be a finite number from 0 to 3, got 4"):
        one_round(3, accepted=4, draft_cost=0.1)
