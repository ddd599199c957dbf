"""The whole way with the JAX engine and a tiny model: what comes out is what `generate` says."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sites import COMPLETIONS, events, opened

from tokenworks.model import GREEDY, Sampling, generate, stream
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.speculation import PromptLookup, Speculation


@pytest.fixture(scope="module")
def tiny_site(tiny):
    """A server with so little memory that requests are preempted, and chunked prompts."""
    policy = Policy(max_batch=4, max_batch_tokens=8, share_prefixes=True)
    engine = Engine(tiny, policy, blocks=16, block_size=4, context_tokens=48)
    engine.warm_up()
    with opened(engine, max_waiting=64) as here:
        yield here


def prompt(seed):
    rng = np.random.default_rng(seed)
    return rng.integers(3, 262, int(rng.integers(1, 20))).tolist()


def test_concurrent_answers_are_what_each_would_be_alone(tiny, tiny_site):
    """Same seed, same text, whatever else is in the batch: also with stop strings and n."""

    def one(seed):
        body = {"prompt": prompt(seed), "max_tokens": 20, "temperature": 1.5, "top_p": 0.9}
        body |= {"seed": seed, "n": 2, "stop": ["ab"], "ignore_eos": seed % 2 == 0}
        body |= {"skip_special_tokens": False}  # `generate` shows them
        return seed, tiny_site.post(COMPLETIONS, body)[1]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(one, range(12)))
    for seed, answer in answers:
        for choice in answer["choices"]:
            alone = generate(
                tiny,
                prompt(seed),
                max_tokens=20,
                sampling=Sampling(temperature=1.5, top_p=0.9, seed=seed + choice["index"]),
                stop=["ab"],
                ignore_eos=seed % 2 == 0,
            )
            assert choice["text"] == alone.text
            reason = "length" if alone.stop_reason == "length" else "stop"
            assert choice["finish_reason"] == reason
    pool = tiny_site.engine.scheduler.pool
    assert pool.free_blocks == pool.blocks
    assert any(tiny_site.end().preemptions for _ in range(24))


def counted(site, name):
    _, text = site.get("/metrics")
    (line,) = (line for line in text.splitlines() if line.startswith(f"vllm:{name}_total"))
    return float(line.split()[-1])


def test_a_server_that_speculates_says_the_same_and_counts_its_drafts(tiny):
    """Streams included: a run of tokens is one chunk, and nothing of it is lost."""
    speculation = Speculation(PromptLookup(tiny.spec.vocab_size, least=1), 3)
    sizes = {"blocks": 16, "block_size": 4, "context_tokens": 48}
    engine = Engine(tiny, Policy(max_batch=4), **sizes, speculation=speculation)
    body = {"prompt": [5, 6, 7] * 4, "max_tokens": 30, "ignore_eos": True, "temperature": 0}
    body |= {"skip_special_tokens": False, "logprobs": 1}
    wanted = generate(tiny, body["prompt"], max_tokens=30, sampling=GREEDY, ignore_eos=True)
    with opened(engine, max_waiting=64) as here:
        whole = here.post(COMPLETIONS, body)[1]
        with here.send(COMPLETIONS, body | {"stream": True}) as response:
            *chunks, _ = events(response)
        names = ("num_drafts", "num_draft_tokens", "num_accepted_tokens")
        drafts, drafted, accepted = (counted(here, f"spec_decode_{name}") for name in names)
        made = counted(here, "generation_tokens")
        position = "vllm:spec_decode_num_accepted_tokens_per_pos_total{"
        lines = [line for line in here.get("/metrics")[1].splitlines() if position in line]
    assert whole["choices"][0]["text"] == wanted.text
    assert whole["usage"]["completion_tokens"] == len(wanted.ids) == 30
    parts = [json.loads(chunk)["choices"][0] for chunk in chunks]
    assert "".join(part["text"] for part in parts) == wanted.text
    assert sum(len(part["logprobs"]["tokens"]) for part in parts) == made / 2 == 30
    assert len(parts) < 30
    assert (drafts, drafted, accepted) == (
        engine.drafting.counts.drafted[0],
        sum(engine.drafting.counts.drafted),
        sum(engine.drafting.counts.accepted),
    )
    assert accepted == sum(float(line.split()[-1]) for line in lines) > 0
    assert len(lines) == 3


def test_what_was_computed_for_others_is_found_and_told(tiny, tiny_site):
    system = np.random.default_rng(77).integers(3, 262, 13).tolist()
    names = ("prefix_cache_hits", "prompt_tokens", "prompt_tokens_cached")
    before = {name: counted(tiny_site, name) for name in names}
    cached = []
    for question in ([5, 6], [7, 8, 9], [7, 8, 9, 10]):
        body = {"prompt": system + question, "max_tokens": 2, "seed": 1, "n": 2, "ignore_eos": True}
        answer = tiny_site.post(COMPLETIONS, body)[1]
        usage = answer["usage"]
        assert usage["prompt_tokens"] == len(body["prompt"])
        cached.append(usage["prompt_tokens_details"]["cached_tokens"])
        for choice in answer["choices"]:
            sampling = Sampling(seed=1 + choice["index"])
            alone = generate(tiny, body["prompt"], max_tokens=2, sampling=sampling, ignore_eos=True)
            assert choice["text"] == alone.text
    assert cached == [0, 12, 16]
    asked, forked = 15 + 16 + 17, 14 + 15 + 16  # two answers to a prompt read it once
    found = {name: counted(tiny_site, name) - before[name] for name in names}
    assert found["prompt_tokens"] == asked
    assert found["prefix_cache_hits"] == sum(cached) + forked
    assert found["prompt_tokens_cached"] == sum(cached)


def test_a_stream_adds_up_to_the_whole(tiny, tiny_site):
    body = {"messages": [{"role": "user", "content": "é"}], "max_tokens": 1, "seed": 3}
    status, answer = tiny_site.post("/v1/chat/completions", body)
    assert (status, answer["error"]["code"]) == (400, "context_length_exceeded")
    body = {"prompt": "abc abc", "max_tokens": 30, "seed": 3, "ignore_eos": True}
    whole = tiny_site.post(COMPLETIONS, body)[1]["choices"][0]["text"]
    with tiny_site.send(COMPLETIONS, body | {"stream": True}) as response:
        *chunks, done = events(response)
    assert done == b"[DONE]"
    assert "".join(json.loads(chunk)["choices"][0]["text"] for chunk in chunks) == whole
    assert (
        whole
        == generate(tiny, "abc abc", max_tokens=30, sampling=Sampling(seed=3), ignore_eos=True).text
    )


def test_logprobs_are_those_of_the_model(tiny, tiny_site):
    body = {"prompt": [5, 6, 7], "max_tokens": 4, "seed": 1, "logprobs": 3, "temperature": 2}
    found = tiny_site.post(COMPLETIONS, body)[1]["choices"][0]["logprobs"]
    sampling = Sampling(temperature=2, seed=1)
    steps = list(stream(tiny, [5, 6, 7], max_tokens=4, sampling=sampling))
    for step, logprob, top in zip(
        steps, found["token_logprobs"], found["top_logprobs"], strict=True
    ):
        scores = step.logits.astype(np.float64)
        scores -= np.log(np.exp(scores - scores.max()).sum()) + scores.max()
        assert logprob == pytest.approx(scores[step.id], abs=1e-4)
        assert max(top.values()) == pytest.approx(scores.max(), abs=1e-4)
        assert len(top) in (3, 4)
