"""What must hold of every trace when tokens are drafted and chance says which of them stand."""

from random import Random

import pytest
from cost.drawn import BEARTYPE
from hypothesis import given, settings

from serving.alike import Contents, alike
from serving.drawn import SEEDS, requests, schedulers, sharers
from serving.guesses import Guesser
from serving.test_sharing_properties import check_books
from tokenworks.serving.driver import drive

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
MANY = settings(max_examples=80)


def watched(scheduler, rows, look, *, seed):
    """Drive the scheduler with drawn drafts and show every turn to `look` before it runs."""
    guesser = Guesser(Random(seed))

    def execute(turn):
        look(turn, guesser)
        return guesser(turn)

    return drive(scheduler, rows, execute)


@MANY
@given(schedulers(joins=True), requests(), SEEDS)
def test_no_token_is_lost_or_made_twice_and_no_block_leaks(scheduler, rows, seed):
    pool, host = scheduler.pool, scheduler.memory.host_pool

    def look(turn, _):
        check_books(scheduler)
        for work in turn.batch.work:
            assert len(work.request.blocks) >= pool.blocks_for(work.start + work.tokens)
            assert work.start == work.request.computed
            assert work.emits == (work.start + work.tokens - work.drafts == known(work.request))

    run = watched(scheduler, rows, look, seed=seed)
    for request in run.requests:
        assert request.generated == request.limit == len(request.token_seconds)
        assert request.token_seconds == sorted(request.token_seconds)
        assert not request.blocks
        assert not request.host_blocks
    assert pool.free_blocks == pool.blocks
    assert host is None or host.free_blocks == host.blocks


@MANY
@given(schedulers(joins=True), requests(), SEEDS)
def test_between_steps_a_decoding_request_holds_what_its_computed_tokens_need(
    scheduler, rows, seed
):
    guesser, pool = Guesser(Random(seed)), scheduler.pool

    def execute(turn):
        for work in turn.batch.work:
            blocks = len(work.request.blocks)
            decodes = work.start >= work.request.prompt_tokens
            if decodes and not (scheduler.policy.reserve or work.request.preemptions):
                assert blocks == pool.blocks_for(work.start + work.tokens)
        return guesser(turn)

    drive(scheduler, rows, execute)


@MANY
@given(schedulers(joins=True), requests(), SEEDS)
def test_drafts_are_cut_and_not_requests_and_only_where_something_is_short(scheduler, rows, seed):
    budget = scheduler.policy.max_batch_tokens

    def look(turn, guesser):
        spent, worked = turn.batch.useful_tokens, {work.request for work in turn.batch.work}
        assert budget is None or spent <= budget
        assert all(r in worked for r in scheduler.running if r.missing_tokens == 1)
        for request, start, _, _, drafts in turn.batch.work:
            asked = guesser.asked.get(request, 0)
            assert drafts <= asked
            at_end = start + 1 + drafts == request.prompt_tokens + request.max_tokens - 1
            full = scheduler.pool.free_blocks == 0
            dropped = request in turn.batch.preempted
            assert drafts == asked or at_end or full or dropped or spent == budget

    watched(scheduler, rows, look, seed=seed)


@MANY
@given(sharers(), alike(), SEEDS)
def test_what_did_not_stand_is_read_by_nobody_and_found_by_nobody(scheduler, rows, seed):
    guesser, contents, size = Guesser(Random(seed)), Contents(scheduler), scheduler.pool.block_size

    def execute(turn):
        check_books(scheduler)
        for request, start, tokens, _, _ in turn.batch.work:
            written = request.blocks[start // size : (start + tokens - 1) // size + 1]
            assert all(scheduler.pool.writable(block) for block in written)
        times, outcome = guesser(turn)
        contents.run(turn.batch, outcome.made)
        contents.forget_the_empty()
        return times, outcome

    drive(scheduler, rows, execute)
    assert scheduler.pool.free_blocks == scheduler.pool.blocks
    assert all(row.generated == row.limit for row in rows)


def known(request):
    return request.prompt_tokens + request.generated
