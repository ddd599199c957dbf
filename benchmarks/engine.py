"""Continuous against static batching on the real engine, and what a step costs outside JAX.

The trace is drawn once: all requests wait from the start, so that every policy is always busy;
prompts are short and answers heavy-tailed (lognormal, cut at the context), as long as their
`max_tokens`. Under such a trace a dynamic batch is always full: it takes the steps of static, and
is not timed again. How much continuous batching wins is a property of the trace: the simulator
counts the steps of 100 draws. Policies take turns, because a shared machine drifts.

    python benchmarks/engine.py [--rounds 1] [--requests 128]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import mean
from typing import Any

import jax
import numpy as np
from decode import summary
from provenance import provenance

from tokenworks.model import GREEDY, LanguageModel, Sampling, load
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import Run
from tokenworks.serving.engine import Engine
from tokenworks.serving.lengths import Lengths, lognormal, uniform
from tokenworks.serving.policy import Policy
from tokenworks.serving.ragged import embed_rows, paged_block, score_rows, top_weights
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.serving.step_rows import Pass, rows_of
from tokenworks.serving.text_requests import TextRequest

RESULT = Path(__file__).parent / "results" / "engine.json"
MAX_BATCH, CONTEXT, BLOCK_SIZE = 8, 256, 16
STEPS = 60
BLOCKS = MAX_BATCH * CONTEXT // BLOCK_SIZE
LENGTHS = Lengths(uniform(4, 16), lognormal(sigma=1.6, median_tokens=8, most=240))
POLICIES = {
    "static": Policy(max_batch=MAX_BATCH, batching="static"),
    "dynamic": Policy(max_batch=MAX_BATCH, batching="dynamic", window_seconds=0.1),
    "continuous": Policy(max_batch=MAX_BATCH),
}


def main() -> None:
    """Measure, print and record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--requests", type=int, default=128)
    chosen = options.parse_args()
    lm = load()
    record = provenance("python benchmarks/engine.py", ("jax", "jaxlib", "numpy"))
    record |= {"rounds": chosen.rounds, "max_batch": MAX_BATCH, "context_tokens": CONTEXT}
    record |= {"trace": describe(drawn(0, chosen.requests))}
    record |= {"steps_static_over_continuous_of_100_traces": step_ratios(chosen.requests)}
    record |= compare(lm, rounds=chosen.rounds, count=chosen.requests)
    record |= {"decode_steps": STEPS, "step_at_batch_8": step_shares(lm)}
    record |= {"one_program_of_all_layers": one_program(lm)}
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


def drawn(seed: int, count: int) -> list[tuple[int, int]]:
    """Return (prompt tokens, answer tokens) of a trace."""
    random = Random(seed)
    return [LENGTHS.draw(random) for _ in range(count)]


def describe(rows: list[tuple[int, int]]) -> dict[str, Any]:
    """Return what decides the comparison."""
    answers = sorted(answer for _, answer in rows)
    return {
        "requests": len(rows),
        "arrivals": "all at once",
        "mean_prompt_tokens": mean(prompt for prompt, _ in rows),
        "mean_answer_tokens": mean(answers),
        "median_answer_tokens": answers[len(answers) // 2],
        "longest_answer_tokens": answers[-1],
    }


def simulated_steps(policy: Policy, rows: list[tuple[int, int]]) -> int:
    """Return the forward passes that the simulator counts."""
    scheduler = Scheduler(policy, BlockPool(BLOCKS, BLOCK_SIZE))
    asked = [Request(prompt_tokens=prompt, max_tokens=answer) for prompt, answer in rows]
    return simulate(scheduler, asked, lambda load: 1.0).steps


def step_ratios(count: int) -> dict[str, float]:
    """Return how many times the steps of continuous batching static takes, over 100 traces."""
    ratios = []
    for seed in range(100):
        rows = drawn(seed, count)
        one, other = (simulated_steps(POLICIES[n], rows) for n in ("static", "continuous"))
        ratios.append(one / other)
    return summary(ratios)


def serve(lm: LanguageModel, policy: Policy, rows: list[tuple[int, int]]) -> Run:
    """Serve the trace on a warm engine, with random prompts and answers of the traced length."""
    random = np.random.default_rng(0)
    requests = [
        TextRequest(
            prompt_ids=random.integers(0, lm.spec.vocab_size, prompt).tolist(),
            max_tokens=answer,
            sampling=GREEDY,
            ignore_eos=True,
        )
        for prompt, answer in rows
    ]
    engine = Engine(lm, policy, blocks=BLOCKS, block_size=BLOCK_SIZE, context_tokens=CONTEXT)
    engine.warm_up()
    return engine.serve(requests)


def compare(lm: LanguageModel, *, rounds: int, count: int) -> dict[str, Any]:
    """Serve one trace under every policy, in turns."""
    rows = drawn(0, count)
    tokens = sum(answer for _, answer in rows)
    speeds: dict[str, list[float]] = {"continuous": [], "static": []}
    simulated = {name: simulated_steps(policy, rows) for name, policy in POLICIES.items()}
    for _ in range(rounds):
        for name, each in speeds.items():
            run = serve(lm, POLICIES[name], rows)
            assert run.steps == simulated[name], (name, run.steps, simulated)
            each.append(tokens / run.busy_seconds)
            print(f"{name}: {each[-1]:.1f} tokens/s in {run.steps} steps", flush=True)
    over = zip(speeds["continuous"], speeds["static"], strict=True)
    return {
        "output_tokens_per_s": {name: summary(each) for name, each in speeds.items()},
        "steps_of_engine_and_simulator": {name: simulated[name] for name in speeds},
        "steps_of_simulator_dynamic": simulated["dynamic"],
        "continuous_over_static": summary([ours / theirs for ours, theirs in over]),
    }


def step_shares(lm: LanguageModel) -> dict[str, Any]:
    """Return the time of a decode step of eight requests and the share of it outside JAX."""
    kinds = {
        "greedy": {"sampling": GREEDY},
        "sampled": {"sampling": Sampling(temperature=0.8, top_p=0.95)},
        "greedy with 5 logprobs": {"sampling": GREEDY, "logprobs": 5},
    }
    return {name: step_share(lm, **settings) for name, settings in kinds.items()}


def step_share(lm: LanguageModel, **settings: Any) -> dict[str, float]:
    """Time steps that only decode: all of a step, and the part in which JAX computes or waits."""
    engine = Engine(
        lm, POLICIES["continuous"], blocks=BLOCKS, block_size=BLOCK_SIZE, context_tokens=CONTEXT
    )
    engine.warm_up()
    inside = [0.0]

    def timed(forward: Callable[..., Any], *arguments: Any) -> Any:
        start = time.perf_counter()
        done = forward(*arguments)
        inside[0] += time.perf_counter() - start
        return done

    engine.runner._forward = partial(timed, engine.runner._forward)
    for i in range(MAX_BATCH):
        engine.scheduler.add(
            TextRequest(prompt_ids=[i + 5] * 8, max_tokens=240, ignore_eos=True, **settings)
        )
    totals, shares = [], []
    for step, seconds in enumerate(steps_of(engine)):
        if step > 1:
            totals.append(seconds)
            shares.append(1 - inside[0] / seconds)
        inside[0] = 0.0
        if step == STEPS + 1:
            break
    return {"step_seconds": summary(totals), "share_outside_jax": summary(shares)}


def steps_of(engine: Engine) -> Iterator[float]:
    """Run step after step; yield the time of each, the scheduler's included."""
    while True:
        start = time.perf_counter()
        assert engine.step() is not None
        yield time.perf_counter() - start


def one_program(lm: LanguageModel) -> dict[str, Any]:
    """Compare a decode step of one compiled program with the layers called one by one."""
    engine = Engine(
        lm, POLICIES["continuous"], blocks=BLOCKS, block_size=BLOCK_SIZE, context_tokens=CONTEXT
    )
    shape = engine.buckets.shape(MAX_BATCH, 0, width=0, context=CONTEXT)
    rows = jax.device_put(rows_of(Pass((), (), 0), shape, engine.pool))
    static = {"spec": lm.spec, "block_size": BLOCK_SIZE, "precision": "highest"}

    def step(weights: Any, pages: Any, rows: Any) -> Any:
        x, out = embed_rows(weights["embed"], rows), []
        for layer, own in zip(weights["layers"], pages, strict=True):
            x, own = paged_block(x, layer, own, rows=rows, **static)
            out.append(own)
        top = top_weights(weights)
        scores = score_rows(top, x, rows.scored, eps=lm.spec.norm_eps, precision="highest")
        return scores.tokens, out

    whole = jax.jit(step, donate_argnums=1)
    seconds: dict[str, list[float]] = {"called one by one": [], "one program": []}
    pages = engine.runner.pages
    for _ in range(STEPS):
        for name, run in (("called one by one", step), ("one program", whole)):
            start = time.perf_counter()
            best, pages = run(lm.fused, pages, rows)
            best.block_until_ready()
            seconds[name].append(time.perf_counter() - start)
    return {
        name: {"first_call_seconds": float(f"{each[0]:.3g}"), "step_seconds": summary(each[2:])}
        for name, each in seconds.items()
    }


if __name__ == "__main__":
    main()
