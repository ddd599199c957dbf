"""Shared prefixes on traces small enough to follow by hand; blocks hold four tokens."""

import pytest

from serving.by_hand import ask, scheduler, step
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.outcome import Outcome


@pytest.mark.parametrize(
    ("prompt", "start"),
    [
        (10, 8),
        (9, 8),
        (8, 4),  # the last token is always computed
        (4, 0),
        ([*range(10), 99], 8),
        ([*range(7), 99, 8, 9], 4),
        ([99, *range(1, 10)], 0),
        ([4, 5, 6, 7, 8, 9, 10, 11, 12], 0),  # a block of the first, but at another place
    ],
)
def test_a_prompt_starts_after_the_full_blocks_that_another_computed(prompt, start):
    first, second = ask(12, most=9), ask(prompt)
    made = scheduler(first)
    step(made)
    made.add(second)
    assert step(made)[0][second] == (start, second.prompt_tokens - start)
    assert second.blocks[: start // 4] == first.blocks[: start // 4]
    assert set(second.blocks[start // 4 :]).isdisjoint(first.blocks)
    assert second.cached_tokens == start
    assert (made.sharing.queries, made.sharing.hits) == (12 + second.prompt_tokens, start)


def test_what_is_not_computed_yet_is_not_shared():
    first, second, third = ask(10), ask(10), ask(10)
    made = scheduler(first, second, max_batch=3, max_batch_tokens=14)
    assert step(made)[0] == {first: (0, 10), second: (0, 4)}
    made.add(third)
    assert step(made)[0] == {first: (10, 1), second: (4, 6), third: (8, 2)}


def test_without_the_policy_equal_prompts_are_computed_twice():
    first, second = ask(most=9), ask()
    made = scheduler(first, share_prefixes=False)
    step(made)
    made.add(second)
    assert step(made)[0][second] == (0, 10)
    assert made.sharing.queries == 0


def test_a_finished_text_is_found_until_its_blocks_are_wanted():
    made = scheduler(ask(9, most=1), blocks=4)
    step(made)
    assert made.pool.free_blocks == 4
    again = ask(9, most=1)
    made.add(again)
    assert step(made)[0] == {again: (8, 1)}
    made.add(ask([7] * 12, most=1))  # takes two empty blocks, and the end of the text
    step(made)
    last = ask(9, most=1)
    made.add(last)
    assert step(made)[0] == {last: (4, 5)}


def test_a_kept_block_that_comes_to_use_again_is_one_free_block_less():
    made = scheduler(ask(8, most=1), blocks=3)
    step(made)
    other, again = ask([7], most=2), ask(9, most=1)
    made.add(other)
    step(made)
    assert made.pool.free_blocks == 2
    made.add(again)  # two kept blocks and one fresh one: three
    assert step(made)[0] == {other: (1, 1)}
    assert step(made)[0] == {again: (8, 1)}


def test_a_preempted_request_finds_its_own_blocks_again():
    first, second = ask([5] * 4, most=5), ask(9, most=4)
    made = scheduler(first, second, blocks=4)
    step(made)
    assert step(made)[0] == {first: (4, 1)}  # takes the block with the second's last token
    assert second.preemptions == 1
    while second.status == "waiting":
        ran, _ = step(made)
    assert ran[second] == (8, 2)
    assert second.cached_tokens == 0  # it found none when it first came


def test_who_is_swapped_out_drops_its_shares_and_comes_back_with_blocks_of_its_own():
    first, second = ask(8, most=7), ask(9, most=6)
    made = scheduler(first, blocks=4, host=BlockPool(8, 4), preemption="swap")
    step(made)
    made.add(second)
    assert step(made)[0] == {first: (8, 1), second: (8, 1)}
    shared = second.blocks[:2]
    assert shared == first.blocks[:2]
    while second.status == "running":
        step(made)
    assert [made.pool.refs(block) for block in shared] == [1, 1]
    while second.status == "swapped":
        ran, _ = step(made)
    assert ran == {second: (12, 1)}
    assert [made.pool.refs(block) for block in second.blocks] == [1] * 4


@pytest.mark.parametrize("budget", [None, 8], ids=["whole", "in chunks"])
def test_what_a_request_that_ended_in_an_error_computed_is_not_found(budget):
    first, second = ask(12, most=9), ask(12)
    made = scheduler(first, max_batch_tokens=budget)
    while not first.done:
        batch = made.schedule(0.0)
        made.postprocess(batch, [1.0], Outcome({first: "error"}))
    assert (made.pool.free_blocks, made.pool.kept) == (64, ())
    made.add(second)
    assert step(made)[0][second][0] == second.cached_tokens == 0
