import dataclasses

import numpy as np
import pytest

from tokenworks.model import (
    GREEDY,
    Sampling,
    advance_all,
    decode,
    forward,
    generate,
    hidden_states,
    transpose_weights,
)
from tokenworks.model.cache import prefill_states
from tokenworks.speculation import (
    PromptLookup,
    Speculation,
    SuffixLookup,
    drafted,
    early_exit,
    quantized_draft,
    speculate,
)
from tokenworks.speculation.loop import NEAR_TIE

PROMPT = "abc abc ab"
DRAFTS = {
    "lookup": lambda lm: PromptLookup(lm.spec.vocab_size),
    "suffix": lambda lm: SuffixLookup(lm.spec.vocab_size, least=1),
    "first layer": lambda lm: early_exit(lm, 1),
    "all layers": lambda lm: early_exit(lm, 2),
    "8 bits": lambda lm: quantized_draft(lm, 8),
}
REAL = {name: DRAFTS[name] for name in ("lookup", "suffix", "8 bits")}
REAL["half"] = lambda lm: early_exit(lm, 15)


class Told:
    """Drafts a text that was written down, and remembers what it was told."""

    needs_states = True

    def __init__(self, vocab_size, text=(), *, greedy_wrong_at=()):
        self.vocab_size, self.text, self.wrong = vocab_size, list(text), set(greedy_wrong_at)
        self.states, self.asked = {}, []

    def start(self, prompt_ids):
        self.prompt_tokens = len(prompt_ids)
        return self

    def propose(self, ids, count, *, sampling, rng):
        at = len(ids) - self.prompt_tokens
        assert sorted(self.states) == list(range(len(ids) - 1))
        self.asked.append(count)
        guesses = self.text[at : at + count]
        return drafted([g + (at + i in self.wrong) for i, g in enumerate(guesses)])

    def observe(self, states, *, start):
        self.states |= {start + i: row for i, row in enumerate(states)}


def written(lm, draft, gamma=3, *, prompt=PROMPT, **settings):
    return speculate(lm, prompt, Speculation(draft, gamma), **settings)


@pytest.mark.parametrize("gamma", [1, 2, 5])
@pytest.mark.parametrize("name", DRAFTS)
def test_greedy_speculation_writes_the_greedy_text(tiny, name, gamma):
    request = {"max_tokens": 30, "sampling": GREEDY, "ignore_eos": True}
    plain = generate(tiny, PROMPT, **request)
    found = written(tiny, DRAFTS[name](tiny), gamma, **request)
    assert (found.prompt_ids, found.ids, found.text) == (plain.prompt_ids, plain.ids, plain.text)
    assert found.stop_reason == plain.stop_reason == "length"
    assert found.counts.tokens == 30
    if name == "all layers":
        assert found.counts.acceptance == 1.0
        assert found.counts.passes == -(-30 // (gamma + 1))


def test_the_transposed_layout_writes_the_same(tiny):
    request = {"max_tokens": 20, "sampling": GREEDY, "ignore_eos": True}
    found = written(tiny, early_exit(tiny, 1), weights=transpose_weights(tiny.fused), **request)
    assert found.ids == generate(tiny, PROMPT, **request).ids


@pytest.mark.parametrize("schedule", ["heuristic", "estimated"])
def test_a_draft_length_that_adapts_writes_the_same(tiny, schedule):
    request = {"max_tokens": 30, "sampling": GREEDY, "ignore_eos": True}
    speculation = Speculation(early_exit(tiny, 1), 4, schedule=schedule, draft_cost=0.5)
    found = speculate(tiny, PROMPT, speculation, **request)
    assert found.ids == generate(tiny, PROMPT, **request).ids


def test_a_seed_decides_a_drawn_text(tiny):
    def ids(seed):
        sampling = Sampling(temperature=2.0, seed=seed)
        return written(tiny, early_exit(tiny, 1), max_tokens=15, sampling=sampling).ids

    assert ids(1) == ids(1)
    assert ids(1) != ids(2)


@pytest.mark.parametrize("tokens", [0, 1, 2, 3, 4, 5, 7])
def test_never_a_token_too_many_and_never_one_drafted_for_nothing(tiny, tokens):
    request = {"sampling": GREEDY, "ignore_eos": True}
    text = generate(tiny, PROMPT, max_tokens=20, **request).ids
    told = Told(tiny.spec.vocab_size, text)
    found = written(tiny, told, max_tokens=tokens, **request)
    assert (found.ids, found.stop_reason) == (text[:tokens], "length")
    assert sum(told.asked) + found.counts.passes == tokens  # each was right, and none was left over


def test_the_context_ends_the_text(tiny):
    request = {"max_tokens": 100, "sampling": GREEDY, "ignore_eos": True}
    for prompt in ([5] * 40, [5] * 47, [5] * 48):
        plain = generate(tiny, prompt, **request)
        found = written(tiny, early_exit(tiny, 2), 5, prompt=prompt, **request)
        assert (found.ids, found.stop_reason) == (plain.ids, "length")
        assert len(found.ids) == 48 - len(prompt)


def test_the_end_token_inside_an_accepted_run_ends_the_text(tiny):
    settings = {"max_tokens": 12, "sampling": GREEDY}
    free = generate(tiny, PROMPT, **settings, ignore_eos=True)
    for place in (1, 2, 3, 4, 5, 6):
        token = free.ids[place]
        lm = dataclasses.replace(tiny, tokenizer=dataclasses.replace(tiny.tokenizer, eos_id=token))
        told = Told(tiny.spec.vocab_size, free.ids)
        found, plain = written(lm, told, **settings), generate(lm, PROMPT, **settings)
        assert (found.ids, found.text, found.stop_reason) == (plain.ids, plain.text, "eos")
        assert found.counts.tokens == len(plain.ids)
        assert found.counts.acceptance == 1.0  # nothing after the end is judged


def test_a_stop_string_inside_an_accepted_run_ends_the_text(tiny):
    request = {"max_tokens": 20, "sampling": GREEDY, "ignore_eos": True}
    free = generate(tiny, PROMPT, **request)
    for start in range(1, len(free.text) - 3, 3):
        stop = free.text[start : start + 3]
        plain = generate(tiny, PROMPT, **request, stop=stop)
        found = written(tiny, Told(tiny.spec.vocab_size, free.ids), **request, stop=stop)
        assert (found.ids, found.text) == (plain.ids, plain.text)
        assert found.stop_reason == "stop"


def test_a_draft_is_told_the_states_of_known_tokens_and_of_no_others(tiny):
    request = {"max_tokens": 12, "sampling": GREEDY, "ignore_eos": True}
    plain = generate(tiny, PROMPT, **request)
    told = Told(tiny.spec.vocab_size, plain.ids, greedy_wrong_at=(2, 5, 6))
    found = written(tiny, told, **request)
    assert found.ids == plain.ids
    ids = [*plain.prompt_ids, *plain.ids]
    expected = np.asarray(hidden_states(tiny.weights, tiny.spec, np.array([ids])))[0]
    assert sorted(told.states) == list(range(len(ids) - 1))
    for at, state in told.states.items():
        np.testing.assert_allclose(state, expected[at], rtol=1e-3, atol=1e-3)


def test_a_prompt_of_one_token(tiny):
    request = {"max_tokens": 5, "sampling": GREEDY, "ignore_eos": True}
    found = written(tiny, early_exit(tiny, 1), prompt=[7], **request)
    assert found.ids == generate(tiny, [7], **request).ids


def test_a_draft_of_another_vocabulary_is_refused(tiny):
    with pytest.raises(ValueError, match="vocabulary has 300 tokens, the model's 262"):
        written(tiny, PromptLookup(300), max_tokens=3)


def test_a_draft_that_says_too_much_is_refused(tiny):
    class Long(Told):
        def propose(self, ids, count, *, sampling, rng):
            return drafted([5] * (count + 1))

    with pytest.raises(ValueError, match="asked for 3 tokens and gave 4"):
        written(tiny, Long(262), max_tokens=9)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"prompt": ""}, "the prompt is empty"),
        ({"max_tokens": -1}, "max_tokens must be a whole number from 0, got -1"),
        ({"stop": [""]}, "stop strings must be non-empty"),
    ],
)
def test_bad_requests_are_named(tiny, bad, message):
    with pytest.raises(ValueError, match=message):
        written(tiny, PromptLookup(262), **{"max_tokens": 3} | bad)


def margins(lm, prompt_ids, ids):
    """Return by how much the best token was ahead at each token of a greedy text."""
    whole = np.array([[*prompt_ids, *ids]])
    logits = np.asarray(forward(lm.weights, lm.spec, whole))[0, len(prompt_ids) - 1 : -1]
    second, best = np.sort(logits, axis=1)[:, -2:].T
    return best - second


@pytest.fixture(scope="module")
def plain_texts(lm):
    """Return what the real model writes by itself after two prompts, and each token's lead."""
    prompts = ("Count from one to ten, then count from one to ten again.", "Hi!")
    request = {"max_tokens": 24, "sampling": GREEDY, "chat": True}
    texts = {prompt: generate(lm, prompt, **request) for prompt in prompts}
    return request, {p: (each, margins(lm, each.prompt_ids, each.ids)) for p, each in texts.items()}


@pytest.mark.model
@pytest.mark.parametrize("name", REAL)
def test_greedy_on_the_real_model_up_to_near_ties(lm, plain_texts, name):
    """Every draft writes the greedy text; where it leaves it, the two best tokens were as good."""
    draft = REAL[name](lm)
    request, texts = plain_texts
    for prompt, (plain, ahead) in texts.items():
        for gamma in (1, 3):
            found = written(lm, draft, gamma, prompt=prompt, **request)
            pairs = enumerate(zip(found.ids, plain.ids, strict=False))
            first = next((i for i, (ours, theirs) in pairs if ours != theirs), None)
            if first is None:
                assert (found.ids, found.text) == (plain.ids, plain.text)
            else:
                assert ahead[first] < NEAR_TIE


@pytest.mark.model
@pytest.mark.parametrize("layout", [lambda weights: weights, transpose_weights])
def test_logits_of_one_and_of_several_tokens_differ_by_less_than_a_near_tie(lm, layout):
    ids = lm.tokenizer.encode(
        "def area(radius):\n    return 3.14159 * radius ** 2\n\nprint(area(2))"
    )
    one, states = [], prefill_states(lm.fused, lm.spec, ids[:4])
    cache = states[1]
    for at in range(4, len(ids)):
        logits, cache = decode(lm.fused, lm.spec, ids[at], cache=cache, position=at)
        one.append(np.asarray(logits)[0])
    weights, worst = layout(lm.fused), 0.0
    for width in (2, 4):
        _, cache = prefill_states(lm.fused, lm.spec, ids[:4])
        for at in range(4, len(ids) - width, width):
            new = np.array([ids[at : at + width]], np.int32)
            found = advance_all(weights, lm.spec, new, cache=cache, start=np.int32(at))
            cache = found.cache
            both = zip(np.asarray(found.logits)[0], one[at - 4 :], strict=False)
            worst = max(worst, *(np.abs(ours - theirs).max() for ours, theirs in both))
    print("largest difference of a logit:", worst)
    assert 0 < 2 * worst < NEAR_TIE  # of two logits, each off by as much
