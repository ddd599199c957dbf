"""Metrics for Prometheus, under vLLM's names where vLLM has them.

Names, labels and buckets: https://docs.vllm.ai/en/stable/usage/metrics/ and
https://github.com/vllm-project/vllm/blob/main/vllm/v1/metrics/loggers.py (accessed 2026-11-21).
A counter's name gets `_total` when it is printed. Times are the engine thread's own clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from tokenworks.serving.batch import Batch
from tokenworks.serving.metrics import e2el_seconds, itl_seconds, queue_seconds, tpot_seconds
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.server.protocol import CompletionRequest
from tokenworks.serving.server.tokens import FINISH_REASON
from tokenworks.serving.text_requests import TextRequest
from tokenworks.speculation.counts import Counts

CONTENT_TYPE = CONTENT_TYPE_LATEST
TTFT = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5)
TTFT += (10.0, 20.0, 40.0, 80.0, 160.0, 640.0, 2560.0)
GAP = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
GAP += (20.0, 40.0, 80.0)
LATENCY = (0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0)
LATENCY += (120.0, 240.0, 480.0, 960.0, 1920.0, 7680.0)
POWERS = tuple(float(2**k) for k in range(15))
SECONDS = {
    "time_to_first_token": (TTFT, "from arrival to the first token"),
    "inter_token_latency": (GAP, "between two steps that gave a request tokens, every gap"),
    "request_time_per_output_token": (GAP, "between two tokens, mean of a request"),
    "e2e_request_latency": (LATENCY, "from arrival to the last token"),
    "request_queue_time": (LATENCY, "from arrival to the first step"),
    "request_prefill_time": (LATENCY, "from the first step to the first token"),
    "request_decode_time": (LATENCY, "from the first token to the last"),
    "request_inference_time": (LATENCY, "from the first step to the last token"),
}
TOKENS = {
    "request_prompt_tokens": "tokens of a request's prompt",
    "request_prefill_kv_computed_tokens": "those of them that were not in the cache",
    "request_generation_tokens": "tokens made for a request",
    "request_max_num_generation_tokens": "tokens of the longest of a prompt's n answers",
    "request_params_max_tokens": "max_tokens of a request",
    "request_params_n": "n of a request",
    "iteration_tokens_total": "tokens computed in a step",
}
COUNTS = {
    "prompt_tokens": "tokens of prompts that got their first token",
    "prompt_tokens_cached": "those of them that were in the cache",
    "prefix_cache_queries": "tokens looked up in the cache, of all requests let in",
    "prefix_cache_hits": "those of them that were found",
    "generation_tokens": "tokens made",
    "num_preemptions": "times a running request was put back",
}
LOOK_UPS = ("prefix_cache_queries", "prefix_cache_hits")
DRAFTS = {  # of a speculating engine alone, as in vLLM
    "num_drafts": "drafts that were verified",
    "num_draft_tokens": "tokens of them",
    "num_accepted_tokens": "those of them that were accepted",
}
STATES = {
    "num_requests_running": "requests in the batch",
    "num_requests_waiting": "requests in the queue",
    "kv_cache_usage_perc": "share of the cache's blocks in use, 0 to 1",
}


class Metrics:
    """One server's counters, gauges and histograms, in a registry of their own."""

    def __init__(self, model: str) -> None:
        self.registry = CollectorRegistry()
        self._labels = {"model_name": model, "engine": "0"}
        self._seconds = {
            name: self._plain(Histogram, f"{name}_seconds", about, buckets=buckets)
            for name, (buckets, about) in SECONDS.items()
        }
        self._tokens = {
            name: self._plain(Histogram, name, about, buckets=POWERS)
            for name, about in TOKENS.items()
        }
        self._counts = {name: self._plain(Counter, name, about) for name, about in COUNTS.items()}
        self._looked_up = 0, 0
        self._counted = Counts()
        self._drafts: list[Counter] = []  # counters of DRAFTS, then of each position
        self._drafted: tuple[int, ...] = ()  # what they have counted
        self._states = {name: self._plain(Gauge, name, about) for name, about in STATES.items()}
        ended = self._family(Counter, "request_success", "requests ended", more="finished_reason")
        self._ended = {
            reason: ended.labels(**self._labels, finished_reason=reason)
            for reason in dict.fromkeys(FINISH_REASON.values())
        }
        refused = self._family(Counter, "admission_rejections", "requests refused", more="reason")
        self._rejected = refused.labels(**self._labels, reason="max_num_queued_reqs")

    def _family(self, kind: Any, name: str, about: str, *, more: str = "", **options: Any) -> Any:
        labels = (*self._labels, *more.split())
        return kind(f"vllm:{name}", about, labels, registry=self.registry, **options)

    def _plain(self, kind: Any, name: str, about: str, **options: Any) -> Any:
        return self._family(kind, name, about, **options).labels(**self._labels)

    def admitted(self, completion: CompletionRequest) -> None:
        """Enter a request that was taken in."""
        self._tokens["request_params_n"].observe(completion.n)

    def rejected(self) -> None:
        """Enter a request that found the line full."""
        self._rejected.inc()

    def speculates(self, counts: Counts, *, gamma: int) -> None:
        """Show what is counted of drafts as well, each of at most `gamma` tokens."""
        self._counted = counts
        for name, about in DRAFTS.items():
            self._drafts.append(self._plain(Counter, f"spec_decode_{name}", about))
        name, about = "spec_decode_num_accepted_tokens_per_pos", "of them, those at a position"
        each = self._family(Counter, name, about, more="position")
        self._drafts += [each.labels(**self._labels, position=str(at)) for at in range(gamma)]

    def step(self, batch: Batch, emitted: Sequence[tuple[TextRequest, int]]) -> None:
        """Enter what a step computed, and how many tokens came out of it for whom."""
        self._tokens["iteration_tokens_total"].observe(batch.useful_tokens)
        self._counts["num_preemptions"].inc(len(batch.preempted))
        for request, tokens in emitted:
            self._counts["generation_tokens"].inc(tokens)
            if len(request.token_seconds) > tokens:
                gap = request.token_seconds[-1] - request.token_seconds[-1 - tokens]
                self._seconds["inter_token_latency"].observe(gap)
            else:
                ttft = request.token_seconds[0] - request.arrival_seconds
                self._seconds["time_to_first_token"].observe(ttft)
                if request.fork_of is None:  # n answers to a prompt read it once
                    self._counts["prompt_tokens"].inc(request.prompt_tokens)
                    self._counts["prompt_tokens_cached"].inc(request.cached_tokens)

    def state(self, scheduler: Scheduler) -> None:
        """Enter how full the server is, and what it has found in its cache."""
        self._states["num_requests_running"].set(len(scheduler.running))
        self._states["num_requests_waiting"].set(scheduler.waiting)
        pool = scheduler.pool
        self._states["kv_cache_usage_perc"].set(1 - pool.free_blocks / pool.blocks)
        looked_up = scheduler.sharing.queries, scheduler.sharing.hits
        for name, total, before in zip(LOOK_UPS, looked_up, self._looked_up, strict=True):
            self._counts[name].inc(total - before)
        self._looked_up = looked_up
        self._enter_drafts()

    def _enter_drafts(self) -> None:
        """Enter what was drafted and accepted since the last time."""
        drafted, accepted = self._counted.drafted, self._counted.accepted
        now = (sum(drafted[:1]), sum(drafted), sum(accepted), *accepted)
        before = (*self._drafted, *[0] * len(now))
        for counter, total, seen in zip(self._drafts, now, before, strict=False):
            counter.inc(total - seen)
        self._drafted = now

    def answered(self, answers: Sequence[TextRequest]) -> None:
        """Enter that all answers to a prompt have ended."""
        longest = max(request.generated for request in answers)
        self._tokens["request_max_num_generation_tokens"].observe(longest)

    def cache(self, scheduler: Scheduler) -> None:
        """Enter what the cache is made of: a gauge of 1, whose labels say it."""
        pool = scheduler.pool
        told = {
            "block_size": str(pool.block_size),
            "num_gpu_blocks": str(pool.blocks),
            "enable_prefix_caching": str(bool(scheduler.policy.share_prefixes)),
        }
        info = self._family(Gauge, "cache_config_info", "the cache", more=" ".join(told))
        info.labels(*self._labels.values(), *told.values()).set(1)  # in the order of `_family`

    def stopped(self) -> None:
        """Enter that the engine has ended: nothing runs, nothing waits, nothing is held."""
        for gauge in self._states.values():
            gauge.set(0)

    def finished(self, request: TextRequest) -> None:
        """Enter a request that has ended; the times of a cancelled one are left out."""
        reason = FINISH_REASON[request.stop_reason or "cancelled"]
        self._ended[reason].inc()
        if reason == "abort":
            return
        if request.fork_of is None:
            self._tokens["request_prompt_tokens"].observe(request.prompt_tokens)
            computed = request.prompt_tokens - request.cached_tokens
            self._tokens["request_prefill_kv_computed_tokens"].observe(computed)
        self._tokens["request_generation_tokens"].observe(request.generated)
        self._tokens["request_params_max_tokens"].observe(request.max_tokens)
        queue, decode, whole = (
            queue_seconds(request),
            sum(itl_seconds(request)),
            e2el_seconds(request),
        )
        times = {
            "e2e_request_latency": whole,
            "request_queue_time": queue,
            "request_prefill_time": whole - queue - decode,
            "request_decode_time": decode,
            "request_inference_time": whole - queue,
            "request_time_per_output_token": tpot_seconds(request),
        }
        for name, seconds in times.items():
            if seconds is not None:
                self._seconds[name].observe(seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
