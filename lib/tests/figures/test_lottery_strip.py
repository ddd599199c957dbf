import re

import numpy as np
import pytest

from tokenworks.figures import lottery
from tokenworks.figures.lottery_strip import index_of
from tokenworks.model.sampling import draw

SHARES = [("cat", 0.5), ("moon", 0.3), ("white", 0.2)]


@pytest.mark.parametrize("u", [0.0, 0.4999, 0.5, 0.79, 0.81, 0.999])
def test_a_number_falls_where_the_library_draws(u):
    probs = np.array([share for _, share in SHARES])
    assert index_of(SHARES, u) == draw(probs, u)


def test_candidates_are_as_wide_as_their_shares_and_the_hit_is_named():
    figure = lottery(SHARES, {"seed 1": 0.512})
    widths = [float(w) for w in re.findall(r'width="([\d.]+)"[^>]*class="f-scores"', figure.wide)]
    assert [(w + 1.5) / 692 for w in widths] == pytest.approx([0.5, 0.3, 0.2], abs=1e-3)
    assert "seed 1 draws 0.512: moon" in figure.printed
    assert figure.alt.endswith("seed 1 falls on moon.")


def test_shares_must_add_up_and_numbers_lie_inside():
    for shares, u in ((SHARES[:2], 0.1), (SHARES, 1.0)):
        with pytest.raises(ValueError, match="add up to 1"):
            lottery(shares, {"seed 1": u})
