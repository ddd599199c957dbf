import numpy as np
import pytest

from tokenworks.model import GREEDY, Sampling, stream
from tokenworks.model.steering import Steering
from tokenworks.serving.request import Request
from tokenworks.serving.sampling_params import SamplingParams
from tokenworks.serving.text_requests import TextRequest, text_request
from tokenworks.speculation import drafted

PROMPT = "abc a"


def test_a_text_request_is_a_request_that_counts_its_prompt():
    request = TextRequest(prompt_ids=[5, 6, 7], max_tokens=4, sampling=GREEDY)
    assert isinstance(request, Request)
    assert (request.prompt_tokens, request.known_tokens, request.limit) == (3, 3, 4)
    assert (request.output_ids, request.output_logprobs, request.logprobs) == ([], [], None)


def test_two_with_equal_fields_are_two():
    one, other = (TextRequest(prompt_ids=[5], max_tokens=4, sampling=GREEDY) for _ in range(2))
    assert one != other
    assert len({one, other}) == 2


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"prompt_ids": []}, "prompt_tokens must be a whole number from 1"),
        ({"stop": ["a", ""]}, "stop strings must be non-empty text, got"),
        ({"logprobs": -1}, "logprobs must be a whole number from 0, got -1"),
        ({"logprobs": True}, "logprobs must be a whole number from 0, got True"),
    ],
)
def test_bad_requests_are_named(bad, message):
    with pytest.raises(ValueError, match=message):
        TextRequest(**{"prompt_ids": [5], "max_tokens": 4, **bad})


def test_a_prompt_is_encoded_as_generate_encodes_it(tiny):
    assert text_request(tiny, PROMPT).prompt_ids == tiny.tokenizer.encode(PROMPT)
    for prompt, message in (("", "empty"), ([262], "262"), ([5] * 49, "49 tokens")):
        with pytest.raises(ValueError, match=message):
            text_request(tiny, prompt)


@pytest.mark.parametrize("stop", [(), "b", ("zz", "b")])
@pytest.mark.parametrize("ignore_eos", [False, True])
def test_fed_with_the_logits_of_generate_it_says_what_generate_says(tiny, stop, ignore_eos):
    ends = {"stop": stop, "max_tokens": 30, "ignore_eos": ignore_eos}
    request = text_request(tiny, PROMPT, SamplingParams(temperature=3.0, seed=9, **ends))
    for step in stream(tiny, PROMPT, sampling=Sampling(temperature=3.0, seed=9), **ends):
        token = request.choose(step.logits, tiny.tokenizer.eos_id)
        reason = request.push(token, tiny.tokenizer)
        assert (token, request.pieces[-1]) == (step.id, step.text)
        assert reason == (None if step.stop_reason == "length" else step.stop_reason)
    assert request.text == "".join(request.pieces)
    assert request.ids(0, 99) == [*request.prompt_ids, *request.output_ids]


def test_the_end_token_ends_a_text_and_is_not_part_of_it(tiny):
    request = TextRequest(prompt_ids=[5], max_tokens=4, sampling=GREEDY)
    assert request.push(260, tiny.tokenizer) is None
    assert request.push(tiny.tokenizer.eos_id, tiny.tokenizer) == "eos"
    assert request.text == tiny.tokenizer.decode([260])
    ignoring = TextRequest(prompt_ids=[5], max_tokens=4, sampling=GREEDY, ignore_eos=True)
    assert ignoring.push(tiny.tokenizer.eos_id, tiny.tokenizer) is None


def run(tiny, logits, **asked):
    """Let the same logits be there at every step; return the request at its end."""
    request = TextRequest(prompt_ids=[5], sampling=GREEDY, **{"max_tokens": 9, **asked})
    assert request.wants_logits
    reason = None
    while reason is None and len(request.output_ids) < request.max_tokens:
        reason = request.push(
            request.choose(logits, tiny.tokenizer.eos_id) if request.wants_logits
            else int(logits.argmax()),
            tiny.tokenizer,
        )  # fmt: skip
    return request, reason


def letters(tiny):
    return [tiny.tokenizer.encode(sign)[0] for sign in "ab"]


def favouring(tiny, *tokens):
    """Return logits that like these tokens best, the first one most."""
    logits = np.zeros(len(tiny.tokenizer.pieces))
    logits[list(tokens)] = np.arange(len(tokens), 0, -1)
    return logits


def test_nothing_ends_an_answer_before_its_least_length(tiny):
    eos, (a, b) = tiny.tokenizer.eos_id, letters(tiny)
    request, reason = run(tiny, favouring(tiny, eos, a), min_tokens=3)
    assert (request.output_ids, reason, request.text) == ([a, a, a, eos], "eos", "aaa")
    request, reason = run(tiny, favouring(tiny, b, a), min_tokens=2, stop_token_ids=frozenset({b}))
    assert (request.output_ids, reason, request.text) == ([a, a, b], "stop", "aa")
    request, reason = run(tiny, favouring(tiny, a), min_tokens=4, stop=["a"])
    assert (len(request.output_ids), reason, request.text) == (5, "stop", "aaaa")


def test_a_token_that_stops_does_so_where_the_end_of_sequence_is_ignored(tiny):
    eos, (a,) = tiny.tokenizer.eos_id, tiny.tokenizer.encode("a")
    asked = {"ignore_eos": True, "steering": Steering(presence=0.1)}
    request, reason = run(tiny, favouring(tiny, eos), stop_token_ids=frozenset({eos}), **asked)
    assert (request.output_ids, request.text) == ([eos], "")
    assert reason == "eos" if not request.ignore_eos else "stop"
    request, reason = run(tiny, favouring(tiny, a), max_tokens=3, **asked)
    assert (request.output_ids, reason) == ([a] * 3, None)


def test_steering_changes_what_is_taken_and_not_what_is_reported(tiny):
    a, b = letters(tiny)
    logits = favouring(tiny, a, b)
    request, _ = run(tiny, logits, steering=Steering(frequency=0.6), logprobs=0, max_tokens=5)
    assert request.output_ids == [a, a, b, a, b]
    scores = logits - np.log(np.exp(logits).sum())
    reported = [each.taken.logprob for each in request.output_logprobs]
    assert reported == pytest.approx(scores[request.output_ids])
    request, _ = run(tiny, logits, steering=Steering(bias=((b, 5.0),)), max_tokens=2)
    assert request.output_ids == [b, b]


def test_what_is_held_back_comes_with_the_last_token(tiny):
    request = TextRequest(prompt_ids=[5], max_tokens=2, sampling=GREEDY, stop=["abz"])
    a, b = (tiny.tokenizer.encode(sign)[0] for sign in "ab")
    assert [request.push(token, tiny.tokenizer) for token in (a, b)] == [None, None]
    assert request.pieces == ["", "ab"]


def test_logprobs_are_those_of_the_model_whatever_the_sampling():
    logits = np.log(np.array([0.5, 0.125, 0.25, 0.125])) + 7
    sampling = Sampling(temperature=0.01)
    request = TextRequest(prompt_ids=[5], max_tokens=2, sampling=sampling, logprobs=3)
    assert request.choose(logits, 3) == 0
    (scored,) = request.output_logprobs
    assert [each.id for each in scored.top] == [0, 2, 1]
    assert np.exp([each.logprob for each in (scored.taken, *scored.top)]) == pytest.approx(
        [0.5, 0.5, 0.25, 0.125]
    )
    bare = TextRequest(prompt_ids=[5], max_tokens=2, sampling=sampling, logprobs=0)
    bare.choose(logits, 3)
    assert bare.output_logprobs[0].top == ()


@pytest.mark.parametrize(
    ("sampling", "logprobs", "wants"),
    [(GREEDY, None, False), (GREEDY, 0, True), (Sampling(), None, True)],
)
def test_only_sampling_and_logprobs_want_logits(sampling, logprobs, wants):
    request = TextRequest(prompt_ids=[5], max_tokens=2, sampling=sampling, logprobs=logprobs)
    assert request.wants_logits == wants


def test_drafted_tokens_stand_after_the_known_ones_and_are_not_among_them():
    request = TextRequest(prompt_ids=[5, 6, 7], max_tokens=4)
    request.drafted = drafted([8, 9])
    assert request.ids_ahead(2, 3, drafts=2) == [7, 8, 9]
    assert request.ids_ahead(2, 2, drafts=1) == [7, 8]
    assert request.ids_ahead(0, 2, drafts=0) == [5, 6]
    assert request.ids(0, 9) == [5, 6, 7]
