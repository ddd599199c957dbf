"""The law of what a speculating engine says is the plain one: counted over many answers.

Scheduler, drafting and verification are the engine's own; its passes are replaced by logits that
are known for every text, so that the law can be added up and the answers are many.
"""

import math
from collections import Counter
from functools import cache
from statistics import NormalDist

import numpy as np
import pytest

from serving.guesses import Drawing
from serving.served import engine_of
from tokenworks.model import Sampling
from tokenworks.model.sampling import probabilities
from tokenworks.serving import text_requests
from tokenworks.serving.drafted_runs import Passed
from tokenworks.serving.ragged import Scores
from tokenworks.serving.text_requests import TextRequest
from tokenworks.speculation import Speculation, replacement

TOKENS, LENGTH = 5, 4  # that can come, and of an answer
MANY, FEWER = 5000, 1000  # answers: 20,000 tokens, and 4,000
WAYS = {
    "temperature 1": Sampling(),
    "top-k and top-p": Sampling(temperature=1.3, top_k=4, top_p=0.9),
    "min-p": Sampling(temperature=0.7, min_p=0.02),
}


@cache
def logits_after(text, vocab_size):
    """Return the logits after an answer so far: five tokens can come, each text has its own."""
    found = np.full(vocab_size, -np.inf)
    found[:TOKENS] = np.random.default_rng([3, *text]).normal(0, 1.5, TOKENS)
    return found


class Known:
    """Stands for the passes of a runner: the logits of every row, by the text before it."""

    def __init__(self, vocab_size):
        self.vocab_size = vocab_size

    def __call__(self, each):
        placed, rows = [], []
        for work in (*each.decodes, *each.prompts):
            placed.append((work, 0, len(rows)))
            text = [*work.request.output_ids, *work.request.drafted.tokens[: work.drafts].tolist()]
            before = len(text) - work.drafts
            rows += [
                logits_after(tuple(text[: before + at]), self.vocab_size)
                for at in range(work.drafts + 1)
            ]
        logits = np.stack(rows)
        return Passed(placed, None, Scores(logits.argmax(1), np.ones(len(rows), bool), logits))


def answers(lm, sampling, *, gamma, count, schedule="fixed"):
    """Return what an engine says to many requests that differ in their seeds alone."""
    draft = Drawing(np.random.default_rng(8).normal(0, 1, lm.spec.vocab_size) - 1e9)
    draft.logits[:TOKENS] = [1.0, 0.5, 0.0, -0.5, 1.5]
    speculation = Speculation(draft, gamma, schedule)
    engine = engine_of(lm, {"max_batch": 8, "max_batch_tokens": 20}, speculation=speculation)
    engine.runner._forward = Known(lm.spec.vocab_size)
    rows = [
        TextRequest(
            prompt_ids=[5],
            max_tokens=LENGTH,
            ignore_eos=True,
            sampling=Sampling(**{**vars(sampling), "seed": seed}),
        )
        for seed in range(count)
    ]
    engine.serve(rows, clock=iter(range(10**9)).__next__)
    assert 0 < engine.drafting.counts.acceptance < 1
    return Counter(tuple(row.output_ids) for row in rows)


def law(sampling, vocab_size):
    """Return the probability of every answer, added up along its tokens."""
    texts = {(): 1.0}
    for _ in range(LENGTH):
        texts = {
            (*text, token): chance * float(probs[token])
            for text, chance in texts.items()
            for probs in [probabilities(logits_after(text, vocab_size), sampling)]
            for token in np.flatnonzero(probs).tolist()
        }
    return texts


def p_value(counts, probs):
    """Return how probable counts are that are at least as far from their law (chi-square).

    Rare texts are counted together. The tail is Wilson and Hilferty's, good to some percent.
    """
    total = sum(counts.values())
    rare = [text for text in probs if probs[text] * total < 5]
    groups = [([text], probs[text]) for text in probs if text not in set(rare)]
    groups += [(rare, sum(probs[text] for text in rare))] if rare else []
    assert set(counts) <= set(probs)
    distance = sum(
        (sum(counts[text] for text in texts) - total * chance) ** 2 / (total * chance)
        for texts, chance in groups
    )
    free = len(groups) - 1
    z = ((distance / free) ** (1 / 3) - 1 + 2 / (9 * free)) / math.sqrt(2 / (9 * free))
    return NormalDist().cdf(-z)


@pytest.mark.parametrize(("way", "gamma"), [(way, 3) for way in WAYS] + [("temperature 1", 1)])
def test_drafts_that_are_drawn_leave_the_law_as_it_is(tiny, way, gamma):
    count = FEWER if gamma == 1 or WAYS[way] != Sampling() else MANY
    counts = answers(tiny, WAYS[way], gamma=gamma, count=count)
    found = p_value(counts, law(WAYS[way], tiny.spec.vocab_size))
    print(f"{way}, gamma {gamma}: p = {found:.3f}")
    assert found > 0.01


def test_a_length_that_adapts_leaves_it_too(tiny):
    counts = answers(tiny, Sampling(), gamma=3, count=FEWER, schedule="heuristic")
    assert p_value(counts, law(Sampling(), tiny.spec.vocab_size)) > 0.01


def test_the_popular_mistake_is_found(tiny, monkeypatch):
    def wrong(*drafted, rng):
        return replacement(*drafted, rng=rng, replace=lambda p, q: p)

    monkeypatch.setattr(text_requests, "replacement", wrong)
    counts = answers(tiny, Sampling(), gamma=3, count=FEWER)
    assert p_value(counts, law(Sampling(), tiny.spec.vocab_size)) < 1e-6
