import pytest

from tokenworks.model import Sampling
from tokenworks.serving.sampling_params import SamplingParams, stop_strings
from tokenworks.serving.text_requests import TextRequest


def test_one_stop_string_is_several():
    assert stop_strings("ab") == ("ab",)
    assert stop_strings(["a", "b"]) == ("a", "b")


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
