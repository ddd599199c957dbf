"""What things gain: at saturation, and at the SLO."""

import pytest

from tokenworks.cockpit import gains as module
from tokenworks.cockpit.gains import Gain, as_row, carried_requests_per_s, factors
from tokenworks.cockpit.settings import Settings


def test_gains_are_of_each_alone_of_pairs_and_of_all(monkeypatch):
    def tokens(settings, seed=0):
        rate = 100.0 if settings.batching == "static" else 400.0
        rate *= 2 if settings.prefix_caching else 1
        rate *= 1.5 if settings.speculation else 1
        return rate * (1.25 if settings.weights == "int8" else 1) - 10 * settings.speculation

    monkeypatch.setattr(module, "saturated_tokens_per_s", tokens)
    found = factors("chat", things=("prefix caching", "speculation", "INT8 weights"))
    assert found.continuous == 4
    assert [len(each.things) for each in found.gains] == [1, 1, 1, 2, 2, 2, 3]
    assert found.gain("prefix caching").factor == 2
    pair = found.gain("INT8 weights", "prefix caching")
    assert (pair.factor, pair.product, pair.kept) == (2.5, 2.5, 1)
    assert found.together == pytest.approx(4 * found.gains[-1].factor)
    assert as_row(found)["gains"][3][0] == ["prefix caching", "speculation"]
    with pytest.raises(KeyError):
        found.gain("magic")


def test_where_factors_multiply_all_of_the_product_is_kept():
    assert Gain(("a", "b"), 3.0, 6.0).kept == 0.5


def test_static_batches_carry_nothing_at_the_slo():
    static = Settings(batching="static", max_batch=8)
    assert carried_requests_per_s(static, most=4.0) < carried_requests_per_s(
        static.but(batching="continuous"), most=4.0
    )
