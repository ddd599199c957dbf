"""Conversations: every prompt is what was said before and a little more."""

from itertools import pairwise

import pytest

from serving.cluster import drawn
from serving.cluster.drawn import config
from tokenworks.serving.cluster.conversation_load import Conversations, conversations
from tokenworks.serving.cluster.pools import ReplicaPool
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.lengths import fixed, uniform

KIND = Conversations(
    turns=uniform(1, 4),
    user_tokens=uniform(1, 9),
    answer_tokens=uniform(1, 9),
    systems=2,
    system_tokens=8,
    think_seconds=3.0,
)


def talked(*, seed=1, replicas=2, router="sticky", kind=KIND):
    first, follow_up = conversations(1, 30, kind=kind, seed=seed)
    pool = ReplicaPool(config=config(blocks=500, max_batch=8), replicas=replicas, router=router)
    return simulate_cluster(first, pool, follow_up=follow_up)


def by_client(run):
    turns = {}
    for request in sorted(run.requests, key=lambda r: r.arrival_seconds):
        turns.setdefault(request.client, []).append(request)
    return turns


def test_a_turn_begins_with_all_that_was_said():
    turns = by_client(talked())
    assert len(turns) == 30
    assert {len(each) for each in turns.values()} == {1, 2, 3, 4}
    for each in turns.values():
        for earlier, later in pairwise(each):
            known = earlier.ids(0, 10_000)
            assert len(known) == earlier.known_tokens
            assert later.ids(0, len(known)) == known
            assert later.prompt_tokens > len(known)
            assert later.arrival_seconds >= earlier.finished_seconds
            assert len(set(later.text)) == len(later.text)


def test_only_the_system_prompt_is_shared():
    firsts = [each[0].text for each in by_client(talked()).values()]
    assert {tuple(text[:8]) for text in firsts} == {tuple(text[:8]) for text in firsts[:9]}
    assert len({tuple(text[:8]) for text in firsts}) == 2
    rest = [token for text in firsts for token in text[8:]]
    assert len(set(rest)) == len(rest)


def test_what_is_said_depends_on_the_seed_alone():
    def words(run):
        return {client: [r.text for r in each] for client, each in by_client(run).items()}

    assert words(talked()) == words(talked(replicas=1, router="round-robin"))
    assert words(talked()) != words(talked(seed=2))


def test_the_next_turn_finds_the_answer_in_the_cache():
    kind = Conversations(turns=fixed(2), user_tokens=fixed(4), answer_tokens=fixed(9))
    for each in by_client(talked(kind=kind, replicas=1)).values():
        _, second = each
        assert (second.prompt_tokens, second.cached_tokens) == (4 + 9 + 4, 12)


def test_keys_that_are_taken_over_are_those_of_the_tokens():
    for request in talked().requests:
        fresh = drawn.ask(request.ids(0, request.prompt_tokens), 1)
        blocks = request.prompt_tokens // 4
        assert request.block_keys(4, blocks) == fresh.block_keys(4, blocks)


def test_impossible_conversations_are_refused():
    for changed, says in (({"systems": 0}, "systems"), ({"system_tokens": -1}, "system_tokens")):
        parts = {"turns": fixed(1), "user_tokens": fixed(1), "answer_tokens": fixed(1)}
        with pytest.raises(ValueError, match=f"{says} must be a whole number"):
            conversations(1, 1, kind=Conversations(**(parts | changed)), seed=0)
