"""The engine: a model, its memory and the scheduler over both, one step at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from jax.typing import DTypeLike

from tokenworks.kernels.naive import Precision
from tokenworks.model.compile_cache import enable_compile_cache
from tokenworks.model.generation import Prompt, encode_prompt
from tokenworks.model.language_model import LanguageModel
from tokenworks.model.sampling import Sampling
from tokenworks.number import integer, whole
from tokenworks.serving.batch import Batch
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.buckets import Buckets, Shape
from tokenworks.serving.compiled_shapes import LOG
from tokenworks.serving.drafting import Drafting
from tokenworks.serving.driver import Run, Step, Turn, serve, step
from tokenworks.serving.engine_sizes import engine_buckets, engine_pool
from tokenworks.serving.model_runner import ModelRunner
from tokenworks.serving.outcome import Outcome
from tokenworks.serving.policy import DEFAULT_POLICY, Policy
from tokenworks.serving.sampling_params import DEFAULT_PARAMS, SamplingParams
from tokenworks.serving.scheduler import QueueFull, Scheduler
from tokenworks.serving.text_requests import TextRequest, text_request
from tokenworks.speculation.speculation import Speculation

BLOCK_SIZE = 16  # tokens, as in vLLM


class Engine:
    """A model that serves many requests: `generate` for a list, `add` and `step` for a server.

    `Engine(lm)` works: batches of 8 in chunks of 128 tokens with shared prefixes (DEFAULT_POLICY),
    sequences as long as the model's context, blocks of 16 tokens. The pool then holds one sequence
    of the whole context or 1,024 tokens for each place in the batch, whichever is more; requests
    that need more at once wait or are preempted. Its pages are allocated at once: 377 MB in float32
    for SmolLM2-135M, 8,192 tokens.

    `context_tokens` is the longest sequence, prompt and answer together. `host_blocks` is where
    preemption by swap puts pages. `buckets` are the sizes that are compiled, the policy's own if
    None. `precision` is that of every matrix product ("highest", "high", "default"), `kv_dtype`
    that of the cache ("float32", "bfloat16"): None is "highest" and "float32" on a CPU, where less
    is no faster, "default" and "bfloat16" on an accelerator, whose matrix units want them.
    `attention` is "jax" or "pallas", the kernel that follows block tables by itself (on a CPU
    interpreted, for tests); None is the kernel on a TPU and JAX elsewhere. With `compile_idle` a
    server answers as soon as a short request can run, and compiles the other shapes when nothing
    waits; a step that needs one of them before waits for it, and says so in the log
    `tokenworks.compiling`.

    `speculation` drafts tokens after each step and checks them in the next one, under continuous
    batching alone. Every request keeps its law, with its sampling, penalties, bans, grammar,
    log-probabilities and ends, because each token is decided after the ones before it as without
    drafts. A draft that is certain (looked up, or greedy) leaves even a drawn text as it is, but
    for ties within rounding; one that draws changes which text comes, not how often. How often
    drafts stood says `drafting.counts`. A draft that is a model compiles its own shapes when it
    first needs them.
    Sizes that do not fit together raise ValueError.
    """

    def __init__(
        self,
        lm: LanguageModel,
        policy: Policy = DEFAULT_POLICY,
        *,
        context_tokens: int | None = None,
        blocks: int | None = None,
        block_size: int = BLOCK_SIZE,
        host_blocks: int = 0,
        buckets: Buckets | None = None,
        precision: Precision = None,
        kv_dtype: DTypeLike | None = None,
        attention: str | None = None,
        compile_idle: bool = False,
        speculation: Speculation | None = None,
    ) -> None:
        limit = lm.spec.context_tokens
        wanted = limit if context_tokens is None else context_tokens
        context_tokens = whole(wanted, "context_tokens", most=limit)
        if (policy.preemption == "swap") != (host_blocks > 0):
            raise ValueError("preemption by swap needs host_blocks, and nothing else does")
        self.lm, self.context_tokens, self._warm = lm, context_tokens, False
        self.drafting = _drafting(speculation, policy, lm.spec.vocab_size)
        self.pool = engine_pool(policy, blocks, block_size, context_tokens=context_tokens)
        host_pool = BlockPool(host_blocks, block_size) if host_blocks else None
        self.scheduler = Scheduler(policy, self.pool, host_pool)
        self.buckets = engine_buckets(buckets, policy, context_tokens, speculation=speculation)
        self.compile_idle = compile_idle and policy.joins  # a window must not wait for a compiler
        self.runner = ModelRunner(
            lm,
            self.pool,
            policy=policy,
            buckets=self.buckets,
            context_tokens=context_tokens,
            host_blocks=host_blocks,
            attention=attention,
            precision=precision,
            kv_dtype=kv_dtype,
            observe=self.drafting and self.drafting.observer,
        )

    def check(self, request: TextRequest) -> None:
        """Refuse a request that this engine could not finish, before it enters the queue."""
        encode_prompt(self.lm, request.prompt_ids)
        longest = request.prompt_tokens + request.max_tokens
        if longest > self.context_tokens:
            raise ValueError(
                f"the prompt has {request.prompt_tokens} tokens and may grow by "
                f"{request.max_tokens}; the context holds {self.context_tokens}"
            )

    def add(self, request: TextRequest) -> None:
        """Put a request into the queue, for `step` to run; it arrives now.

        One that could never finish raises ValueError, a full queue QueueFull.
        """
        self.check(request)
        request.arrival_seconds = time.perf_counter()
        self.scheduler.add(request)

    def warm_up(self) -> None:
        """Compile every shape that a step can need; no step compiles anything afterwards.

        What an earlier process has compiled is read from the cache folder instead; a second call
        finds all of it there.
        """
        for _ in self.warming_up():
            pass

    def warming_up(self) -> Iterator[Shape]:
        """Compile every shape; yield one when requests may come, and each that follows.

        With `compile_idle` the first is the last that a short request needs, else the last of all.
        """
        if self._warm:
            return
        enable_compile_cache()
        every = set(self.buckets.shapes())
        before = set(self.buckets.first_shapes()) if self.compile_idle else every.copy()
        early = before < every
        for shape in self.runner.warming_up():
            before.discard(shape)
            if not before:
                yield shape
        self._warm = True
        if early:
            LOG.info("all shapes of a step are compiled")

    def step(self) -> Step | None:
        """Run one step: schedule, run, postprocess. None when nothing can run now.

        Times are those of `time.perf_counter`. The three calls stand in
        `tokenworks.serving.driver.step`, by which `serve` and the simulator run too.
        """
        return step(self.scheduler, time.perf_counter(), self._execute)

    def generate(
        self,
        prompts: Prompt | Sequence[Prompt],
        params: SamplingParams | Sequence[SamplingParams] = DEFAULT_PARAMS,
        *,
        chat: bool = False,
    ) -> list[TextRequest]:
        """Answer one prompt or several, texts or token ids; return the finished requests in order.

        `params` are for all, or one for each. `chat` puts each text into the model's chat template.
        Before any is run a prompt that cannot be answered raises ValueError, and more prompts than
        the queue holds (`Policy.max_waiting`) raise QueueFull.
        """
        several = _several(prompts)
        each = _params(params, len(several))
        room = self.scheduler.policy.max_waiting
        if room is not None and len(several) > room:
            raise QueueFull(f"{len(several)} prompts at once, and Policy.max_waiting is {room}")
        requests = [
            text_request(self.lm, prompt, one, chat=chat, id=str(i))
            for i, (prompt, one) in enumerate(zip(several, each, strict=True))
        ]
        self.serve(requests)
        return requests

    def serve(
        self, arrivals: Iterable[TextRequest], *, clock: Callable[[], float] = time.perf_counter
    ) -> Run:
        """Serve requests as they arrive, each in its own time from the first on.

        One that could never finish raises ValueError before any is run, and so do requests that
        were added before and are not finished: their times are of another clock.
        """
        if self.scheduler.waiting or self.scheduler.running:
            raise ValueError("requests that were added still run: call step() until it is None")
        arrivals = list(arrivals)
        for request in arrivals:
            self.check(request)
        return serve(self.scheduler, arrivals, self.run, clock=clock)

    def run(self, batch: Batch) -> Outcome:
        """Run one step of a batch, and draft what comes after it: what `step` and `serve` do."""
        outcome = self.runner.run(batch)
        if self.drafting is None:
            return outcome
        return replace(outcome, drafted=self.drafting.propose(batch, outcome))

    def _execute(self, turn: Turn) -> tuple[list[float], Outcome]:
        outcome = self.run(turn.batch)
        return [time.perf_counter()], outcome


def _drafting(speculation: Speculation | None, policy: Policy, vocab_size: int) -> Drafting | None:
    if speculation is None:
        return None
    if not policy.joins:
        raise ValueError(f"only continuous batching speculates, not {policy.batching}")
    return Drafting(speculation, vocab_size)


def _params(params: Any, count: int) -> Sequence[SamplingParams]:
    """Return one for each prompt."""
    one = isinstance(params, SamplingParams | Sampling)
    each: list[Any] = [params] * count if one else list(params)
    if not all(isinstance(single, SamplingParams) for single in each):
        raise ValueError("params are SamplingParams: SamplingParams(temperature=0, max_tokens=40)")
    if len(each) != count:
        raise ValueError(f"{count} prompts need as many params, got {len(each)}")
    return each


def _several(prompts: Any) -> list[Prompt]:
    """Return a list of prompts; a text or a list of token ids is one."""
    one = isinstance(prompts, str) or any(integer(item) is not None for item in prompts)
    return [prompts] if one else list(prompts)
