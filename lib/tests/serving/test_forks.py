"""Forks of a prompt on traces small enough to follow by hand; blocks hold four tokens."""

import pytest

from serving.by_hand import ask, scheduler, step
from tokenworks.serving.batch import Copy


def test_a_fork_copies_only_the_last_block_of_the_prompt_and_reads_one_token():
    parent, made = ask(10, most=4), scheduler(share_prefixes=False)
    forks = [ask(10, most=4, fork_of=parent) for _ in range(2)]
    for request in (parent, *forks):
        made.add(request)
    assert made.waiting == 3
    assert step(made) == ({parent: (0, 10)}, ())
    ran, copies = step(made)
    assert ran == {parent: (10, 1), forks[0]: (9, 1), forks[1]: (9, 1)}
    assert copies == tuple(Copy(fork, parent.blocks[2], fork.blocks[2]) for fork in forks)
    assert [made.pool.refs(block) for block in parent.blocks] == [3, 3, 1]
    assert all(fork.blocks[:2] == parent.blocks[:2] for fork in forks)
    assert [fork.cached_tokens for fork in forks] == [9, 9]


@pytest.mark.parametrize(
    ("prompt", "start", "copied"), [(8, 7, 1), (9, 8, 0), (2, 1, 1), (1, 0, 0)]
)
def test_a_block_is_copied_when_part_of_it_is_of_use(prompt, start, copied):
    parent = ask(prompt, most=9)
    made = scheduler(parent, share_prefixes=False)
    step(made)
    fork = ask(prompt, most=9, fork_of=parent)
    made.add(fork)
    ran, copies = step(made)
    assert ran[fork] == (start, 1)
    assert len(copies) == copied
    assert set(fork.blocks[start // 4 :]).isdisjoint(parent.blocks)


@pytest.mark.parametrize(
    ("prompt", "most", "count"), [(10, 3, 4), (8, 9, 3), (1, 6, 5), (17, 1, 2)]
)
def test_forks_take_what_the_arithmetic_says(prompt, most, count):
    parent = ask(prompt, most=most + 1)  # it is one token ahead of them
    forks = [ask(prompt, most=most, fork_of=parent) for _ in range(count - 1)]
    made = scheduler(parent, *forks, max_batch=count, share_prefixes=False)
    common = (prompt - 1) // 4
    peak = 0
    while made.running or made.waiting:
        batch = made.schedule(0.0)
        own = sum(-(-(w.start + w.tokens) // 4) - common for w in batch.work)
        assert made.pool.blocks - made.pool.free_blocks == common + own
        peak = max(peak, common + own)
        made.postprocess(batch, [1.0])
    longest = -(-(prompt + most - 1) // 4) - common
    assert peak == common + (count - 1) * longest + -(-(prompt + most) // 4) - common
    assert made.pool.free_blocks == made.pool.blocks


def test_a_fork_waits_for_a_free_block_and_preempts_nobody():
    parent, other = ask(6, most=4), ask([7] * 4, most=3)
    fork = ask(6, most=2, fork_of=parent)
    made = scheduler(parent, other, fork, blocks=4, share_prefixes=False)
    step(made)
    assert step(made)[0] == {parent: (6, 1), other: (4, 1)}  # the last block is the other's
    assert fork.status == "waiting"
    step(made)
    assert (other.status, fork.status) == ("finished", "waiting")
    assert step(made)[0] == {parent: (8, 1), fork: (5, 1)}
    assert parent.preemptions == 0


def test_a_fork_of_a_parent_that_is_gone_is_a_request_like_others():
    parent = ask(10, most=1)
    fork, late = ask(10, fork_of=parent), ask(10, fork_of=parent)
    made = scheduler(parent, fork, share_prefixes=False)
    step(made)
    made.add(late)
    assert step(made) == ({fork: (0, 10), late: (0, 10)}, ())


def test_a_fork_takes_the_longer_of_what_its_parent_holds_and_what_the_cache_knows():
    parent = ask(10, most=1)
    made = scheduler(parent)
    step(made)
    made.add(fork := ask(10, most=9, fork_of=parent))
    assert step(made) == ({fork: (8, 2)}, ())  # the parent is gone, its full blocks are not
    made.add(last := ask(10, most=9, fork_of=fork))
    assert step(made)[0][last] == (9, 1)


def test_a_cancelled_parent_lets_its_forks_go():
    parent, made = ask(10), scheduler(share_prefixes=False)
    forks = [ask(10, fork_of=parent) for _ in range(2)]
    for request in (parent, *forks):
        made.add(request)
    made.cancel(forks[0], 0.0)
    assert made.waiting == 2
    made.cancel(parent, 0.0)
    assert step(made)[0] == {forks[1]: (0, 10)}


def test_a_parent_that_makes_room_in_mid_prompt_lets_its_forks_go():
    first, parent = ask([7] * 2, most=9), ask(8)
    made = scheduler(first, blocks=4, max_batch=2, max_batch_tokens=2, share_prefixes=False)
    step(made)
    made.add(parent)
    made.add(ask(8, fork_of=parent))
    for _ in range(6):
        assert step(made)[0][parent][1] == 1
        assert (made.waiting, made.queue.ready) == (1, 0)
    assert step(made)[0] == {first: (8, 1)}  # takes a third block: two are too few for the parent
    assert (made.waiting, made.queue.ready) == (2, 2)


def test_a_fork_of_a_fork_starts_after_it():
    first = ask(10, most=9)
    second = ask(10, most=9, fork_of=first)
    third = ask(10, most=9, fork_of=second)
    made = scheduler(first, second, third, share_prefixes=False)
    step(made)
    assert third not in step(made)[0]
    ran, copies = step(made)
    assert ran[third] == (9, 1)
    assert copies == (Copy(third, second.blocks[2], third.blocks[2]),)


def test_copies_of_one_step_run_at_once_so_none_reads_what_another_writes():
    first, other = ask(10, most=12), ask([7] * 4, most=4)
    second = ask(10, most=9, fork_of=first)
    third = ask(10, most=9, fork_of=second)
    made = scheduler(first, other, second, third, blocks=6, share_prefixes=False)
    copies = []
    while len(copies) < 2:  # the second is put out, and comes back together with the third
        _, copies = step(made)
    assert second.preemptions == 1
    assert [(copy.request, copy.source) for copy in copies] == [
        (second, first.blocks[2]),
        (third, first.blocks[2]),
    ]


def test_under_request_level_batching_a_fork_stands_ready_at_once():
    parent = ask(10)
    made = scheduler(
        parent,
        fork := ask(10, fork_of=parent),
        max_batch=2,
        share_prefixes=False,
        batching="static",
    )
    assert step(made)[0] == {parent: (0, 10), fork: (0, 10)}


def test_a_fork_beside_the_line_keeps_no_arrival_out():
    parent = ask(10, most=9)
    made = scheduler(parent, ask(10, fork_of=parent), max_batch_tokens=4)
    step(made)
    assert (made.waiting, made.takes_arrivals) == (1, True)
    made.add(ask(3))
    assert not made.takes_arrivals


def test_the_step_that_ends_a_prompt_runs_alone_where_others_wait_for_it():
    for shared, forks, steps in ((False, 0, 8), (True, 0, 1), (False, 1, 1)):
        parent = ask(1, most=8)
        made = scheduler(parent, share_prefixes=shared)
        for _ in range(forks):
            made.add(ask(1, fork_of=parent))
        assert made.steady_steps(made.schedule(0.0)) == steps


def test_it_runs_alone_also_where_a_fork_stands_ready():
    first, parent = ask([7] * 2, most=9), ask(9, most=3)
    made = scheduler(first, blocks=4, max_batch=2, max_batch_tokens=2, share_prefixes=False)
    step(made)
    made.add(parent)
    made.add(fork := ask(9, most=3, fork_of=parent))
    while parent.computed < 8:  # put out by the first in mid-prompt, and its fork let go
        step(made)
    assert (parent.preemptions, fork.status) == (1, "waiting")
    batch = made.schedule(0.0)  # one free block: too few for the fork by itself
    assert made.steady_steps(batch) == 1
    made.postprocess(batch, [1.0])
    assert step(made)[0] == {parent: (9, 1), fork: (8, 1)}


def test_a_fork_joins_in_the_step_in_which_its_parent_finds_its_prompt_computed():
    first, other = ask(10, most=12), ask([7] * 4, most=4)
    second = ask(10, most=9, fork_of=first)
    made = scheduler(first, other, second, blocks=6, share_prefixes=False)
    while not second.preemptions:
        step(made)
    made.add(third := ask(10, most=9, fork_of=second))
    while second.status != "running":
        assert third.status == "waiting"
        ran, _ = step(made)
    assert (ran[second][0], ran[third]) == (10, (9, 1))


def test_a_fork_comes_after_its_parent():
    with pytest.raises(ValueError, match="'dad' must be added before its fork 'son'"):
        scheduler(ask(10, id="son", fork_of=ask(10, id="dad")))


def test_nobody_is_added_twice():
    parent = ask(10)
    fork = ask(10, fork_of=parent)
    made = scheduler(parent, fork)
    for request in (parent, fork):
        with pytest.raises(ValueError, match="was added before"):
            made.add(request)
