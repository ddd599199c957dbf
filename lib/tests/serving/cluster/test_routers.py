"""Who gets a request, in cases small enough to follow by hand."""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import pytest

from serving.cluster.drawn import BLOCK_SIZE, ask, config
from tokenworks.serving.cluster.pools import ReplicaPool
from tokenworks.serving.cluster.routers import ROUTERS, PrefixAware, router
from tokenworks.serving.cluster.simulation import simulate_cluster


@dataclass
class Place:
    number: int
    load: int = 0
    cached: int = 0
    blocks: int = 100
    block_size: int = field(default=BLOCK_SIZE)

    def cached_blocks(self, request):
        return self.cached


def places(*loads):
    return [Place(number, load) for number, load in enumerate(loads)]


def told(name, targets, prompts, **given):
    """Return where a router sends these prompts, one after the other, loads as they are."""
    made = router(name, **given)
    return [made.route(ask(prompt), targets).number for prompt in prompts], made.spilled


def test_round_robin_goes_on_where_it_was():
    made, targets = router("round-robin"), places(9, 0, 0)
    assert [made.route(ask(), targets).number for _ in range(5)] == [0, 1, 2, 0, 1]
    del targets[2]  # gone: nobody is sent there, and the turn goes on
    assert [made.route(ask(), targets).number for _ in range(3)] == [0, 1, 0]


def test_least_request_counts_and_then_numbers():
    assert told("least-request", places(2, 1, 1), [8]) == ([1], 0)


@pytest.mark.parametrize("name", ["prefix-aware", "kv-aware"])
def test_the_same_prefix_goes_to_the_same_replica_until_it_is_saturated(name):
    targets = places(0, 0, 0, 0)
    made = router(name, saturation=3)
    home = made.route(ask(range(16)), targets)
    for _ in range(3):
        assert made.route(ask(range(16)), targets) is home
        home.load += 1
    other = made.route(ask(range(16)), targets)
    assert other is not home
    assert made.spilled == 1
    home.load = 0
    assert made.route(ask(range(16)), targets) is home


def test_without_a_threshold_nothing_spills_and_with_all_saturated_the_least_loaded_has_it():
    assert told("prefix-aware", places(*[99] * 4), [range(16)] * 3)[1] == 0
    went, spilled = told(
        "kv-reported", [Place(0, 7, 5), Place(1, 9), Place(2, 6)], [8], saturation=5
    )
    assert (went, spilled) == ([2], 1)


def test_prefixes_stay_where_they_are_when_a_replica_comes():
    prompts = [range(start, start + 8) for start in range(0, 4000, 10)]
    before, _ = told("prefix-aware", places(*[0] * 4), prompts)
    after, _ = told("prefix-aware", places(*[0] * 5), prompts)
    moved = [new for old, new in zip(before, after, strict=True) if old != new]
    assert set(moved) == {4}
    assert len(moved) == pytest.approx(len(prompts) / 5, rel=0.25)
    assert min(Counter(before).values()) > len(prompts) / 4 * 0.75


def test_only_the_first_blocks_count_for_a_hash():
    targets = places(*[0] * 8)
    made = PrefixAware(prefix_blocks=2)
    went = {made.route(ask([*range(8), tail, 1, 2, 3]), targets).number for tail in range(50)}
    assert len(went) == 1
    went = {
        router("prefix-aware").route(ask([*range(8), tail, 1, 2, 3]), targets).number
        for tail in range(50)
    }
    assert len(went) > 4


def test_a_prompt_without_a_full_block_goes_where_the_load_is_least():
    for name in ("prefix-aware", "kv-aware", "kv-reported"):
        assert told(name, places(1, 0, 1), [2]) == ([1], 0)


def test_kv_aware_follows_the_longest_match_and_forgets_who_is_gone():
    targets = places(0, 1, 2)
    made = router("kv-aware")
    assert made.route(ask(range(16)), targets).number == 0  # nobody knows it: least load
    targets[0].load = 9
    assert made.route(ask([*range(8), 99, 98, 97, 96]), targets).number == 0  # two blocks match
    made.forget(0)
    assert made.route(ask(range(16)), targets).number == 1


def test_kv_aware_remembers_no_more_than_a_replica_has_blocks():
    targets = places(0, 1)
    for target in targets:
        target.blocks = 4
    made = router("kv-aware")
    first = made.route(ask(range(16)), targets)
    made.route(ask(range(100, 116)), [first])
    assert made.tree.match(ask(range(16)).block_keys(BLOCK_SIZE, 4)) == {}


def test_kv_reported_asks_the_replicas():
    targets = [Place(0, 0, 1), Place(1, 5, 3), Place(2, 4, 3)]
    assert told("kv-reported", targets, [16]) == ([2], 0)


def test_a_client_stays_where_it_is_and_comes_back_after_spilling_over():
    targets, made = places(0, 1, 2), router("sticky", saturation=5)
    assert made.route(ask(client="a"), targets).number == 0
    targets[0].load = 4
    assert made.route(ask(client="a"), targets).number == 0
    targets[0].load = 5
    assert made.route(ask(client="a"), targets).number == 1
    targets[0].load = 0
    assert made.route(ask(client="a"), targets).number == 0
    made.forget(0)
    targets[0].load = 4
    assert made.route(ask(client="a"), targets).number == 1
    assert made.route(ask(), targets).number == 1
    assert made.home == {"a": 1}


def test_an_unknown_router_and_an_impossible_threshold_are_refused():
    with pytest.raises(KeyError, match=f"no router 'kv'; known: {', '.join(ROUTERS)}"):
        router("kv")
    with pytest.raises(ValueError, match="saturation must be a whole number from 1"):
        router("sticky", saturation=0)
    with pytest.raises(ValueError, match="no replica is ready"):
        router("sticky").route(ask(), [])
    with pytest.raises(ValueError, match="prefix_blocks must be a whole number from 1"):
        PrefixAware(prefix_blocks=0)


def test_what_a_router_is_worth():
    # Four prompts, each asked again and again: alone at one replica, or on all of them.
    rows = [
        ask(range(100 * kind, 100 * kind + 16), 2, at=float(again * 4 + kind) * 9)
        for again in range(4)
        for kind in range(4)
    ]
    shares = {}
    for name in ("round-robin", "kv-aware", "kv-reported", partial(PrefixAware, prefix_blocks=4)):
        pool = ReplicaPool(config=config(), replicas=3, router=name)
        asked = [ask(row.prompt_ids, 2, at=row.arrival_seconds) for row in rows]
        run = simulate_cluster(asked, pool)
        shares[name if isinstance(name, str) else "prefix-aware"] = run.hit_share
    best = 12 / 16 * 12 / 16  # three of four askings, three of four blocks: one token is computed
    assert shares["kv-aware"] == shares["kv-reported"] == shares["prefix-aware"] == best
    assert shares["round-robin"] == pytest.approx(1 / 16 * 12 / 16 * 4)
