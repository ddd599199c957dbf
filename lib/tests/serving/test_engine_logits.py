"""Paged equals dense: every logit that an engine chooses by is the uncached model's."""

from functools import partial

import jax
import numpy as np
import pytest

from serving.served import HOT, STRATEGIES, Ticks, engine_of, family
from tokenworks.model.forward_pass import forward
from tokenworks.serving.text_requests import TextRequest

WIDTH = 40  # all texts are padded to the context, and compiled once


@pytest.fixture
def seen(monkeypatch):
    """The logits that each request has chosen by."""
    found, real = {}, TextRequest.choose

    def choose(self, logits, eos_id, **drafted):
        found.setdefault(self, []).append(np.array(logits))
        return real(self, logits, eos_id, **drafted)

    monkeypatch.setattr(TextRequest, "choose", choose)
    return found


def dense(lm):
    """Return the way to all logits of a text, computed without cache or pages."""
    run = jax.jit(partial(forward, lm.weights, lm.spec))

    def of(request):
        ids = [*request.prompt_ids, *request.output_ids]
        logits = run(np.array([ids + [0] * (WIDTH - len(ids))]))[0]
        return logits[request.prompt_tokens - 1 : len(ids) - 1]

    return of


CASES = [(each, "jax") for each in STRATEGIES]
CASES += [(STRATEGIES[place], "pallas") for place in (0, 6)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_paged_is_dense(tiny, seen, case):
    (strategy, attention), of = case, dense(tiny)
    strategy = strategy | {"share_prefixes": "batching" not in strategy}
    engine, rows = engine_of(tiny, strategy, blocks=12, attention=attention), family(4)
    for row in rows:
        row.sampling = HOT
    engine.serve(rows, clock=Ticks())
    assert len(seen) == len(rows) == 8
    for row, logits in seen.items():
        np.testing.assert_allclose(np.stack(logits), of(row), rtol=1e-4, atol=1e-4)
