"""Ten printed gains: ours are their formulas, and few lie where the guide says."""

import pytest

from tokenworks.cost.memory import kv_bytes
from tokenworks.data.printed_speed import printed_gains
from tokenworks.printed_gains import CASE, COMPUTED, CONTEXT, computed_gains
from tokenworks.widgets.prefix_timeline import shown_at

GAINS = {gain.printed.name: gain for gain in computed_gains()}


def test_each_printed_gain_is_computed():
    assert [*GAINS] == [*COMPUTED] == [row.name for row in printed_gains()]
    for gain in GAINS.values():
        assert 0.5 < gain.low <= gain.high < 40
        assert gain.printed.low <= gain.printed.high
        assert gain.depends


def test_narrow_caches_and_weights_by_hand():
    assert GAINS["cache"].low == GAINS["cache"].high == pytest.approx(2, rel=0.01)
    one = kv_bytes(CASE.model, CONTEXT, bytes_per_value=2)
    halved = CASE.model.published_params / one  # sequences that half the weights make room for
    before = (CASE.planned_bytes - 2 * CASE.model.published_params) / one
    assert GAINS["weights"].low == pytest.approx((before + halved) / before, rel=0.02)


def test_a_known_prefix_is_that_of_the_widget():
    at = {"prefix_tokens": 2000, "new_tokens": 80}
    for known, gain in (("whole", GAINS["prefix"].high), ("half", GAINS["prefix"].low)):
        found = shown_at("70b-8h100", known=known, **at)
        assert gain == pytest.approx(found["without"] / found["with"], rel=1e-4)


def test_the_verdict_of_the_chapter():
    assert [name for name, gain in GAINS.items() if gain.inside] == ["batching", "cache"]
    assert GAINS["speculation"].low < 1
    assert GAINS["tensor"].high < 3
