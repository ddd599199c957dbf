"""A text whose numbers are no numbers harms no other, whatever it leaves in the pages."""

import dataclasses

import jax
import jax.numpy as jnp
import pytest

from serving.guesses import Told, answers
from serving.served import HOT, STRATEGIES, Ticks, engine_of, same_as_alone, traffic
from tokenworks.model import GREEDY
from tokenworks.serving.text_requests import TextRequest
from tokenworks.speculation import Speculation

BAD = 100  # a token that no other text meets


@pytest.fixture(scope="module")
def poisoned(tiny):
    """The tiny model, but what one token is looked up as is NaN."""
    embed = tiny.fused["embed"]
    changed = {"embed": embed.at[BAD].set(jnp.nan), "lm_head": embed}
    return dataclasses.replace(tiny, fused=tiny.fused | changed)


def bad(at, **settings):
    """A text that is NaN from its token `at` on."""
    ids = [5] * at + [BAD] + [7] * 3
    return TextRequest(prompt_ids=ids, max_tokens=6, ignore_eos=True, **settings)


@pytest.mark.parametrize("attention", ["jax", "pallas"])
def test_what_lies_in_pages_before_they_are_written_is_never_read(tiny, attention):
    engine, rows = engine_of(tiny, {"max_batch": 4}, attention=attention), traffic(5)
    runner = engine.runner
    runner.pages = jax.tree.map(lambda layer: jnp.full_like(layer, jnp.nan), runner.pages)
    engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)


@pytest.mark.parametrize("strategy", STRATEGIES[1:4:2] + STRATEGIES[-2:-1], ids=str)
def test_a_poisoned_text_ends_with_an_error_and_the_others_as_ever(poisoned, strategy):
    rows = [row for row in traffic(12) if BAD not in row.prompt_ids]
    ill = [
        bad(1, sampling=GREEDY),
        bad(9, sampling=HOT, arrival_seconds=0.25),
        bad(5, sampling=HOT, logprobs=2, arrival_seconds=0.55),
    ]
    engine = engine_of(poisoned, strategy)
    engine.serve(rows + ill, clock=Ticks())
    well = [row for row in rows if BAD not in row.output_ids]
    assert len(well) > 9
    same_as_alone(poisoned, well)
    for row in ill:
        assert (row.stop_reason, row.generated, row.text) == ("error", 1, "")
        assert row.output_ids == [poisoned.tokenizer.eos_id]
    assert engine.pool.free_blocks == engine.pool.blocks


def test_a_drafted_token_that_is_poison_harms_nobody_not_even_its_own_text(poisoned):
    rows = [row for row in traffic(12) if BAD not in row.prompt_ids]
    draft = Told(262, answers(poisoned, rows))
    for answer in draft.answers.values():
        answer[1::3] = [BAD] * len(answer[1::3])
    engine = engine_of(poisoned, {"max_batch": 4}, speculation=Speculation(draft, 3))
    engine.serve(rows, clock=Ticks())
    well = [row for row in rows if BAD not in row.output_ids]
    assert len(well) > 9
    same_as_alone(poisoned, well)
    assert engine.drafting.counts.passes > engine.drafting.counts.tokens  # some gave none
    assert engine.pool.free_blocks == engine.pool.blocks
