"""Prefixes and forks on the real executor: what is shared changes no text and is computed once."""

import pytest

from serving.drawn import BLOCK_SIZE
from serving.served import STRATEGIES, Ticks, engine_of, family, prompt, same_as_alone
from tokenworks.model import GREEDY
from tokenworks.serving.text_requests import TextRequest

JOINING = [each for each in STRATEGIES if "batching" not in each]


def watched(engine):
    """Return the list to which each batch is added that the engine runs from now on."""
    batches, run = [], engine.runner.run

    def listen(batch):
        batches.append(batch)
        return run(batch)

    engine.runner.run = listen
    return batches


def positions(batches):
    return sum(work.tokens for batch in batches for work in batch.work)


@pytest.mark.parametrize("strategy", JOINING, ids=str)
@pytest.mark.parametrize("blocks", [12, 40])
def test_what_begins_alike_says_what_it_would_say_alone(tiny, strategy, blocks):
    engine = engine_of(tiny, strategy | {"share_prefixes": True}, blocks=blocks)
    batches, rows = watched(engine), family()
    engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    assert engine.pool.free_blocks == blocks
    assert engine.scheduler.sharing.hits > 0
    if blocks == 40:
        assert any(batch.copies for batch in batches)
    elif not strategy.get("reserve"):
        assert sum(row.preemptions for row in rows) > 0


def test_forks_need_no_policy_and_request_level_batching_reads_their_prompts_anew(tiny):
    for strategy, copied in (({"max_batch": 4}, True), (STRATEGIES[-2], False)):
        engine, rows = engine_of(tiny, strategy, blocks=40), family(4)
        batches = watched(engine)
        engine.serve(rows, clock=Ticks())
        same_as_alone(tiny, rows)
        assert any(batch.copies for batch in batches) == copied


def test_a_shared_system_prompt_is_computed_once(tiny):
    system, questions = prompt(7, 3 * BLOCK_SIZE + 1), [prompt(i, 4) for i in range(5)]
    rows = [
        TextRequest(prompt_ids=system + asked, max_tokens=3, sampling=GREEDY, ignore_eos=True)
        for asked in questions
    ]
    computed = {}
    for shared in (False, True):
        engine = engine_of(tiny, {"max_batch": 4, "share_prefixes": shared}, blocks=40)
        batches = watched(engine)
        for row in rows:
            fresh = TextRequest(
                prompt_ids=row.prompt_ids, max_tokens=3, sampling=GREEDY, ignore_eos=True
            )
            engine.serve([fresh])
            same_as_alone(tiny, [fresh])
        computed[shared] = positions(batches)
    whole = 13 + 4 + 2  # the last of three tokens is not run
    assert computed == {False: 5 * whole, True: 5 * whole - 4 * 3 * BLOCK_SIZE}


def test_the_answers_to_one_prompt_compute_it_once(tiny):
    parent = TextRequest(prompt_ids=prompt(3, 18), max_tokens=6, sampling=GREEDY, ignore_eos=True)
    forks = [
        TextRequest(
            prompt_ids=prompt(3, 18), max_tokens=6, sampling=GREEDY, ignore_eos=True, fork_of=parent
        )
        for _ in range(3)
    ]
    engine = engine_of(tiny, {"max_batch": 4}, blocks=40)
    batches = watched(engine)
    engine.serve([parent, *forks])
    assert positions(batches) == 18 + 3 + 4 * 5  # a fork runs the prompt's last token again
    assert sum(len(batch.copies) for batch in batches) == 3
    assert [row.output_ids for row in forks] == [parent.output_ids] * 3
