"""The JAX executor: runs the batches of a scheduler on a real model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from tokenworks.model.generate import encode_prompt
from tokenworks.model.language_model import LanguageModel
from tokenworks.serving.batch import Batch, Copy, Swap, Work
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.buckets import Buckets, buckets_for
from tokenworks.serving.drive import Ended, Run, Turn, drive
from tokenworks.serving.kv_pages import (
    HostPages,
    HostStore,
    copy_in,
    copy_out,
    copy_within,
    empty_pages,
)
from tokenworks.serving.policy import Policy
from tokenworks.serving.ragged import (
    ATTENTION,
    Rows,
    embed_rows,
    paged_block,
    score_rows,
    top_weights,
)
from tokenworks.serving.request import Request, StopReason
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.step_rows import Pass, passes, rows_of
from tokenworks.serving.text_request import TextRequest

Stopped = dict[Request, StopReason]


class Engine:
    """A model, its pages and the scheduler that hands them out.

    `context_tokens` is the longest text, prompt and answer together; `host_blocks` is where
    preemption by swap puts pages; `buckets` are the sizes that are compiled, of the policy's own if
    None. `attention` is "jax" or "pallas", the kernel that follows block tables by itself (on a CPU
    interpreted, for tests); None is the kernel on a TPU and JAX elsewhere. Sizes that do not fit
    together raise ValueError.
    """

    def __init__(
        self,
        lm: LanguageModel,
        policy: Policy,
        *,
        blocks: int,
        block_size: int,
        context_tokens: int,
        host_blocks: int = 0,
        buckets: Buckets | None = None,
        attention: str | None = None,
    ) -> None:
        if not 0 < context_tokens <= lm.spec.context_tokens:
            limit = lm.spec.context_tokens
            raise ValueError(f"context_tokens must be from 1 to {limit}, got {context_tokens}")
        if (policy.preemption == "swap") != (host_blocks > 0):
            raise ValueError("preemption by swap needs host_blocks, and nothing else does")
        if attention not in (None, *ATTENTION):
            raise ValueError(f"attention must be one of {', '.join(ATTENTION)}, got {attention!r}")
        self.lm, self.context_tokens = lm, context_tokens
        self.pool = BlockPool(blocks, block_size)
        if self.pool.tokens < context_tokens:
            raise ValueError(
                f"{blocks} blocks of {block_size} tokens cannot hold one text of {context_tokens}"
            )
        host_pool = BlockPool(host_blocks, block_size) if host_blocks else None
        self.scheduler = Scheduler(policy, self.pool, host_pool)
        self.buckets = buckets or buckets_for(policy, context_tokens)
        self._layers, self._top = lm.fused["layers"], top_weights(lm.fused)
        self._pages = empty_pages(lm.spec, blocks, block_size)
        self._host = HostStore(self._pages, host_blocks, block_size)
        self.attention = attention or ("pallas" if jax.default_backend() == "tpu" else "jax")
        exact = {"spec": lm.spec, "block_size": block_size, "precision": "highest"}
        self._block = partial(paged_block, attention=self.attention, **exact)

    def check(self, request: TextRequest) -> None:
        """Refuse a request that this engine could not finish, before it stands in the line."""
        encode_prompt(self.lm, request.prompt_ids)
        longest = request.prompt_tokens + request.max_tokens
        if longest > self.context_tokens:
            raise ValueError(
                f"the prompt has {request.prompt_tokens} tokens and may grow by "
                f"{request.max_tokens}; the context holds {self.context_tokens}"
            )

    def warm_up(self) -> None:
        """Compile every shape that a step can need; no step compiles anything afterwards."""
        for shape in self.buckets.shapes():
            rows = rows_of(Pass((), (), 0), shape, self.pool)
            jax.block_until_ready(self._scores(self._hidden(rows, layers=1), rows))
        if self.scheduler.policy.joins:
            self._copy(())
        if self.scheduler.policy.preemption == "swap":
            self._copy_in(table := self._table(()), self._host.read((), len(table)))
            jax.block_until_ready(copy_out(self._pages, table, block_size=self.pool.block_size))

    def run(self, batch: Batch) -> Stopped:
        """Run one step; every request that emits gets its token. Return who ended by itself."""
        for swap in batch.swapped_out:
            self._swap_out(swap)
        for swap in batch.swapped_in:
            self._swap_in(swap)
        if batch.copies:
            self._copy(batch.copies)
        stopped: Stopped = {}
        for each in passes(batch, self.buckets):
            stopped |= self._pass(each)
        return stopped

    def serve(
        self, arrivals: Iterable[TextRequest], *, clock: Callable[[], float] = time.perf_counter
    ) -> Run:
        """Serve requests as they arrive; one that could never finish raises ValueError first."""
        arrivals = list(arrivals)
        for request in arrivals:
            self.check(request)
        return serve(self.scheduler, arrivals, self.run, clock=clock)

    def logits(self, work: Sequence[Work], copies: Sequence[Copy] = ()) -> Float[np.ndarray, "N V"]:
        """Run work between two steps; return the logits after each piece that emits, in order.

        The blocks that it reads and writes are the caller's to hold; the copies are made first, at
        most one for each row of a batch.
        """
        if copies:
            self._copy(copies)
        found: dict[Request, Any] = {}
        for each in passes(Batch(tuple(work), len(work)), self.buckets):
            emitting, _, scores = self._forward(each)
            scores = np.asarray(scores)
            found |= {request: scores[row] for row, request in emitting}
        return np.stack([found[each.request] for each in work if each.emits])

    def _pass(self, each: Pass) -> Stopped:
        reasons = self._emit(*self._forward(each))
        return {request: reason for request, reason in reasons if reason}

    def _emit(
        self, emitting: Sequence[tuple[int, Any]], best: Any, logits: Any
    ) -> Iterator[tuple[Request, StopReason | None]]:
        """Give each request its token; logits leave the device only for those that want them."""
        if any(request.wants_logits for _, request in emitting):
            logits = np.asarray(logits)
        for row, request in emitting:
            if best[row] < 0:
                yield request, request.fail(self.lm.tokenizer)
                continue
            token = request.choose(logits[row]) if request.wants_logits else int(best[row])
            yield request, request.push(token, self.lm.tokenizer)

    def _forward(self, each: Pass) -> tuple[Sequence[tuple[int, Any]], np.ndarray, Any]:
        """Run a pass; return which row emits for whom, the most probable tokens and the logits.

        The logits are left on the device.
        """
        shape = each.shape(self.buckets)
        rows = rows_of(each, shape, self.pool)
        emitting = [
            (first + row, work.request)
            for first, works in ((0, each.decodes), (shape.decodes, each.prompts))
            for row, work in enumerate(works)
            if work.emits
        ]
        hidden = self._hidden(rows)
        if not emitting:
            return (), np.empty(0, np.int32), np.empty((0, 0), np.float32)
        best, logits = self._scores(hidden, rows)
        return emitting, np.asarray(best), logits

    def _hidden(self, rows: Rows, layers: int | None = None) -> Float[Array, "B T M"]:
        """Queue the layers for all rows of a pass."""
        rows = jax.device_put(rows)
        x = embed_rows(self._top["embed"], rows)
        for i, layer in enumerate(self._layers[:layers]):
            x, self._pages[i] = self._block(x, layer, self._pages[i], rows=rows)
        return x

    def _scores(self, x: Float[Array, "B T M"], rows: Rows) -> tuple[Any, Any]:
        eps = self.lm.spec.norm_eps
        return score_rows(self._top, x, rows.scored, eps=eps, precision="highest")

    def _swap_out(self, swap: Swap) -> None:
        table = self._table(swap.device_blocks)
        pages = copy_out(self._pages, table, block_size=self.pool.block_size)
        self._host.write(swap.host_blocks, pages)

    def _swap_in(self, swap: Swap) -> None:
        table = self._table(swap.device_blocks)
        self._copy_in(table, self._host.read(swap.host_blocks, len(table)))

    def _copy_in(self, table: np.ndarray, pages: list[HostPages]) -> None:
        size = self.pool.block_size
        self._pages = copy_in(self._pages, table, pages, block_size=size)

    def _copy(self, copies: Sequence[Copy]) -> None:
        """Copy blocks on the device; each request writes into one block at most in a step."""
        rows, size = self.scheduler.policy.max_batch, self.pool.block_size
        sources = self._padded([copy.source for copy in copies], rows)
        targets = self._padded([copy.target for copy in copies], rows)
        self._pages = copy_within(self._pages, sources, targets, block_size=size)

    def _table(self, blocks: Sequence[int]) -> np.ndarray:
        """Return a block table of a text as long as the context, the scratch page after its end."""
        return self._padded(blocks, self.pool.blocks_for(self.context_tokens))

    def _padded(self, blocks: Sequence[int], length: int) -> np.ndarray:
        table = np.full(length, self.pool.blocks, np.int32)
        table[: len(blocks)] = blocks
        return table


def serve(
    scheduler: Scheduler,
    arrivals: Iterable[Request],
    run: Callable[[Batch], Stopped],
    *,
    clock: Callable[[], float] = time.perf_counter,
    follow_up: Callable[[Request], Iterable[Request]] | None = None,
) -> Run:
    """Run requests for real: arrivals in their own time, of which idle gaps are skipped.

    A step lasts from the end of the one before it, where it follows without a gap, so the time
    of the scheduler counts too.
    """
    last_now, last_clock = -1.0, 0.0

    def execute(turn: Turn) -> Ended:
        nonlocal last_now, last_clock
        started = last_clock if turn.now == last_now else clock()
        stopped = run(turn.batch)
        last_clock = clock()
        last_now = turn.now + (last_clock - started)
        return [last_now], stopped

    return drive(scheduler, arrivals, execute, follow_up=follow_up)
