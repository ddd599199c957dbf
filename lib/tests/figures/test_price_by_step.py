"""Ways to serve stand at their step and price; the line goes through those that none beats."""

import math
import re

import pytest

from tokenworks.cost import Deployment, best_options, slice_options
from tokenworks.figures import price_frontier
from tokenworks.specs import chip, model_spec

DOT = re.compile(r'd="M([\d.]+) ([\d.]+)a4\.5[^"]*"[^>]*class="f-(\d)')
ON = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"))


def options(*batches):
    return slice_options(ON, batches=batches, context_tokens=8192, usd_per_chip_hour=1.2)


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_dots_stand_at_step_and_price(layout):
    tried = options(1, 8, 32)
    best = best_options(tried)
    svg = getattr(price_frontier(tried, title="Price"), layout)
    dots = [(float(x), float(y)) for x, y, _ in DOT.findall(svg)]
    assert len(dots) == len(best)
    first, last = best[0], best[-1]
    across = (dots[-1][0] - dots[0][0]) / math.log(
        last.step.expected_seconds / first.step.expected_seconds
    )
    down = (dots[-1][1] - dots[0][1]) / math.log(first.usd_per_million / last.usd_per_million)
    for (x, y), each in zip(dots, best, strict=True):
        later = math.log(each.step.expected_seconds / first.step.expected_seconds)
        cheaper = math.log(first.usd_per_million / each.usd_per_million)
        assert x - dots[0][0] == pytest.approx(across * later, abs=0.3)
        assert y - dots[0][1] == pytest.approx(down * cheaper, abs=0.3)


def test_it_counts_and_names_what_fits():
    tried = options(1, 32)
    figure = price_frontier(tried, title="Price")
    best = best_options(tried)
    assert f"{sum(each.fits for each in tried)} ways that fit" in figure.alt
    for each in (best[0], best[-1]):
        assert f"{each.name}: {each.step.expected_seconds * 1e3:.1f} ms" in figure.alt
        assert f"USD {each.usd_per_million:.2f}/million tokens" in figure.alt


def test_one_way_is_no_frontier():
    with pytest.raises(ValueError, match="two ways that fit"):
        price_frontier(options(1)[:1], title="Price")
