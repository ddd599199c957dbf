import numpy as np
import pytest

from tokenworks.model import GREEDY, Sampling, stream
from tokenworks.serving.request import Request
from tokenworks.serving.text_requests import SamplingParams, TextRequest, text_request

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


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"max_tokens": 0}, "max_tokens must be a whole number from 1, got 0"),
        ({"stop": [""]}, "stop strings must be non-empty text, got"),
        ({"logprobs": -1}, "logprobs must be a whole number from 0, got -1"),
        ({"top_p": 0}, "top_p must be a finite number above 0 and at most 1, got 0"),
    ],
)
def test_params_are_checked_before_any_prompt_is_there(bad, message):
    with pytest.raises(ValueError, match=message):
        SamplingParams(**bad)


def test_what_is_left_out_is_what_vllm_takes():
    params, request = SamplingParams(), TextRequest(prompt_ids=[5], max_tokens=1)
    for ends in (params, request):
        assert (ends.stop, ends.ignore_eos, ends.logprobs) == ((), False, None)
    assert params.max_tokens == 16
    assert request.sampling == params.sampling == Sampling()


def test_params_name_every_choice_of_sampling():
    params = SamplingParams(temperature=0.5, top_k=3, top_p=0.9, min_p=0.1, seed=7)
    assert params.sampling == Sampling(temperature=0.5, top_k=3, top_p=0.9, min_p=0.1, seed=7)
    assert SamplingParams().sampling == Sampling()


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
        token = request.choose(step.logits)
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


def test_what_is_held_back_comes_with_the_last_token(tiny):
    request = TextRequest(prompt_ids=[5], max_tokens=2, sampling=GREEDY, stop=["abz"])
    a, b = (tiny.tokenizer.encode(sign)[0] for sign in "ab")
    assert [request.push(token, tiny.tokenizer) for token in (a, b)] == [None, None]
    assert request.pieces == ["", "ab"]


def test_logprobs_are_those_of_the_model_whatever_the_sampling():
    logits = np.log(np.array([0.5, 0.125, 0.25, 0.125])) + 7
    sampling = Sampling(temperature=0.01)
    request = TextRequest(prompt_ids=[5], max_tokens=2, sampling=sampling, logprobs=3)
    assert request.choose(logits) == 0
    (scored,) = request.output_logprobs
    assert [each.id for each in scored.top] == [0, 2, 1]
    assert np.exp([each.logprob for each in (scored.taken, *scored.top)]) == pytest.approx(
        [0.5, 0.5, 0.25, 0.125]
    )
    bare = TextRequest(prompt_ids=[5], max_tokens=2, sampling=sampling, logprobs=0)
    bare.choose(logits)
    assert bare.output_logprobs[0].top == ()


@pytest.mark.parametrize(
    ("sampling", "logprobs", "wants"),
    [(GREEDY, None, False), (GREEDY, 0, True), (Sampling(), None, True)],
)
def test_only_sampling_and_logprobs_want_logits(sampling, logprobs, wants):
    request = TextRequest(prompt_ids=[5], max_tokens=2, sampling=sampling, logprobs=logprobs)
    assert request.wants_logits == wants
