"""Tiers by hand: who is written where, who leaves first, what a load takes."""

import pytest
from cost.drawn import BEARTYPE
from hypothesis import given
from hypothesis import strategies as st

from serving.cluster.drawn import BLOCK_SIZE, ask, config
from tokenworks.data.chip_memory import level
from tokenworks.serving.cluster.pools import ReplicaPool
from tokenworks.serving.cluster.ports import wire
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.cluster.tiers import Offload, Store, Tier, host_tiers

pytestmark = pytest.mark.filterwarnings(BEARTYPE)


def tier(name="DRAM", blocks=3, rate=8, **more):
    return Tier(name=name, capacity_bytes=blocks * 4, line=wire(rate), **more)


def offload(*blocks):
    return Offload([Store(tier(str(n), n), 4) for n in blocks])


def keys(text):
    return [letter.encode() for letter in text]


def held(made):
    return ["".join(key.decode() for key in store.keys) for store in made.stores]


def test_the_least_recently_used_moves_on_and_the_end_of_a_prefix_first():
    made = offload(3, 2)
    made.put(keys("abc"))
    assert held(made) == ["cba", ""]
    made.put(keys("xy"))  # the end of the older prefix goes down
    assert held(made) == ["ayx", "cb"]
    made.put(keys("a"))
    made.put(keys("z"))
    assert held(made) == ["xaz", "by"]
    assert [store.written_blocks for store in made.stores] == [6, 3]


def test_what_is_loaded_is_a_prefix_from_the_fastest_store_that_has_it():
    made = offload(3, 2)
    made.put(keys("abc"))
    made.put(keys("xy"))
    assert [store.tier.name for store in made.stored(keys("abc"))] == ["3", "2", "2"]
    assert made.stored(keys("zab")) == []
    assert made.find(b"q") is None


def test_stores_send_at_once_each_in_its_own_line():
    fast, slow = Store(tier("DRAM", 2, rate=8), 4), Store(tier("NVMe", 9, rate=2), 4)
    made = Offload([fast, slow])
    made.put(keys("abcd"))
    assert held(made) == ["ba", "dc"]
    assert made.load(keys("abcd"), 10.0) == 10.0 + 2 * 4 / 2  # the slow one's two blocks
    assert (fast.loaded_blocks, slow.loaded_blocks) == (2, 2)
    assert fast.port.busy_seconds == 2 * 4 / 8
    assert held(made) == ["ba", "badc"]  # the slow one keeps what it has room for
    assert made.load(keys("cd"), 11.0) == 14.0 + 2 * 4 / 2  # after the first load
    slow, fast = Store(tier("NVMe", 2, rate=2), 4), Store(tier("DRAM", 9, rate=8), 4)
    made = Offload([slow, fast])
    made.put(keys("abcd"))
    assert made.load(keys("abcd"), 10.0) == 10.0 + 2 * 4 / 2  # the one that was asked first


@given(st.lists(st.text("abcd", max_size=5), max_size=20), st.integers(1, 4), st.integers(0, 4))
def test_no_store_holds_more_than_it_has_room_for(prefixes, first, second):
    made = offload(first, *([second] if second else []))
    for prefix in prefixes:
        made.put(keys("".join(dict.fromkeys(prefix))))
        assert all(len(store.keys) <= store.blocks for store in made.stores)
        if prefix:
            assert made.stores[0].keys.get(prefix[0].encode(), "away") is None


def two_askings(tiers, *, blocks=5):
    """Return a run in which another prompt pushes the first one out before it comes again."""
    rows = [ask(range(16), 2), ask(range(100, 116), 2, at=100.0), ask(range(16), 2, at=200.0)]
    pool = ReplicaPool(
        config=config(blocks=blocks, step=lambda load: float(load.new_tokens)), tiers=tiers
    )
    return simulate_cluster(rows, pool)


def test_a_prefix_comes_back_from_a_tier_and_its_load_is_waited_for():
    cold, warm = two_askings(()), two_askings((tier(blocks=9),))
    assert cold.requests[2].token_seconds[0] == 216.0
    # three blocks of four bytes at 8 a second, then the four tokens of the last block
    assert warm.requests[2].token_seconds[0] == 200.0 + 12 / 8 + 4
    assert warm.requests[2].cached_tokens == 12
    assert (warm.loaded_bytes, cold.loaded_bytes) == ({"DRAM": 12.0}, {})
    assert warm.written_bytes == {"DRAM": 8 * 4.0}


def test_what_the_chip_still_has_is_not_loaded():
    warm = two_askings((tier(blocks=9),), blocks=60)
    assert warm.loaded_bytes == {"DRAM": 0.0}
    assert warm.requests[2].token_seconds[0] == 204.0


def test_a_shared_tier_serves_a_replica_that_never_saw_the_prompt():
    rows = [ask(range(16), 2), ask(range(16), 2, at=30.0)]
    times = {}
    for shared in (False, True):
        asked = [ask(row.prompt_ids, 2, at=row.arrival_seconds) for row in rows]
        made = config(step=lambda load: float(load.new_tokens))
        tiers = (tier("remote", 9, shared=shared),)
        pool = ReplicaPool(config=made, replicas=2, router="round-robin", tiers=tiers)
        times[shared] = simulate_cluster(asked, pool).requests[1].token_seconds[0]
    assert times == {False: 46.0, True: 30.0 + 12 / 8 + 4}


def test_rates_are_those_of_the_tables():
    dram, nvme, remote = host_tiers("h100-sxm", dram_bytes=1e11, nvme_bytes=4e12, remote_bytes=1e13)
    assert [each.name for each in (dram, nvme, remote)] == ["DRAM", "NVMe", "remote"]
    assert dram.line.seconds(1e9) == pytest.approx(1e9 / level("h100-sxm-host").bytes_per_s)
    disk = level("h100-sxm-ssd")
    assert nvme.line.seconds(1e9) == pytest.approx(1e9 / disk.bytes_per_s + disk.latency_seconds)
    assert remote.line.seconds(12.5e9) == pytest.approx(1.0)
    assert (dram.shared, nvme.shared, remote.shared) == (False, False, True)
    assert dram.line.seconds(1e9) < nvme.line.seconds(1e9) < remote.line.seconds(1e9)
    assert host_tiers("h100-sxm", dram_bytes=1, nvme_bytes=0)[0].capacity_bytes == 1


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="capacity_bytes must be a finite number above 0"):
        tier(blocks=0)
    with pytest.raises(ValueError, match="block_bytes must be a finite number above 0"):
        Store(tier(), 0)
    with pytest.raises(KeyError, match="h100-sxm-host"):
        host_tiers("h100", dram_bytes=1, nvme_bytes=0)
    assert BLOCK_SIZE == 4  # of one byte a token
