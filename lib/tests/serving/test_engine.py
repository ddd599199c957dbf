import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.drawn import BLOCK_SIZE, requests
from serving.served import (
    HOT,
    STRATEGIES,
    Ticks,
    compilations,
    engine_of,
    family,
    prompt,
    same_as_alone,
    traffic,
)
from tokenworks.model import GREEDY, Sampling, generate
from tokenworks.serving.buckets import Buckets
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.ragged import paged_block
from tokenworks.serving.text_request import TextRequest, text_request


@pytest.mark.parametrize("strategy", STRATEGIES, ids=str)
@pytest.mark.parametrize("blocks", [12, 40])
def test_every_text_is_what_it_would_be_alone(tiny, strategy, blocks):
    engine, rows = engine_of(tiny, strategy, blocks=blocks), traffic()
    run = engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    assert engine.pool.free == blocks
    assert sorted(run.requests, key=id) == sorted(rows, key=id)
    preempts = strategy.get("batching") is None and not strategy.get("reserve") and blocks == 12
    assert (sum(r.preemptions for r in rows) > 0) == preempts


@settings(max_examples=30)
@given(
    strategy=st.sampled_from(STRATEGIES),
    order=st.sampled_from(["fcfs", "priority"]),
    budget=st.integers(4, 32),
    drawn=requests(),
    seed=st.integers(0, 999),
)
def test_drawn_traffic(tiny, **given):
    strategy, seed = given["strategy"] | {"order": given["order"]}, given["seed"]
    if "max_batch_tokens" in strategy:
        strategy["max_batch_tokens"] = given["budget"]
    strategy["share_prefixes"] = "batching" not in strategy and seed % 3 > 0
    rows: list[TextRequest] = []
    for i, each in enumerate(given["drawn"]):
        row = TextRequest(
            prompt_ids=prompt(seed + i % 3, each.prompt_tokens),  # many begin alike
            max_tokens=each.max_tokens,
            sampling=dataclasses.replace(HOT, seed=seed) if i % 3 else GREEDY,
            ignore_eos=bool(i % 2),
            arrival_seconds=each.arrival_seconds,
            priority=each.priority,
        )
        again = dataclasses.replace(row, fork_of=row, sampling=HOT)
        rows += [row, again] if i % 4 == 1 else [row]
    engine = engine_of(tiny, strategy)
    engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    assert engine.pool.free == engine.pool.blocks


def test_texts_longer_than_a_context_bucket_and_prompts_wider_than_the_widest_shape(tiny):
    spec = dataclasses.replace(tiny.spec, context_tokens=640)
    lm = dataclasses.replace(tiny, spec=spec)
    rows = [
        TextRequest(prompt_ids=prompt(1, n), max_tokens=m, sampling=GREEDY, ignore_eos=True)
        for n, m in ((250, 12), (520, 4), (513, 3), (30, 9))
    ]
    for batching in ("continuous", "static"):
        fresh = [dataclasses.replace(row) for row in rows]
        policy = Policy(max_batch=4, batching=batching)
        few = Buckets(
            decodes=(4,),
            prompts=1 if policy.joins else 4,
            widths=(64, 512),
            contexts=(256, 600),
        )
        sizes = {"blocks": 600, "block_size": BLOCK_SIZE, "context_tokens": 600}
        Engine(lm, policy, **sizes, buckets=few).serve(fresh)
        same_as_alone(lm, fresh)


@pytest.mark.parametrize(("place", "blocks"), [(0, 15), (4, 11), (6, 13)])  # sizes of its own
def test_nothing_is_compiled_after_the_warm_up(tiny, place, blocks):
    shared = {"share_prefixes": place < 6}
    engine, rows = engine_of(tiny, STRATEGIES[place] | shared, blocks=blocks), traffic() + family()
    before = paged_block._cache_size()
    engine.warm_up()
    shapes = paged_block._cache_size() - before
    assert shapes == len(list(engine.buckets.shapes()))
    with compilations() as compiled:
        engine.serve(rows, clock=Ticks())
    assert (compiled, paged_block._cache_size()) == ([], before + shapes)
    if blocks == 11:
        assert engine.scheduler.policy.preemption == "swap"
        assert sum(row.preemptions for row in rows) > 0


def test_warming_up_changes_no_text(tiny):
    engine = engine_of(tiny, {"max_batch": 4, "preemption": "swap"})
    rows = traffic(6)
    for row in rows[:4]:
        engine.scheduler.add(row)
    batch = engine.scheduler.schedule(0.0)
    engine.scheduler.update(batch, [1.0], engine.run(batch))
    engine.warm_up()
    engine.serve(rows[4:], clock=Ticks())
    same_as_alone(tiny, rows)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"prompt_ids": [5] * 30, "max_tokens": 11}, "has 30 tokens and may grow by 11; the con"),
        ({"prompt_ids": [5, 262], "max_tokens": 1}, r"token ids must be in \[0, 262\), got 262"),
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
        ({"context_tokens": 49}, "context_tokens must be from 1 to 48, got 49"),
        ({"context_tokens": 0}, "context_tokens must be from 1 to 48, got 0"),
        ({"blocks": 9}, "9 blocks of 4 tokens cannot hold one text of 40"),
        ({"host_blocks": 3}, "preemption by swap needs host_blocks, and nothing else does"),
        ({"blocks": 0}, "blocks must be a whole number from 1, got 0"),
        ({"attention": "flash"}, "attention must be one of jax, pallas, got 'flash'"),
    ],
)
def test_sizes_that_do_not_fit_together_are_refused(tiny, bad, message):
    sizes = {"blocks": 12, "block_size": 4, "context_tokens": 40}
    with pytest.raises(ValueError, match=message):
        Engine(tiny, Policy(max_batch=2), **(sizes | bad))


@pytest.mark.model
@pytest.mark.parametrize(
    "strategy",
    [{"max_batch": 3, "max_batch_tokens": 24, "share_prefixes": True}, STRATEGIES[-2]],
    ids=str,
)
def test_the_real_model_says_in_a_batch_what_it_says_alone(lm, strategy):
    # the best leads by 0.056 at least, a draw lies 0.07 off its neighbour: rounding decides nothing
    asked = ["What is the capital of Japan?", "Count from one to five.", "Say hello in French."]
    common = {"max_tokens": 16, "chat": True, "ignore_eos": True}
    samplings = [GREEDY, Sampling(temperature=0.7, top_k=3, seed=2), GREEDY, GREEDY]
    rows = [
        text_request(lm, text, sampling=sampling, **common)
        for text, sampling in zip([*asked, asked[0]], samplings, strict=True)
    ]
    policy = Policy(**strategy)
    engine = Engine(lm, policy, blocks=24, block_size=16, context_tokens=80)
    engine.serve(rows)
    for row in rows:
        wanted = generate(lm, row.prompt_ids, max_tokens=16, sampling=row.sampling, ignore_eos=True)
        assert (row.output_ids, row.text) == (wanted.ids, wanted.text)
    assert (rows[3].cached_tokens > 0) == policy.share_prefixes  # asked before
