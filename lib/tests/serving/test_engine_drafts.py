"""Every draft of the package in the engine: with shared prefixes, preemption and its own caches."""

import dataclasses

import numpy as np
import pytest
from speculation.random_draft import random_draft

from serving.guesses import told
from serving.served import Ticks, engine_of, family, same_as_alone, traffic
from tokenworks.model import GREEDY, transpose_weights
from tokenworks.speculation import (
    EagleDraft,
    PromptLookup,
    Speculation,
    SuffixLookup,
    early_exit,
    quantized_draft,
)

V = 262
SOME = np.arange(0, V, 3)
DRAFTS = {
    "prompt lookup": lambda lm: PromptLookup(V, least=1),
    "suffix lookup": lambda lm: SuffixLookup(V, least=1),
    "early exit": lambda lm: early_exit(lm, 1),
    "quantized": lambda lm: quantized_draft(lm, 8),
    "eagle": lambda lm: EagleDraft(lm, random_draft(lm), SOME),
}


@pytest.mark.parametrize("strategy", [{}, {"preemption": "swap", "max_batch_tokens": 8}], ids=str)
@pytest.mark.parametrize("name", DRAFTS)
def test_greedy_texts_are_what_they_would_be_alone(tiny, name, strategy):
    rows = [row for row in (*traffic(6), *family(3)) if row.fork_of is None]
    for row in rows:
        row.sampling = GREEDY
    shared = {"max_batch": 4, "share_prefixes": True} | strategy
    engine = engine_of(tiny, shared, speculation=Speculation(DRAFTS[name](tiny), 3))
    engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    assert engine.pool.free_blocks == engine.pool.blocks
    assert sum(engine.drafting.counts.drafted) > 0


def test_weights_stored_for_several_tokens_say_the_same(tiny):
    rows = traffic(5)
    lm = dataclasses.replace(tiny, fused=transpose_weights(tiny.fused))
    engine_of(lm, {"max_batch": 4}, speculation=told(tiny, rows)).serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
