"""Steps that check guesses: how many stand, how long a step is, and what it computes."""

import pytest

from serving.cluster.drawn import ask
from tokenworks.cost.mixed_step import decode_load
from tokenworks.cost.speculation import tokens_per_pass
from tokenworks.serving.batch import Batch, Work
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.drafted_clock import Drafts, checked_load, drafting
from tokenworks.serving.driver import drive
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler


def guesses(chance, tokens=3):
    return Drafts(tokens=tokens, chance=chance, seconds=lambda sequences, context: 0.5)


@pytest.mark.parametrize("chance", [0.0, 0.4, 0.7, 1.0])
def test_as_many_stand_as_the_formula_says(chance):
    drafts, request, made = guesses(chance), ask(4, 4, id="r7"), []
    for place in range(20_000):
        request.generated = place
        made.append(1 + drafts.accepted(request, 3))
    assert sum(made) / len(made) == pytest.approx(tokens_per_pass(chance, 3), rel=0.02)


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_answers_are_whole_and_no_longer(chance):
    sent = [ask(6, most, at=0.0, id=f"r{most}") for most in (1, 2, 7, 16)]
    scheduler = Scheduler(Policy(max_batch=4, share_prefixes=True), BlockPool(60, 4))
    run = drive(scheduler, sent, drafting(lambda load: 1.0, guesses(chance)))
    assert [r.generated for r in sent] == [1, 2, 7, 16]
    assert all(len(r.token_seconds) == r.generated for r in sent)
    assert scheduler.pool.free_blocks == 60
    assert run.segments[0].end_seconds == 1.0  # nothing is guessed while prompts are read
    assert run.segments[1].end_seconds == 2.5
    assert len(run.segments) == (16 if chance == 0 else len(run.segments))


def test_guesses_are_rows_of_their_decodes():
    request = ask(8, 9)
    alone = Batch((Work(request, 10, 4, True, 3),), 1)
    load = checked_load(alone)
    assert (load.prompts, load.prompt_pairs, load.new_tokens, load.logit_rows) == (0, 0, 4, 4)
    assert load.pairs == 11 + 12 + 13 + 14
    mixed = checked_load(Batch((*alone.work, Work(ask(8), 0, 8, True)), 2))
    assert (mixed.prompts, mixed.prompt_pairs, mixed.pairs) == (1, 36, 36 + 14)
    plain = Batch((Work(request, 10, 1, True),), 1)
    assert checked_load(plain) == plain.load == decode_load(1, 11)


def test_no_chance_is_above_one():
    with pytest.raises(ValueError, match="chance"):
        guesses(1.5)
    with pytest.raises(ValueError, match="must take some time"):
        drive(
            Scheduler(Policy(max_batch=4), BlockPool(60, 4)),
            [ask(6, 2)],
            drafting(lambda load: 0.0, guesses(0.5)),
        )
