import dataclasses
import time

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
from tokenworks.model import GREEDY, generate
from tokenworks.serving.buckets import Buckets
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import DEFAULT_POLICY, Policy
from tokenworks.serving.ragged import paged_block
from tokenworks.serving.sampling_params import SamplingParams
from tokenworks.serving.text_requests import TextRequest


@pytest.mark.parametrize("strategy", STRATEGIES, ids=str)
@pytest.mark.parametrize("blocks", [12, 40])
def test_every_text_is_what_it_would_be_alone(tiny, strategy, blocks):
    engine, rows = engine_of(tiny, strategy, blocks=blocks), traffic()
    run = engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    assert engine.pool.free_blocks == blocks
    assert sorted(run.requests, key=id) == sorted(rows, key=id)
    preempts = strategy.get("batching") is None and not strategy.get("reserve") and blocks == 12
    assert (sum(r.preemptions for r in rows) > 0) == preempts


@settings(max_examples=30)
@given(
    strategy=st.sampled_from(STRATEGIES),
    order=st.sampled_from(["fcfs", "priority", "fair"]),
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
    assert engine.pool.free_blocks == engine.pool.blocks


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
        engine.add(row)
    engine.step()
    engine.warm_up()
    for row in rows[4:]:
        engine.add(row)
    while engine.step():
        pass
    same_as_alone(tiny, rows)


def test_an_engine_needs_nothing_but_a_model(tiny):
    engine = Engine(tiny)
    assert (engine.context_tokens, engine.pool.block_size) == (tiny.spec.context_tokens, 16)
    assert engine.pool.tokens == 8 * 48  # the whole context for each place in the batch
    assert engine.scheduler.policy == DEFAULT_POLICY
    rows = engine.generate(["ab abc", [5, 6, 7]], SamplingParams(temperature=0, max_tokens=9))
    same_as_alone(tiny, rows)


@pytest.mark.parametrize(("context", "blocks"), [(1000, 500), (2048, 512), (16_384, 1024)])
def test_the_default_pool_holds_a_whole_context_or_1024_tokens_for_each_place(
    tiny, context, blocks
):
    spec = dataclasses.replace(tiny.spec, context_tokens=context)
    engine = Engine(dataclasses.replace(tiny, spec=spec))
    assert (engine.context_tokens, engine.pool.blocks) == (context, blocks)


def test_step_by_step_is_what_serving_gives(tiny):
    rows, engine = traffic(6), engine_of(tiny, {"max_batch": 4})
    for row in rows:
        engine.add(row)
    done, before = [], time.perf_counter()
    while step := engine.step():
        assert [r for r in step.batch.emitting if r.done] == step.finished
        done += step.finished
    assert engine.step() is None
    same_as_alone(tiny, rows)
    assert sorted(done, key=id) == sorted(rows, key=id)
    times = [at for row in rows for at in row.token_seconds]
    assert before < min(times) <= max(times) < time.perf_counter()


def test_a_step_names_whom_it_preempted(tiny):
    rows, engine, named = traffic(), engine_of(tiny, {"max_batch": 4}), []
    for row in rows:
        engine.add(row)
    while step := engine.step():
        named += step.batch.preempted
    assert len(named) > 0
    assert {row: named.count(row) for row in rows} == {row: row.preemptions for row in rows}


def test_generate_answers_each_prompt_as_it_would_be_answered_alone(tiny):
    engine = engine_of(tiny, {"max_batch": 2, "batching": "static"})
    hot = SamplingParams(temperature=3.0, top_p=0.95, seed=4, max_tokens=12, ignore_eos=True)
    rows = engine.generate("ab abc", hot) + engine.generate((7, 8), hot)
    rows += engine.generate(
        [[7, 8, 9], "abc", [5]], [hot, SamplingParams(stop=["a"], logprobs=1), hot]
    )
    same_as_alone(tiny, rows)
    assert [row.prompt_ids for row in rows][1:5:3] == [[7, 8], [5]]
    assert [row.id for row in rows] == ["0", "0", "0", "1", "2"]
    assert [row.max_tokens for row in rows] == [12, 12, 12, 16, 12]
    assert len(rows[3].output_logprobs) == rows[3].generated > 0
    assert engine.generate([]) == []


def test_what_is_added_arrives_now_and_first_come_is_first_served(tiny):
    engine, before = engine_of(tiny, {"max_batch": 1}), time.perf_counter()
    first, second = (TextRequest(prompt_ids=[5], max_tokens=1) for _ in range(2))
    engine.add(first)
    engine.add(second)
    with pytest.raises(ValueError, match=r"requests that were added still run: call step\(\)"):
        engine.generate("ab")
    assert engine.step().finished == [first]
    assert engine.step().finished == [second]
    assert before < first.arrival_seconds < second.arrival_seconds < first.token_seconds[0]
    assert engine.generate("ab")[0].done


def test_a_static_engine_serves_twice_as_it_serves_once(tiny):
    engine = engine_of(tiny, {"max_batch": 2, "batching": "static"})

    def starts():
        moments = (0.0, 10.0, 20.0)
        rows = [TextRequest(prompt_ids=[5], max_tokens=1, arrival_seconds=at) for at in moments]
        engine.serve(rows, clock=Ticks())
        return [round(row.scheduled_seconds) for row in rows]

    assert starts() == starts() == [10, 10, 20]


@pytest.mark.model
@pytest.mark.parametrize(
    "strategy",
    [{"max_batch": 3, "max_batch_tokens": 24, "share_prefixes": True}, STRATEGIES[-2]],
    ids=str,
)
def test_the_real_model_says_in_a_batch_what_it_says_alone(lm, strategy):
    # the best leads by 0.056 at least, a draw lies 0.07 off its neighbour: rounding decides nothing
    asked = ["What is the capital of Japan?", "Count from one to five.", "Say hello in French."]
    settings = {"temperature": 0}, {"temperature": 0.7, "top_k": 3, "seed": 2}
    greedy, drawn = (SamplingParams(max_tokens=16, ignore_eos=True, **each) for each in settings)
    policy = Policy(**strategy)
    engine = Engine(lm, policy, blocks=24, context_tokens=80)
    params = [greedy, drawn, greedy, greedy]
    rows = engine.generate([*asked, asked[0]], params, chat=True)
    for row in rows:
        wanted = generate(lm, row.prompt_ids, max_tokens=16, sampling=row.sampling, ignore_eos=True)
        assert (row.output_ids, row.text) == (wanted.ids, wanted.text)
    assert (rows[3].cached_tokens > 0) == policy.share_prefixes  # asked before
