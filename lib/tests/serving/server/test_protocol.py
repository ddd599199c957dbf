import pytest
from scripted import ID, LM

from tokenworks.model import Tokenizer
from tokenworks.model.steering import Steering
from tokenworks.serving.server.errors import ApiError


def test_what_is_left_out_has_openais_defaults(ask):
    plain = ask()
    assert (plain.prompts, plain.n, plain.max_tokens) == (((ID[b"h"], ID[b"i"]),), 1, 16)
    assert (plain.stop, plain.logprobs, plain.stream, plain.ignore_eos) == ((), None, False, False)
    sampling = plain.sampling
    assert (sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p) == (1, None, 1, 0)
    assert plain.sampling.seed != ask().sampling.seed
    chat = ask(chat=True)
    assert chat.max_tokens == 200 - len(chat.prompts[0])  # to the end of the context


def test_every_field_reaches_its_place(ask):
    full = ask(
        model="scripted",
        max_tokens=7,
        temperature=0.5,
        top_p=0.9,
        top_k=3,
        min_p=0.1,
        n=2,
        seed=5,
        stop=["a", "b"],
        ignore_eos=True,
        logprobs=3,
        stream=True,
        stream_options={"include_usage": True, "continuous_usage_stats": True},
        user="me",
    )
    sampling = full.sampling
    assert (sampling.temperature, sampling.top_p, sampling.top_k) == (0.5, 0.9, 3)
    assert (sampling.min_p, sampling.seed) == (0.1, 5)
    assert (full.max_tokens, full.n, full.choices, full.stop) == (7, 2, 2, ("a", "b"))
    assert (full.ignore_eos, full.logprobs, full.stream) == (True, 3, True)
    assert (full.include_usage, full.continuous_usage) == (True, True)


def test_both_names_of_the_limit(ask):
    assert ask(chat=True, max_completion_tokens=9).max_tokens == 9
    assert ask(chat=True, max_completion_tokens=9, max_tokens=9).max_tokens == 9
    with pytest.raises(ApiError, match="differs from max_completion_tokens"):
        ask(chat=True, max_completion_tokens=9, max_tokens=8)


def test_logprobs_have_two_forms(ask):
    assert ask(logprobs=0).logprobs == 0
    assert ask(chat=True, logprobs=True).logprobs == 0
    assert ask(chat=True, logprobs=True, top_logprobs=4).logprobs == 4
    assert ask(chat=True, logprobs=False).logprobs is None


def test_what_changes_logits_and_ends_answers_reaches_its_place(ask):
    full = ask(
        presence_penalty=0.5,
        frequency_penalty=-1,
        repetition_penalty=1.2,
        logit_bias={"5": -100, "7": 1.5},
        stop_token_ids=[5, 7.0],
        min_tokens=3,
    )
    assert full.steering == Steering(0.5, -1, 1.2, ((5, -100), (7, 1.5)))
    assert (full.stop_token_ids, full.min_tokens) == (frozenset({5, 7}), 3)
    assert ask().steering.changes_nothing


def test_how_much_is_computed_of_a_prompt(ask):
    assert ask(logprobs=3).prompt_scores is None
    assert ask(echo=True).prompt_scores is None
    assert ask(echo=True, logprobs=3).prompt_scores == 3
    assert ask(echo=True, logprobs=3, prompt_logprobs=5).prompt_scores == 5
    assert ask(chat=True, prompt_logprobs=0).prompt_scores == 0
    assert ask(echo=True, max_tokens=0).max_tokens == 0


@pytest.mark.parametrize("value", [0, -1])
def test_vllms_ways_to_say_no_top_k(ask, value):
    assert ask(top_k=value).sampling.top_k is None


@pytest.mark.parametrize(
    ("chat", "body", "param", "complaint"),
    [
        (False, {"n": 17}, "n", "from 1 to 16"),
        (False, {"n": 0}, "n", "from 1 to 16"),
        (False, {"n": 9, "prompt": ["a", "b"]}, "n", "2 prompts × 9 are more than 16"),
        (False, {"max_tokens": 0}, "max_tokens", "whole number from 1, unless echo is true"),
        (False, {"temperature": -1}, "temperature", "must be a finite number from 0"),
        (False, {"top_p": 0}, "top_p", "must be a finite number above 0 and at most 1"),
        (False, {"min_p": 1}, "min_p", "must be a finite number from 0 to below 1"),
        (False, {"top_k": -2}, "top_k", "from -1"),
        (False, {"seed": 2**63}, "seed", "from -9223372036854775808"),
        (False, {"stop": ["a"] * 17}, "stop", "at most 16"),
        (False, {"stop": "a" * 129}, "stop", "1 to 128 characters"),
        (False, {"logprobs": 21}, "logprobs", "from 0 to 20"),
        (False, {"logprobs": True}, "logprobs", "whole number"),
        (False, {"stream": 1}, "stream", "true or false"),
        (False, {"stream": True, "stream_options": {"x": True}}, "stream_options.x", "unknown"),
        (
            False,
            {"stream": True, "stream_options": {"include_usage": 1}},
            "stream_options.include_usage",
            "true or false",
        ),
        (False, {"stream_options": {"include_usage": True}}, "stream_options", "needs stream"),
        (True, {"stream": False, "stream_options": {}}, "stream_options", "needs stream"),
        (False, {"user": 5}, "user", "must be a text"),
        (False, {"service_tier": 17}, "service_tier", "must be one of auto, default"),
        (True, {"metadata": "zz"}, "metadata", "must be an object"),
        (True, {"store": True}, "store", "not supported"),
        (False, {"prompt": ["a"] * 17}, "prompt", "17 prompts are more than .* at once, 16"),
        (True, {"echo": True}, "echo", "not supported"),
        (False, {"max_tokens": 0, "echo": False}, "max_tokens", "unless echo"),
        (True, {"max_tokens": 0}, "max_tokens", "from 1"),
        (False, {"stream": True, "prompt_logprobs": 1}, "prompt_logprobs", "needs stream: false"),
        (False, {"prompt_logprobs": -1}, "prompt_logprobs", "from 0 to 20"),
        (False, {"include_stop_str_in_output": True}, "include_stop_str_in_output", "not supp"),
        (False, {"messages": []}, "messages", "unknown field"),
        (True, {"prompt": "a"}, "prompt", "unknown field"),
        (True, {"logprobs": 2}, "logprobs", "true or false"),
        (True, {"top_logprobs": 2}, "top_logprobs", "needs logprobs"),
        (False, {"tools": [{"type": "function"}]}, "tools", "not supported"),
        (True, {"response_format": {"type": "x"}}, "response_format.type", "must be one of"),
        (True, {"presence_penalty": 2.5}, "presence_penalty", "from -2 to 2"),
        (False, {"frequency_penalty": "1"}, "frequency_penalty", "from -2 to 2"),
        (False, {"repetition_penalty": 0}, "repetition_penalty", "above 0"),
        (False, {"logit_bias": {"a": 1}}, "logit_bias.a", "whole number from 0"),
        (False, {"logit_bias": {"5": 101}}, "logit_bias.5", "from -100 to 100"),
        (False, {"logit_bias": {"258": 1}}, "logit_bias", "has 258 tokens, and none is 258"),
        (False, {"stop_token_ids": [1.5]}, "stop_token_ids[0]", "whole number from 0"),
        (False, {"stop_token_ids": 5}, "stop_token_ids", "must be a list of token ids"),
        (False, {"stop_token_ids": [999]}, "stop_token_ids", "none is 999"),
        (False, {"min_tokens": 17}, "min_tokens", "at most max_tokens, 16"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_named(ask, chat, body, *, param, complaint):
    with pytest.raises(ApiError, match=complaint) as caught:
        ask(chat=chat, **body)
    assert (caught.value.status, caught.value.param) == (400, param)
    assert caught.value.message.startswith(f"{param}: ")


def test_another_model_is_not_found(ask):
    with pytest.raises(ApiError, match="'gpt-4' does not exist here") as caught:
        ask(model="gpt-4")
    assert (caught.value.status, caught.value.code) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"prompt": "a" * 191, "max_tokens": 10}, "max_tokens"),
        ({"prompt": "a" * 191}, "prompt"),
        ({"prompt": "a" * 200, "max_tokens": 1}, "prompt"),
        ({"prompt": "a" * 300, "max_tokens": 1}, "prompt"),
        ({"prompt": [5] * 300}, "prompt"),
        ({"chat": True, "max_tokens": 190}, "max_tokens"),
        ({"chat": True, "max_completion_tokens": 190}, "max_completion_tokens"),
        ({"chat": True, "messages": [{"role": "user", "content": "a" * 300}]}, "messages"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_prompt_and_answer_must_fit_the_context(ask, body, param):
    with pytest.raises(ApiError, match="maximum context length is 200 tokens") as caught:
        ask(**body)
    assert (caught.value.code, caught.value.param) == ("context_length_exceeded", param)


def test_what_can_never_fit_is_refused_before_it_is_tokenized(ask, monkeypatch):
    """The time and the memory of tokenizing are not spent on it: by its length, by its number."""
    monkeypatch.setattr(Tokenizer, "encode", lambda *_: pytest.fail("tokenized"))
    long = "a" * (200 * LM.tokenizer.longest_piece)
    messages = [{"role": "user", "content": "a"}] * 4000
    for body in (
        {"prompt": long},
        {"prompt": ["a"] * 100_000},
        {"prompt": ["a", "b"], "n": 16},
        {"prompt": "a", "max_tokens": 200},
        {"chat": True, "messages": messages},
    ):
        with pytest.raises(ApiError) as caught:
            ask(**body)
        assert caught.value.status == 400


def test_seeds_may_be_negative_and_repeat(ask):
    assert ask(seed=-1).sampling.seed == ask(seed=-1).sampling.seed == 2**64 - 1
    assert ask(seed=5.0, max_tokens=5.0).max_tokens == 5


def test_special_tokens_are_left_out_unless_they_are_asked_for(ask):
    assert ask().skip_special_tokens
    assert not ask(skip_special_tokens=False).skip_special_tokens


def test_prompt_and_answer_may_fill_the_context(ask):
    assert ask(prompt="a" * 190, max_tokens=10).max_tokens == 10
