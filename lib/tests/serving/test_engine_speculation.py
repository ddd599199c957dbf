"""Speculation in the engine: what is drafted changes no text, and the cache is rolled back."""

import numpy as np
import pytest
from speculation.random_draft import random_draft

from serving.guesses import Told, answers, told
from serving.served import (
    HOT,
    STRATEGIES,
    Ticks,
    compilations,
    engine_of,
    family,
    prompt,
    same_as_alone,
    traffic,
)
from tokenworks.model import GREEDY
from tokenworks.model.forward_pass import hidden_states
from tokenworks.serving.driver import drive
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.text_requests import TextRequest
from tokenworks.speculation import EagleDraft, Speculation

JOINING = [each for each in STRATEGIES if "batching" not in each]
V = 262


@pytest.mark.parametrize("strategy", JOINING, ids=str)
@pytest.mark.parametrize("blocks", [12, 40])
def test_every_text_is_what_it_would_be_alone(tiny, strategy, blocks):
    rows = traffic()
    engine = engine_of(tiny, strategy, blocks=blocks, speculation=told(tiny, rows))
    run = engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    assert engine.pool.free_blocks == blocks
    assert engine.drafting.counts.tokens_per_pass > 1.5
    if blocks == 12 and not strategy.get("reserve"):
        assert sum(row.preemptions for row in run.requests) > 0
    budget = strategy.get("max_batch_tokens")
    assert budget is None or max(s.useful_tokens for s in run.segments) <= budget


@pytest.mark.parametrize("strategy", JOINING, ids=str)
@pytest.mark.parametrize("blocks", [12, 40])
def test_prefixes_and_forks_are_shared_as_ever(tiny, strategy, blocks):
    rows = family()
    shares = strategy | {"share_prefixes": True}
    engine = engine_of(tiny, shares, blocks=blocks, speculation=told(tiny, rows, gamma=5))
    engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    assert engine.pool.free_blocks == blocks
    assert engine.scheduler.sharing.hits > 0
    assert sum(engine.drafting.counts.accepted) > 0


@pytest.mark.parametrize("gamma", [1, 2, 5])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 16])
def test_runs_end_and_are_rolled_back_at_every_edge_of_a_block(tiny, size, gamma):
    rows = [
        TextRequest(prompt_ids=prompt(i, 3 + i), max_tokens=13, sampling=s, ignore_eos=True)
        for i, s in enumerate([GREEDY, HOT, GREEDY])
    ]
    speculation = told(tiny, rows, gamma=gamma, wrong=lambda at: at in (4, 5, 9))
    engine = Engine(
        tiny,
        Policy(max_batch=3, share_prefixes=True),
        context_tokens=20,
        blocks=3 * -(-20 // size),
        block_size=size,
        speculation=speculation,
    )
    engine.serve(rows)
    same_as_alone(tiny, rows)
    assert engine.pool.free_blocks == engine.pool.blocks


@pytest.mark.parametrize("gamma", [1, 3, 4])
def test_a_perfect_draft_gives_all_its_tokens_and_one_more_and_a_wrong_one_one(tiny, gamma):
    for wrong, each in ((lambda at: False, gamma + 1), (lambda at: True, 1)):
        rows = [
            TextRequest(
                prompt_ids=prompt(i, 5), max_tokens=1 + 2 * (gamma + 1), sampling=s, ignore_eos=True
            )
            for i, s in enumerate([GREEDY, HOT])
        ]
        engine = engine_of(
            tiny, {"max_batch": 2}, speculation=told(tiny, rows, gamma=gamma, wrong=wrong)
        )
        run = engine.serve(rows)
        same_as_alone(tiny, rows)
        assert engine.drafting.counts.tokens_per_pass == each
        assert run.steps == 1 + 2 * (gamma + 1) // each
        assert engine.drafting.counts.acceptance == (each > 1)


def test_a_draft_is_cut_where_the_budget_is_short(tiny):
    rows = traffic(8)
    strategy = {"max_batch": 4, "max_batch_tokens": 5}
    engine = engine_of(tiny, strategy, blocks=40, speculation=told(tiny, rows, gamma=4))
    drafts, run = [], engine.runner.run

    def listen(batch):
        drafts.extend(work.drafts for work in batch.work if work.decodes)
        assert batch.useful_tokens <= 5
        return run(batch)

    engine.runner.run = listen
    engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    assert len(set(drafts)) > 2


def test_no_step_compiles_after_warm_up(tiny):
    rows = traffic(6)
    engine = engine_of(tiny, {"max_batch": 4}, speculation=told(tiny, rows))
    engine.warm_up()
    with compilations() as seen:
        engine.serve(rows, clock=Ticks())
    assert seen == []
    same_as_alone(tiny, rows)


@pytest.mark.parametrize("strategy", JOINING[:4], ids=str)
def test_cancelling_one_leaves_the_others_as_they_are(tiny, strategy):
    rows = traffic(5)
    engine = engine_of(tiny, strategy, speculation=told(tiny, rows))
    step, gone = iter(range(100)), rows[1]

    def execute(turn):
        outcome = engine.run(turn.batch)
        if next(step) == 4:
            engine.scheduler.cancel(gone, turn.now)
        return [turn.now + 0.2], outcome

    drive(engine.scheduler, rows, execute)
    same_as_alone(tiny, [row for row in rows if row is not gone])
    assert engine.pool.free_blocks == engine.pool.blocks


class Watching(Told):
    """A draft that wants to see the states, and keeps them by prompt."""

    needs_states = True

    def start(self, prompt_ids):
        self.sequences = getattr(self, "sequences", {})
        self.sequences[tuple(prompt_ids)] = made = super().start(prompt_ids)
        return made


@pytest.mark.parametrize("strategy", [JOINING[0], JOINING[1], JOINING[4]], ids=str)
def test_a_draft_that_needs_states_has_seen_those_of_all_known_tokens_but_the_last(tiny, strategy):
    rows = traffic(8)
    draft = Watching(V, answers(tiny, rows), wrong=lambda at: at % 4 == 2)
    engine = engine_of(tiny, strategy, speculation=Speculation(draft, 3))
    engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    for row in rows:
        ids = [*row.prompt_ids, *row.output_ids]
        wanted = np.asarray(hidden_states(tiny.weights, tiny.spec, np.array([ids])))[0]
        seen = draft.sequences[tuple(row.prompt_ids)].seen
        covered = set()
        for start, states in seen:
            np.testing.assert_allclose(
                states, wanted[start : start + len(states)], rtol=1e-3, atol=1e-3
            )
            covered |= set(range(start, start + len(states)))
        assert covered >= set(range(len(ids) - 4))
        assert max(covered) < len(ids)


@pytest.mark.parametrize("shared", [False, True])
def test_a_draft_layer_runs_on_the_states_that_the_engine_tells(tiny, shared):
    """With shared prefixes some states never come; the text is the same."""
    asked = {"max_tokens": 12, "sampling": GREEDY, "ignore_eos": True}
    rows = [
        TextRequest(prompt_ids=prompt(9, 10) + prompt(i, 4), arrival_seconds=3.0 * i, **asked)
        for i in range(5)
    ]
    draft = EagleDraft(tiny, random_draft(tiny), np.arange(0, V, 3))
    strategy = JOINING[0] | {"share_prefixes": shared}
    engine = engine_of(tiny, strategy, speculation=Speculation(draft, 3))
    engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    assert sum(engine.drafting.counts.drafted) > 0
    assert (engine.scheduler.sharing.hits > 0) == shared


def test_what_cannot_be_speculated_is_refused(tiny):
    with pytest.raises(ValueError, match="only continuous batching speculates, not static"):
        engine_of(tiny, STRATEGIES[-2], speculation=Speculation(Told(V, [])))
    with pytest.raises(ValueError, match="the draft's vocabulary has 7 tokens, the model's 262"):
        engine_of(tiny, {"max_batch": 2}, speculation=Speculation(Told(7, [])))
    narrow = engine_of(tiny, {"max_batch": 2}).buckets
    with pytest.raises(ValueError, match="largest of decode_widths is 1; a step may need 5"):
        engine_of(tiny, {"max_batch": 2}, buckets=narrow, speculation=Speculation(Told(V, [])))
