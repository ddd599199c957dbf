"""Continuous batching on traces small enough to follow by hand."""

import pytest

from serving.plain import ask, scheduler, step
from tokenworks.serving.batch import Moves
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.outcome import Made, Outcome


def test_a_freed_slot_is_taken_in_the_very_next_step():
    short, long, third = ask(most=1), ask(most=3), ask(most=1)
    made = scheduler(short, long, third)
    assert step(made)[1] == [short]
    assert step(made)[0] == [(3, 1, True), (0, 3, True)]
    assert step(made)[1] == [long]
    assert made.schedule(9.0) is None


def test_a_token_budget_cuts_the_prompt_and_leaves_the_decodes_alone():
    made = scheduler(ask(prompt=1, most=9), ask(prompt=7, most=9), max_batch_tokens=4)
    assert step(made)[0] == [(0, 1, True), (0, 3, False)]
    assert step(made)[0] == [(1, 1, True), (3, 3, False)]
    assert step(made)[0] == [(2, 1, True), (6, 1, True)]


def test_without_a_budget_a_prompt_is_read_whole_beside_the_decodes():
    made = scheduler(ask(prompt=1, most=9), ask(prompt=700, most=9), blocks=400)
    assert step(made)[0] == [(0, 1, True), (0, 700, True)]


def test_the_last_in_line_makes_room_and_reads_its_text_again():
    first, second = ask(prompt=4, most=4), ask(prompt=4, most=4)
    made = scheduler(first, second, blocks=2)
    assert step(made)[0] == [(0, 4, True), (0, 4, True)]
    assert step(made)[0] == [(4, 1, True)]
    assert (second.status, second.preemptions, second.generated) == ("waiting", 1, 1)
    while second.status == "waiting":
        ran, _ = step(made)
    assert ran == [(0, 5, True)]
    assert second.generated == 2


@pytest.mark.parametrize("preemption", ["recompute", "swap"])
def test_a_batch_names_whom_it_preempted(preemption):
    first, second = ask(prompt=4, most=4), ask(prompt=4, most=4)
    host = BlockPool(4, 4) if preemption == "swap" else None
    made = scheduler(first, second, blocks=2, host=host, preemption=preemption)
    assert made.schedule(0.0).preempted == ()
    made.postprocess(made.schedule(0.0), [1.0])
    batch = made.schedule(1.0)
    assert batch.preempted == (second,)
    assert [work.request for work in batch.work] == [first]


def drafted(made, **drafts):
    """Run one step after which so many tokens are drafted, by request id."""
    batch = made.schedule(0.0)
    made.postprocess(batch, [1.0], Outcome(drafted={r: drafts[r.id] for r in made.running}))


def test_drafts_come_after_every_decode_and_before_prompts_as_far_as_the_budget_goes():
    rows = [ask(prompt=2, most=9, id="a"), ask(prompt=2, most=9, id="b"), ask(prompt=9, most=2)]
    made = scheduler(*rows, max_batch=3, max_batch_tokens=4)
    drafted(made, a=4, b=1)
    ran = [(work.tokens, work.drafts) for work in made.schedule(1.0).work]
    assert ran == [(3, 2), (1, 0)]  # 4 in all; the third prompt waits
    assert made.drafted == {}


def test_nobody_is_preempted_for_a_guess_and_none_is_made_beyond_the_last_token():
    first, second = ask(prompt=4, most=4, id="a"), ask(prompt=3, most=2, id="b")
    made = scheduler(first, second, blocks=3)
    drafted(made, a=3, b=3)
    batch = made.schedule(1.0)
    assert [(work.tokens, work.drafts) for work in batch.work] == [(3, 2), (1, 0)]
    assert batch.preempted == ()
    outcome = Outcome(made={first: Made(1, 0)})
    made.postprocess(batch, [2.0], outcome)
    assert (first.computed, first.generated, len(first.blocks)) == (5, 2, 2)


def test_rejected_drafts_give_their_blocks_up_and_a_preempted_one_forgets_them():
    first = ask(prompt=4, most=12, id="a")
    made = scheduler(first, blocks=4)
    drafted(made, a=8)
    batch = made.schedule(1.0)
    assert len(first.blocks) == 4
    made.postprocess(batch, [2.0], Outcome(made={first: Made(3, 2)}, drafted={first: 2}))
    assert (first.computed, first.token_seconds, len(first.blocks)) == (7, [1.0, 2.0, 2.0, 2.0], 2)
    made.preempt(first, Moves([], [], [], []))
    assert [work.drafts for work in made.schedule(2.0).work] == [0]
