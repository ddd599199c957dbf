"""The stream of rounds: columns as high as their chances, which add up to tau."""

import re

import pytest

from tokenworks.cost.speculation import accepted_distribution, tokens_per_pass
from tokenworks.figures import acceptance_tree
from tokenworks.figures.yielded_tokens import TALL

BAR = re.compile(
    r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="([\d.]+)"(?: stroke-width="1")? '
    r'class="f-(\w+)(?: s-(\w+))?"'
)


def drawn(svg):
    """Return the filled columns, the hatched ones and the bonus; samples of the key are square."""
    found = {"good": [], "waste": [], "decode": []}
    for wide, tall, fill, stroke in BAR.findall(svg):
        if wide != tall:
            found[stroke or fill].append((float(wide), float(tall)))
    return found


@pytest.mark.parametrize(("alpha", "gamma"), [(0.8, 5), (0.3, 3), ([0.9, 0.5, 0.2], 3)])
def test_the_areas_add_up_to_tau(alpha, gamma):
    figure = acceptance_tree(alpha, gamma)
    for svg in (figure.wide, figure.narrow):
        found = drawn(svg)
        area = sum(wide * tall for part in found.values() for wide, tall in part)
        one = found["decode"][0][0] * TALL
        assert area / one == pytest.approx(tokens_per_pass(alpha, gamma), rel=0.01)
        ends = [tall / TALL for _, tall in found["waste"]]
        assert ends == pytest.approx(accepted_distribution(alpha, gamma)[:-1], abs=0.001)


def test_it_writes_the_series_out():
    figure = acceptance_tree(0.8, 5)
    assert "1 + 0.8 + 0.64 + 0.51 + 0.41 + 0.33 = 3.69 tokens a pass" in figure.printed
    assert "20 %, 16 %, 13 %, 10 %, 8 %, 33 %" in figure.alt


@pytest.mark.parametrize("alpha", [0, 1])
def test_the_ends_can_be_drawn_too(alpha):
    figure = acceptance_tree(alpha, 2)
    assert figure.numbers["tau"] == (3 if alpha else 1)


def test_what_is_no_probability_is_refused():
    with pytest.raises(ValueError, match=r"a probability from 0 to 1, got 1\.2"):
        acceptance_tree(1.2, 3)
