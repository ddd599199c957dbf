"""Pools as they are said, and at work."""

import pytest

from serving.cluster.drawn import config
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool, RunningPool
from tokenworks.serving.cluster.ports import wire
from tokenworks.serving.cluster.routers import PrefixAware, RoundRobin
from tokenworks.serving.cluster.tiers import Tier

TIER = Tier(name="DRAM", capacity_bytes=9, line=wire(1))
REMOTE = Tier(name="remote", capacity_bytes=9, line=wire(1), shared=True)


def test_each_run_has_a_router_of_its_own():
    named = ReplicaPool(config=config(), router="round-robin", saturation=3)
    assert isinstance(named.new_router(), RoundRobin)
    assert named.new_router() is not named.new_router()
    assert named.new_router().saturation == 3
    made = ReplicaPool(config=config(), router=lambda: PrefixAware(prefix_blocks=2))
    assert made.new_router().prefix_blocks == 2


def test_own_stores_are_each_replicas_and_shared_ones_everybodys():
    pool = RunningPool("all", ReplicaPool(config=config(), tiers=(TIER, REMOTE)))
    first, second = pool.add(0), pool.add(1)
    assert [store.tier for store in first.offload.stores] == [TIER, REMOTE]
    assert first.offload.stores[0] is not second.offload.stores[0]
    assert first.offload.stores[1] is second.offload.stores[1]
    assert first.offload.stores[0].block_bytes == 4


def test_only_who_hands_over_has_a_port_of_its_own():
    pool = ReplicaPool(config=config())
    prefill, decode = RunningPool("prefill", pool, wire(1)), RunningPool("decode", pool)
    one, two, other = prefill.add(0), prefill.add(1), decode.add(2)
    assert one.port is not two.port
    assert (one.only_prefill, other.only_prefill, other.port) == (True, False, None)
    one.port.send(5.0, 0.0)
    assert (prefill.transfer_bytes, decode.transfer_bytes) == (5.0, 0.0)


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"replicas": 0}, ValueError, "replicas must be a whole number from 1"),
        ({"router": "best"}, KeyError, "no router 'best'; known: round-robin, "),
        ({"router": RoundRobin, "saturation": 3}, ValueError, "saturation goes with a router's "),
        ({"tiers": (TIER,), "config": config(share_prefixes=False)}, ValueError, "share_prefixes"),
        ({"tiers": (TIER,), "config": config(kv_bytes_per_token=0)}, ValueError, "tiers hold byte"),
    ],
)
def test_impossible_pools_are_refused(changed, error, says):
    with pytest.raises(error, match=says):
        ReplicaPool(**({"config": config()} | changed))


def test_a_wire_needs_bytes_and_tiers_belong_where_prompts_are_read():
    pool, blank = ReplicaPool(config=config()), ReplicaPool(config=config(kv_bytes_per_token=0))
    with pytest.raises(ValueError, match="give prefill's ReplicaConfig kv_bytes_per_token"):
        Disaggregated(prefill=blank, decode=pool, wire=wire(1))
    tiers = ReplicaPool(config=config(), tiers=(TIER,))
    with pytest.raises(ValueError, match="the tiers belong there"):
        Disaggregated(prefill=pool, decode=tiers, wire=wire(1))
