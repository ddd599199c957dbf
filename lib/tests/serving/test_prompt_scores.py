"""What the model thinks of a prompt's own tokens, however the prompt was read."""

import numpy as np
import pytest

from tokenworks.model.forward_pass import forward
from tokenworks.model.sampling import log_probabilities
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.text_requests import TextRequest


def alone(lm, ids):
    """Return the log-probabilities before each token but the first, without cache or pages."""
    padded = np.array([[*ids, *[0] * (48 - len(ids))]])
    logits = np.asarray(forward(lm.weights, lm.spec, padded))[0]
    return [log_probabilities(row) for row in logits[: len(ids) - 1]]


def check(lm, request, count):
    assert request.prompt_scores[0] is None
    for token, scored, wanted in zip(
        request.prompt_ids[1:],
        request.prompt_scores[1:],
        alone(lm, request.prompt_ids),
        strict=True,
    ):
        assert scored.taken.id == token
        assert scored.taken.logprob == pytest.approx(wanted[token], abs=2e-4)
        best = [one.logprob for one in scored.top]
        assert best == pytest.approx(np.sort(wanted)[::-1][:count], abs=2e-4)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(max_batch=4, max_batch_tokens=8, share_prefixes=True),
        Policy(max_batch=4, max_batch_tokens=64, share_prefixes=True),
        Policy(max_batch=4, batching="static"),
    ],
    ids=["in chunks", "whole", "as a rectangle"],
)
def test_they_are_those_of_the_model_alone(tiny, policy):
    rng = np.random.default_rng(3)
    system = rng.integers(3, 262, 17).tolist()
    prompts = [system + rng.integers(3, 262, n).tolist() for n in (1, 20, 26)]
    engine = Engine(tiny, policy, block_size=4, context_tokens=48)
    engine.warm_up()
    for _ in range(2):  # the second time every prompt is in the cache
        requests = [
            TextRequest(prompt_ids=ids, max_tokens=3, prompt_logprobs=k)
            for k, ids in enumerate(prompts)
        ]
        plain = TextRequest(prompt_ids=prompts[1], max_tokens=3)
        engine.serve([*requests, plain])
        for k, request in enumerate(requests):
            check(tiny, request, k)
        assert plain.prompt_scores == [None] * len(prompts[1])
        assert [request.cached_tokens for request in requests] == [0, 0, 0]


def test_answers_to_one_prompt_share_them(tiny):
    ids = np.random.default_rng(4).integers(3, 262, 21).tolist()
    engine = Engine(tiny, Policy(max_batch=2, max_batch_tokens=16), context_tokens=48)
    first = TextRequest(prompt_ids=ids, max_tokens=2, prompt_logprobs=1)
    second = TextRequest(prompt_ids=ids, max_tokens=2, prompt_logprobs=1, fork_of=first)
    engine.serve([first, second])
    assert second.cached_tokens == 20
    check(tiny, second, 1)


def test_a_prompt_that_was_put_back_is_scored_again(tiny):
    rng = np.random.default_rng(5)
    engine = Engine(
        tiny,
        Policy(max_batch=3, max_batch_tokens=8, share_prefixes=True),
        context_tokens=48,
        blocks=16,
        block_size=4,
    )
    requests = [
        TextRequest(
            prompt_ids=rng.integers(3, 262, 12).tolist(),
            max_tokens=30,
            prompt_logprobs=2,
            ignore_eos=True,
        )
        for _ in range(3)
    ]
    engine.serve(requests)
    assert any(request.preemptions for request in requests)
    for request in requests:
        check(tiny, request, 2)


def test_a_count_below_none_is_refused():
    with pytest.raises(ValueError, match="prompt_logprobs must be a whole number from 0, got -1"):
        TextRequest(prompt_ids=[1], max_tokens=1, prompt_logprobs=-1)
