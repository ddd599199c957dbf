"""A list of exchanges takes the sum of its collectives."""

import pytest

from tokenworks.cost.chip_links import network, slice_torus
from tokenworks.cost.collectives import (
    all_gather_seconds,
    all_reduce_seconds,
    all_to_all_seconds,
    reduce_scatter_seconds,
    send_seconds,
)
from tokenworks.cost.exchange_times import SECONDS, exchange_seconds
from tokenworks.cost.exchanges import Exchange
from tokenworks.specs import chip

H100 = network(chip("h100-sxm"), 8)


def test_the_sum_of_all_calls():
    pair = network(chip("h100-sxm"), 2)
    found = exchange_seconds(
        [Exchange("all-reduce", 16384, 8, 160), Exchange("send", 4096, 2, 3)], {8: H100, 2: pair}
    )
    assert found == pytest.approx(
        160 * all_reduce_seconds(16384, H100) + 3 * send_seconds(4096, pair)
    )
    assert exchange_seconds([], {}) == 0.0


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        ("all-gather", all_gather_seconds),
        ("reduce-scatter", reduce_scatter_seconds),
        ("all-to-all", all_to_all_seconds),
    ],
)
def test_each_kind_takes_its_own_time(kind, seconds):
    over = slice_torus(chip("tpu-v5e"), "4x4")
    assert exchange_seconds([Exchange(kind, 10**6, 16)], {16: over}) == seconds(10**6, over)
    assert len(SECONDS) == 5


def test_what_is_not_given_is_named():
    with pytest.raises(ValueError, match="no network of 4 devices is given; given: 8"):
        exchange_seconds([Exchange("all-reduce", 8, 4)], {8: H100})
    with pytest.raises(ValueError, match="no network of 4 devices"):
        exchange_seconds([Exchange("all-reduce", 8, 4)], {4: H100})
    with pytest.raises(ValueError, match="'gossip' is no exchange; known: all-reduce"):
        exchange_seconds([Exchange("gossip", 8, 8)], {8: H100})
