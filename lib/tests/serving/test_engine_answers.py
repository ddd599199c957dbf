import dataclasses

import jax
import numpy as np
import pytest

from serving.served import HOT, STRATEGIES, alone, engine_of, prompt, same_as_alone, traffic
from tokenworks.model import GREEDY, stream
from tokenworks.serving import model_runner
from tokenworks.serving.driver import drive
from tokenworks.serving.text_requests import TextRequest


def test_logits_stay_on_the_device_unless_a_request_wants_them(tiny, monkeypatch):
    class Staying:
        def __array__(self, *_, **__):
            raise AssertionError("the logits were fetched")

    def score_rows(*args, **settings):
        return real(*args, **settings)._replace(logits=Staying())

    real = model_runner.score_rows
    monkeypatch.setattr(model_runner, "score_rows", score_rows)
    rows = [dataclasses.replace(row, sampling=GREEDY) for row in traffic()]
    engine_of(tiny, {"max_batch": 4}).serve(rows)
    same_as_alone(tiny, rows)
    with pytest.raises(AssertionError, match="the logits were fetched"):
        engine_of(tiny, {"max_batch": 4}).serve(traffic())


def test_eos_ends_a_request_and_frees_its_place(tiny):
    ids = alone(tiny, tuple(prompt(0, 6)), max_tokens=20, sampling=HOT, ignore_eos=True).ids
    tokenizer = dataclasses.replace(tiny.tokenizer, eos_id=ids[4])
    lm = dataclasses.replace(tiny, tokenizer=tokenizer)
    rows = [
        TextRequest(prompt_ids=prompt(i, 6), max_tokens=20, sampling=HOT, ignore_eos=i == 2)
        for i in (0, 1, 2, 0)
    ]
    engine_of(lm, {"max_batch": 4}).serve(rows)
    same_as_alone(lm, rows)
    assert (rows[0].stop_reason, rows[0].generated) == ("eos", 1 + ids.index(ids[4]))
    assert rows[2].stop_reason == "length"


@pytest.mark.parametrize("strategy", STRATEGIES[-2:] + STRATEGIES[:1], ids=str)
def test_a_stop_string_ends_a_request(tiny, strategy):
    free = alone(tiny, tuple(prompt(1, 9)), max_tokens=24, sampling=HOT, ignore_eos=True)
    target = free.text[5:8]
    stops = ((), [target], ["never", target])
    rows = [
        TextRequest(
            prompt_ids=prompt(1, 9), max_tokens=24, sampling=HOT, ignore_eos=True, stop=tuple(stop)
        )
        for stop in stops
    ]
    engine_of(tiny, strategy, blocks=40).serve(rows)
    same_as_alone(tiny, rows)
    assert [r.stop_reason for r in rows] == ["length", "stop", "stop"]
    assert rows[1].text == free.text[: free.text.index(target)]


def test_logprobs_are_those_of_the_text_alone(tiny):
    rows = [
        TextRequest(prompt_ids=prompt(i, 5 + i), max_tokens=8, sampling=s, logprobs=n)
        for i, (s, n) in enumerate([(GREEDY, 2), (HOT, 0), (GREEDY, None), (HOT, 5)])
    ]
    engine_of(tiny, {"max_batch": 4}, blocks=40).serve(rows)
    for row in rows:
        if row.logprobs is None:
            assert row.output_logprobs == []
            continue
        steps = list(stream(tiny, row.prompt_ids, max_tokens=8, sampling=row.sampling))
        assert len(steps) == len(row.output_logprobs) == len(row.output_ids)
        for step, scored in zip(steps, row.output_logprobs, strict=True):
            logprobs = np.asarray(jax.nn.log_softmax(step.logits))
            assert scored.taken.id == step.id
            assert scored.taken.logprob == pytest.approx(logprobs[step.id], abs=1e-3)
            assert len(scored.top) == row.logprobs
            best = np.sort(logprobs)[::-1][: row.logprobs]
            np.testing.assert_allclose([each.logprob for each in scored.top], best, atol=1e-3)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=str)
def test_cancelling_one_leaves_the_others_as_they_are(tiny, strategy):
    engine, rows = engine_of(tiny, strategy), traffic(5)
    step, gone = iter(range(100)), rows[1]

    def execute(turn):
        outcome = engine.run(turn.batch)
        if next(step) == 4:
            engine.scheduler.cancel(gone, turn.now)
        return [turn.now + 0.2], outcome

    drive(engine.scheduler, rows, execute)
    assert gone.stop_reason in ("cancelled", "length")
    same_as_alone(tiny, [row for row in rows if row is not gone])
    assert engine.pool.free_blocks == engine.pool.blocks
