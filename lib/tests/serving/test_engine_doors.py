"""What an engine refuses before anything runs."""

import dataclasses

import pytest

from serving.served import engine_of, traffic
from tokenworks.serving.buckets import Buckets
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.sampling_params import SamplingParams
from tokenworks.serving.scheduler import QueueFull
from tokenworks.serving.text_requests import TextRequest

SIZES = Buckets(decodes=(1,), prompts=1, widths=(16,), contexts=(40,))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ((["a", "b"], [SamplingParams()]), "2 prompts need as many params, got 1"),
        (([5, 262],), "a token id must be a whole number from 0 to 261, got 262"),
        ((["ab", ""],), "the prompt is empty"),
        ((["ab"], SamplingParams(max_tokens=48)), "may grow by 48; the context holds 40"),
    ],
)
def test_what_cannot_be_generated_is_refused(tiny, bad, message):
    with pytest.raises(ValueError, match=message):
        engine_of(tiny, {"max_batch": 4}).generate(*bad)


def test_more_prompts_than_the_queue_holds_are_refused_before_any_runs(tiny):
    engine = engine_of(tiny, {"max_batch": 1, "max_waiting": 2})
    assert [row.done for row in engine.generate(["a", "b"])] == [True, True]
    with pytest.raises(QueueFull, match=r"3 prompts at once, and Policy\.max_waiting is 2"):
        engine.generate(["a", "b", "c"])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"prompt_ids": [5] * 30, "max_tokens": 11}, "has 30 tokens and may grow by 11; the con"),
        (
            {"prompt_ids": [5, 262], "max_tokens": 1},
            "a token id must be a whole number from 0 to 261",
        ),
    ],
)
def test_a_request_that_can_never_run_is_refused_before_any_runs(tiny, bad, message):
    engine, good = engine_of(tiny, {"max_batch": 4}), traffic(1)
    with pytest.raises(ValueError, match=message):
        engine.serve([*good, TextRequest(**bad)])
    assert good[0].output_ids == []
    engine.check(TextRequest(prompt_ids=[5] * 30, max_tokens=10))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"context_tokens": 49}, "context_tokens must be a whole number from 1 to 48, got 49"),
        ({"context_tokens": 0}, "context_tokens must be a whole number from 1 to 48, got 0"),
        ({"context_tokens": True}, "context_tokens must be a whole number from 1 to 48, got True"),
        ({"buckets": SIZES}, "the largest of decodes is 1; a step may need 2"),
        (
            {"buckets": dataclasses.replace(SIZES, decodes=(2,), contexts=(16,))},
            "the largest of contexts is 16; a step may need 40",
        ),
        ({"blocks": 9}, "9 blocks of 4 tokens cannot hold one sequence of 40"),
        ({"host_blocks": 3}, "preemption by swap needs host_blocks, and nothing else does"),
        ({"blocks": 0}, "blocks must be a whole number from 1, got 0"),
        ({"block_size": 0}, "block_size must be a whole number from 1, got 0"),
    ],
)
def test_sizes_that_do_not_fit_together_are_refused(tiny, bad, message):
    sizes = {"blocks": 12, "block_size": 4, "context_tokens": 40}
    with pytest.raises(ValueError, match=message):
        Engine(tiny, Policy(max_batch=2), **(sizes | bad))
