"""The laws of the trained draft along a recorded text are those that it guesses from."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.draft_traces import DRAWN, GREEDY, Passed, passed
from benchmarks.record_speculation import KINDS
from benchmarks.self_fed_laws import self_fed_laws
from tokenworks.data.speculation_trace import LENGTH, LONGEST, speculation_traces
from tokenworks.model import LanguageModel, load
from tokenworks.model.generation import encode_prompt
from tokenworks.speculation import trained_draft

pytestmark = pytest.mark.model
KIND = "code"
ROUNDING = 0.02  # another processor rounds otherwise


@pytest.fixture(scope="module")
def lm():
    return load()


def recorded(temperature):
    wanted = {"kind": KIND, "temperature": temperature}
    (text,) = (t["ids"] for t in speculation_traces()["texts"] if wanted.items() <= t.items())
    trained = wanted | {"draft": "trained"}
    (trace,) = (t for t in speculation_traces()["traces"] if trained.items() <= t.items())
    return text, trace


def laws_along(lm: LanguageModel, text: list[int], sampling) -> tuple[list[int], Passed, list]:
    """Return the prompt, what the model saw, and the draft's laws from every start."""
    prompt, chat = KINDS[KIND]
    ids = list(encode_prompt(lm, prompt, chat=chat))
    seen = passed(lm.fused, lm.spec, [*ids, *text], sampling=sampling)
    given = {"states": seen.states, "places": LONGEST + 1, "sampling": sampling}
    return ids, seen, list(self_fed_laws(trained_draft(lm), ids, text, **given))


def test_the_best_of_each_law_is_what_was_guessed(lm):
    text, trace = recorded(0)
    _, _, laws = laws_along(lm, text, GREEDY)
    assert len(laws) == LENGTH
    judged = [range(min(run + 1, LONGEST)) for run in trace["runs"]]
    pairs = [
        (int(laws[start][k].argmax()), trace["guesses"][start][k])
        for start, places in enumerate(judged)
        for k in places
    ]
    same = sum(found == guessed for found, guessed in pairs)
    assert same >= (1 - ROUNDING) * len(pairs)


def test_a_law_is_the_one_that_a_sequence_draws_from(lm):
    text, trace = recorded(1)
    ids, seen, laws = laws_along(lm, text, DRAWN)
    sequence, rng = trained_draft(lm).start(ids), np.random.default_rng(3)
    deepest = 0
    for start in range(LENGTH):
        known = [*ids, *text[:start]]
        sequence.observe(seen.states[: len(known) - 1], start=0)
        found = sequence.propose(known, LONGEST, sampling=DRAWN, rng=rng)
        follows = [a == b for a, b in zip(found.tokens, text[start:], strict=False)]
        same = [*follows, False].index(False)
        deepest = max(deepest, same)
        for k in range(min(same + 1, LONGEST)):
            np.testing.assert_allclose(laws[start][k], found.probs[k], atol=1e-4)
        for law, row in zip(trace["chains"][start], laws[start], strict=False):
            tokens, q = [each[0] for each in law["rows"]], [each[2] for each in law["rows"]]
            np.testing.assert_allclose(row[tokens], q, atol=ROUNDING)
    assert deepest > 1, "no run went on by itself: another seed"
