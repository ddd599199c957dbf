import pytest

from tokenworks.model import GREEDY
from tokenworks.serving.request import Request
from tokenworks.serving.text_request import TextRequest


def test_a_text_request_is_a_request_that_counts_its_prompt():
    request = TextRequest(prompt_ids=[5, 6, 7], max_tokens=4, sampling=GREEDY)
    assert isinstance(request, Request)
    assert (request.prompt_tokens, request.known_tokens, request.limit) == (3, 3, 4)
    assert (request.output_ids, request.output_logprobs, request.logprobs) == ([], [], None)


def test_two_with_equal_fields_are_two():
    one, other = (TextRequest(prompt_ids=[5], max_tokens=4, sampling=GREEDY) for _ in range(2))
    assert one != other
    assert len({one, other}) == 2


def test_an_empty_prompt_is_refused():
    with pytest.raises(ValueError, match="prompt_tokens must be a whole number from 1"):
        TextRequest(prompt_ids=[], max_tokens=4, sampling=GREEDY)
