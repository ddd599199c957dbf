"""The copies that settings ask for are the planner's."""

import pytest

from tokenworks.cockpit.copies import copy_for, pools_for, prefill_replicas, rent_for
from tokenworks.cockpit.settings import Settings
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.mixed_step import decode_load
from tokenworks.planner.replicas import replicas_of
from tokenworks.specs import chip, model_spec


def test_its_clock_is_the_planners_rounded_up_to_a_grid():
    made = copy_for(Settings(chips=2, chips_per_replica=2, weights="int8"))
    found, _ = replicas_of(
        model_spec("llama-3-8b"),
        chip("h100-sxm"),
        constants=Constants.fitted(),
        weights=("int8",),
        caches=("bf16",),
    )
    (replica,) = (each for each in found if each.chips == 2)
    assert made.replica.name == replica.name
    assert made.clock(decode_load(8, 640)) == replica.expected(decode_load(8, 640))
    assert made.clock(decode_load(8, 641)) == replica.expected(decode_load(8, 704))
    assert made.blocks * replica.sequence_bytes(16) <= replica.pool_bytes


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"model": "llama-3-70b"}, "take more chips for each replica, or narrower weights"),
        ({"chip": "tpu-v5e"}, "take more chips for each replica"),
        ({"chip": "tpu-v5e", "chips": 2, "chips_per_replica": 2}, "on 1 or 4 or 8 chips, not on 2"),
    ],
)
def test_what_does_not_fit_says_what_to_do(settings, says):
    with pytest.raises(ValueError, match=says):
        copy_for(Settings(**settings))


def test_two_pools_share_the_replicas_by_their_work():
    apart = Settings(chips=8, prefill="disaggregated")
    counts = {mix: prefill_replicas(apart.but(mix=mix)) for mix in ("long-prompts", "long-answers")}
    assert counts["long-prompts"] > counts["long-answers"] >= 1
    pools = pools_for(apart)
    assert pools.prefill.replicas + pools.decode.replicas == 8
    many = apart.but(chips=16, shared_prefix=2000)
    assert [prefill_replicas(many.but(mix=mix)) for mix in ("chat", "mixed")] == [9, 7]
    assert prefill_replicas(many.but(mix="mixed", shared_prefix=0)) == 4


def test_its_rent_is_a_dated_offer():
    assert rent_for(Settings(chips=8)).offer.day
