"""Beam search on pages finds what it finds without a cache, and holds no block too many."""

import dataclasses
from collections import Counter
from functools import partial
from itertools import chain

import jax
import numpy as np
import pytest

from serving.served import STRATEGIES, compilations, engine_of, prompt
from tokenworks.model import GREEDY
from tokenworks.model.forward_pass import forward
from tokenworks.model.sampling import log_probabilities
from tokenworks.serving.beam import beam_search
from tokenworks.serving.buckets import Buckets
from tokenworks.serving.engine import Engine
from tokenworks.serving.model_runner import ModelRunner
from tokenworks.serving.policy import Policy
from tokenworks.serving.text_requests import TextRequest

WIDTH, ANSWER = 40, 14


@pytest.fixture(scope="module")
def mild(tiny):
    """The tiny model with a wide choice: its logits scaled until several tokens are probable."""
    fused = {**tiny.fused, "final_norm": tiny.fused["final_norm"] * 0.05}
    return dataclasses.replace(tiny, fused=fused)


@pytest.fixture(scope="module")
def after(mild):
    """Return the way to the log probabilities after a text, computed without cache or pages."""
    run = jax.jit(partial(forward, mild.weights, mild.spec))

    def of(ids):
        padded = np.array([[*ids, *[0] * (WIDTH - len(ids))]])
        return log_probabilities(np.asarray(run(padded))[0, len(ids) - 1])

    return of


def ending_with(lm, eos_id):
    return dataclasses.replace(lm, tokenizer=dataclasses.replace(lm.tokenizer, eos_id=eos_id))


def by_hand(after, prompt_ids, *, beams, length_penalty, eos_id):
    """Beam search by its definition: every text is recomputed, and no search ends early."""
    running, ended = [(0.0, [])], []
    for length in range(1, ANSWER + 1):
        grown = []
        for logprob, ids in running:
            scores = after([*prompt_ids, *ids])
            grown += [(logprob + scores[token], [*ids, token]) for token in range(scores.size)]
        best = sorted(grown, key=lambda each: -each[0])[: 2 * beams]
        stop = [each for each in best[:beams] if each[1][-1] == eos_id or length == ANSWER]
        ended += [(logprob / length**length_penalty, logprob, ids) for logprob, ids in stop]
        running = [each for each in best if each[1][-1] != eos_id][:beams]
    return sorted(ended, key=lambda each: -each[0])[:beams]


def engine_with(lm, block_size, *, blocks=60):
    sizes = {"blocks": blocks, "block_size": block_size, "context_tokens": WIDTH}
    few = Buckets(decodes=(6,), prompts=1, widths=(16,), contexts=(WIDTH,))
    return Engine(lm, Policy(max_batch=6, share_prefixes=True), **sizes, buckets=few)


CASES = [
    {"beams": 1, "block_size": 4, "prompt": 9},
    {"beams": 2, "block_size": 1, "prompt": 5},
    {"beams": 3, "block_size": 4, "prompt": 8, "length_penalty": 2.0},
    {"beams": 4, "block_size": 16, "prompt": 20, "length_penalty": 0.0},
    {"beams": 6, "block_size": 4, "prompt": 1, "length_penalty": -0.5},
]


@pytest.mark.parametrize("case", [c | {"ends": e} for e in (False, True) for c in CASES], ids=str)
def test_it_finds_what_the_definition_finds(mild, after, case):
    ids, ends, penalty = (
        prompt(case["beams"], case["prompt"]),
        case["ends"],
        case.get("length_penalty", 1.0),
    )
    eos_id = int(np.argsort(-after(ids))[1]) if ends else None  # early in some answers, not in all
    lm = ending_with(mild, eos_id) if ends else mild
    wanted = by_hand(after, ids, beams=case["beams"], length_penalty=penalty, eos_id=eos_id)
    engine = engine_with(lm, case["block_size"])
    how = {"beams": case["beams"], "length_penalty": penalty, "ignore_eos": not ends}
    found = beam_search(engine, ids, max_tokens=ANSWER, **how).hypotheses
    assert [each.ids for each in found] == [each[2] for each in wanted]
    np.testing.assert_allclose([each.logprob for each in found], [w[1] for w in wanted], rtol=1e-5)
    np.testing.assert_allclose([each.score for each in found], [w[0] for w in wanted], rtol=1e-5)
    for each in found:
        assert each.stop_reason == ("eos" if each.ids[-1] == eos_id else "length")
    assert engine.pool.free_blocks == engine.pool.blocks


@pytest.fixture
def steps(monkeypatch):
    """What each call of an engine's `logits` was asked, and what it gave."""
    seen, real = [], ModelRunner.logits

    def logits(engine, work, copies=()):
        refs = [engine.pool.refs(block) for block in range(engine.pool.blocks)]
        out = real(engine, work, copies)
        texts = [(w.request.prompt_ids, tuple(w.request.blocks)) for w in work]
        seen.append((texts, copies, refs, out))
        return out

    monkeypatch.setattr(ModelRunner, "logits", logits)
    return seen


def test_siblings_part_without_harm_and_no_block_is_held_too_many(mild, after, steps):
    engine, ids = engine_with(mild, 4), prompt(4, 6)
    other = engine.pool.allocate(5)  # somebody else's
    found = beam_search(engine, ids, beams=4, max_tokens=ANSWER, ignore_eos=True)
    assert (engine.pool.free_blocks, len(found.steps)) == (55, ANSWER - 1)
    late = 0
    for (texts, copies, refs, out), held in zip(steps[1:], found.steps, strict=True):
        tables = [blocks for _, blocks in texts]
        counts = Counter(chain(*tables))
        assert refs == [1 if block in other else counts[block] for block in range(60)]
        assert held == (len(counts), sum(map(len, tables)), len(copies))
        for (text, blocks), logits in zip(texts, out, strict=True):
            assert len(blocks) == -(-len(text) // 4)
            assert counts[blocks[-1]] == 1  # it is written into
            np.testing.assert_allclose(log_probabilities(logits), after(text), atol=1e-4)
        for copy in copies:
            assert {copy.source, copy.target} <= counts.keys()
        late += len(copies) if len(texts[0][0]) > 7 else 0
    assert late > 3  # forks in mid-answer, not of the prompt alone
    assert 0.3 < found.saved < 0.75


def test_nothing_is_compiled_after_the_warm_up(mild):
    engine = engine_with(mild, 4, blocks=61)  # sizes of its own
    engine.warm_up()
    with compilations() as compiled:
        beam_search(engine, prompt(2, 21), beams=5, max_tokens=6)
    assert compiled == []


def test_a_search_beside_requests_changes_no_text(mild):
    engine = engine_with(mild, 4)
    row = TextRequest(prompt_ids=prompt(1, 9), max_tokens=8, sampling=GREEDY, ignore_eos=True)
    engine.scheduler.add(row)
    for second in range(8):
        engine.step()
        one = beam_search(engine, prompt(1, 9), beams=1, max_tokens=8, ignore_eos=True)
        assert one.hypotheses[0].ids[: second + 1] == row.output_ids
    assert row.stop_reason == "length"
    assert one.saved == 0


def test_a_search_ends_when_nothing_better_can_come(mild, after):
    ids = prompt(3, 7)
    engine = engine_with(ending_with(mild, int(np.argmax(after(ids)))), 4)
    found = beam_search(engine, ids, beams=1, max_tokens=30, length_penalty=0.0)
    assert [(h.stop_reason, len(h.ids)) for h in found.hypotheses] == [("eos", 1)]
    assert len(found.steps) < 3


def test_a_text_that_turns_out_certain_overtakes_one_that_has_ended(mild, monkeypatch):
    rows, eos = np.full((2, 1, 262), -50.0), mild.tokenizer.eos_id
    rows[0, 0, [eos, 7, 8]] = np.log([0.45, 0.40, 0.15])
    rows[1, 0, 7] = 0.0  # once chosen, nothing else follows
    monkeypatch.setattr(ModelRunner, "logits", lambda engine, work, *_: rows[min(work[0].start, 1)])
    how = {"beams": 1, "max_tokens": ANSWER, "length_penalty": 0.1}
    (best,) = beam_search(engine_with(mild, 4), [5], **how).hypotheses
    assert best.ids == [7] * ANSWER  # ln 0.40 / 14^0.1 = -0.70, for eos ln 0.45 = -0.80
    assert best.score == pytest.approx(np.log(0.4) / ANSWER**0.1)


@pytest.mark.parametrize(
    "refusal",
    [
        ({"beams": 7}, ValueError, "from 1 to 6, got 7"),
        ({"beams": 0}, ValueError, "from 1 to 6, got 0"),
        ({"length_penalty": float("nan")}, ValueError, "length_penalty must be a finite number"),
        ({"max_tokens": 35}, ValueError, "has 6 tokens and may grow by 35; the context holds 40"),
        ({"beams": 6, "max_tokens": 19}, MemoryError, "beams may need 31 blocks, 30 are free"),
    ],
)
def test_what_cannot_be_finished_is_refused_before_anything_runs(mild, steps, refusal):
    (bad, error, message), engine = refusal, engine_with(mild, 4)
    engine.pool.allocate(30)
    with pytest.raises(error, match=message):
        beam_search(engine, prompt(4, 6), **({"beams": 2, "max_tokens": 4} | bad))
    assert (engine.pool.free_blocks, steps) == (30, [])


def test_request_level_batching_is_refused(tiny):
    with pytest.raises(ValueError, match="beams come and go as in continuous batching, not stat"):
        beam_search(engine_of(tiny, STRATEGIES[-2]), [5], beams=2, max_tokens=2)


@pytest.mark.parametrize("call", [0, 4])
def test_an_error_leaves_no_block_behind(mild, monkeypatch, call):
    engine, calls, real = engine_with(mild, 4), [], ModelRunner.logits

    def logits(*args):
        calls.append(args)
        out = real(*args)
        return out * np.nan if len(calls) > call else out

    monkeypatch.setattr(ModelRunner, "logits", logits)
    with pytest.raises(FloatingPointError, match="the logits after a beam are no numbers"):
        beam_search(engine, prompt(4, 6), beams=3, max_tokens=8, ignore_eos=True)
    assert (engine.pool.free_blocks, len(calls)) == (60, call + 1)
