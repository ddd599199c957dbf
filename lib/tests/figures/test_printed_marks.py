"""Each printed speed is a dot at its share of the floor's speed, red beyond it."""

import math
import re

import pytest

from tokenworks.figures import published_speeds
from tokenworks.validate import printed_checks

DOT = re.compile(r'd="M([\d.]+) ([\d.]+)a4\.5[^"]*"[^>]*class="f-(1|bad|paper)')
CHECKS = printed_checks()


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_dots_stand_at_their_shares(layout):
    svg = getattr(published_speeds(), layout)
    found = [(float(x), float(y), fill) for x, y, fill in DOT.findall(svg)]
    dots = [dot for dot in found if dot[2] != "paper"][: len(CHECKS)]
    assert len(dots) == len(CHECKS)
    for quantity in ("first token", "one user", "many users"):
        lane = [c for c in sorted(CHECKS, key=order) if c.quantity == quantity]
        places = [dot for dot, c in zip(dots, sorted(CHECKS, key=order), strict=True) if c in lane]
        shares = [check.share for check in lane]
        least, most = shares.index(min(shares)), shares.index(max(shares))
        x0, far = places[least][0], places[most][0] - places[least][0]
        unit = far / math.log(shares[most] / shares[least])
        for (x, _, fill), check in zip(places, lane, strict=True):
            assert x - x0 == pytest.approx(unit * math.log(check.share / shares[least]), abs=0.2)
            assert (fill == "1") == check.possible
    assert svg.count("dash") == 3 * len({c.printed.label for c in CHECKS})


def order(check):
    """As they are drawn: row by row, panel by panel."""
    labels = list(dict.fromkeys(c.printed.label for c in CHECKS))
    kinds = ["first token", "one user", "many users"]
    return labels.index(check.printed.label), kinds.index(check.quantity)


def test_it_says_how_many_cannot_be():
    figure = published_speeds(caption="A guide.")
    assert figure.numbers["impossible"] == sum(not c.possible for c in CHECKS) == 31
    faster = [check for check in CHECKS if check.share > 1]
    crowded = [check for check in CHECKS if check.users > check.fits]
    assert set(crowded) < set(faster)
    assert f"31 cannot be. {len(faster)} beat the floor, by up to 2.9 times; " in figure.alt
    assert f"{len(crowded)} of them have also more users than fit. 8 have a ring." in figure.alt
    assert figure.caption.startswith("A guide. Measurements:")
