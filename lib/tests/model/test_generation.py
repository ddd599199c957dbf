import dataclasses

import pytest

from tokenworks.model import GREEDY, Sampling, generate, stream
from tokenworks.model.generation import encode_prompt

PROMPT = "abc a"


def test_cached_equals_uncached_greedy(tiny):
    both = [
        generate(tiny, PROMPT, max_tokens=30, sampling=GREEDY, ignore_eos=True, cached=cached)
        for cached in (True, False)
    ]
    assert both[0] == both[1]
    assert len(both[0].ids) == 30


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_cached_equals_uncached_seeded(tiny, seed):
    sampling = Sampling(temperature=2.0, top_p=0.95, seed=seed)
    both = [
        generate(tiny, PROMPT, max_tokens=20, sampling=sampling, ignore_eos=True, cached=cached)
        for cached in (True, False)
    ]
    assert both[0] == both[1]


def test_a_seed_decides_the_text(tiny):
    def ids(seed):
        sampling = Sampling(temperature=3.0, seed=seed)
        return generate(tiny, PROMPT, max_tokens=12, sampling=sampling, ignore_eos=True).ids

    assert ids(1) == ids(1)
    assert ids(1) != ids(2)


def test_steps_add_up_to_the_generation(tiny):
    request = {"max_tokens": 16, "sampling": Sampling(temperature=2.0, seed=5), "ignore_eos": True}
    steps = list(stream(tiny, PROMPT, **request))
    whole = generate(tiny, PROMPT, **request)
    assert [step.id for step in steps] == whole.ids
    assert "".join(step.text for step in steps) == whole.text == tiny.tokenizer.decode(whole.ids)
    assert [step.stop_reason for step in steps] == [None] * 15 + ["length"]
    assert steps[0].logits.shape == (tiny.spec.vocab_size,)


def test_a_prompt_may_be_ids(tiny):
    ids = tiny.tokenizer.encode(PROMPT)
    by_text, by_ids = (generate(tiny, p, max_tokens=5, sampling=GREEDY) for p in (PROMPT, ids))
    assert by_text == by_ids
    assert by_ids.prompt_ids == ids


def test_the_prompt_ids_are_not_changed_by_generating(tiny):
    ids = [3, 4, 5]
    assert generate(tiny, ids, max_tokens=4, ignore_eos=True).prompt_ids == ids == [3, 4, 5]


def test_zero_tokens(tiny):
    out = generate(tiny, PROMPT, max_tokens=0)
    assert (out.ids, out.text, out.stop_reason) == ([], "", "length")


def test_the_end_token_ends_the_text_unless_ignored(tiny):
    settings = {"max_tokens": 12, "sampling": Sampling(temperature=3.0, seed=4)}
    free = generate(tiny, PROMPT, **settings, ignore_eos=True)
    drawn = free.ids[6]
    first = free.ids.index(drawn)
    tokenizer = dataclasses.replace(tiny.tokenizer, eos_id=drawn)
    lm = dataclasses.replace(tiny, tokenizer=tokenizer)
    out = generate(lm, PROMPT, **settings)
    assert (out.ids, out.stop_reason) == (free.ids[: first + 1], "eos")
    assert out.text == tiny.tokenizer.decode(free.ids[:first])
    assert generate(lm, PROMPT, **settings, ignore_eos=True) == free


def test_the_context_ends_the_text(tiny):
    out = generate(tiny, [5] * 40, max_tokens=100, sampling=GREEDY, ignore_eos=True)
    assert (len(out.ids), out.stop_reason) == (8, "length")
    full = generate(tiny, [5] * 48, max_tokens=1)
    assert (full.ids, full.stop_reason) == ([], "length")


def test_a_stop_string_that_straddles_tokens(tiny):
    request = {"max_tokens": 20, "sampling": Sampling(temperature=3.0, seed=9), "ignore_eos": True}
    free = generate(tiny, PROMPT, **request)
    target = free.text[4:7]  # single-byte tokens: three characters are at least three tokens
    cut = free.text.index(target)
    steps = list(stream(tiny, PROMPT, **request, stop=[target]))
    assert "".join(step.text for step in steps) == free.text[:cut]
    assert steps[-1].stop_reason == "stop"
    assert [step.id for step in steps] == free.ids[: len(steps)]
    assert generate(tiny, PROMPT, **request, stop=target).text == free.text[:cut]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": []}, "the prompt is empty"),
        ({"prompt": [1, -2]}, "a token id must be a whole number from 0 to 261, got -2"),
        ({"prompt": [1, 262]}, "a token id must be a whole number from 0 to 261, got 262"),
        ({"prompt": [5] * 49}, "the prompt has 49 tokens, the context holds 48"),
        ({"max_tokens": -1}, "max_tokens must be a whole number from 0, got -1"),
        ({"prompt": [1], "chat": True}, "a chat needs a text as prompt, not token ids"),
        ({"stop": [""]}, "stop strings must be non-empty"),
    ],
)
def test_bad_requests_are_named_before_anything_runs(tiny, bad, message):
    with pytest.raises(ValueError, match=message):
        stream(tiny, **{"prompt": "a", "max_tokens": 1, **bad})


def test_an_empty_chat_is_an_empty_prompt(tiny):
    with pytest.raises(ValueError, match="the prompt is empty"):
        encode_prompt(tiny, "", chat=True)


@pytest.mark.model
def test_the_real_model_cached_and_uncached(lm):
    sampling = Sampling(temperature=0.7, top_p=0.9, seed=1)
    cached, oracle = (
        generate(lm, "Guten Morgen, wie geht es", max_tokens=12, sampling=sampling, cached=c)
        for c in (True, False)
    )
    assert cached == oracle


@pytest.mark.model
def test_the_real_model_answers_a_chat(lm):
    out = generate(lm, "What is the capital of Japan?", max_tokens=30, sampling=GREEDY, chat=True)
    assert (out.text, out.stop_reason) == ("The capital of Japan is Tokyo.", "eos")
