"""The JAX executor: a model's weights, its pages of the KV cache, and the passes over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from tokenworks.kernels.naive import Precision
from tokenworks.model.language_model import LanguageModel
from tokenworks.serving.batch import Batch, Copy, Swap, Work
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.buckets import Buckets, Shape
from tokenworks.serving.compiled_shapes import CompiledShapes
from tokenworks.serving.drafted_runs import NO_SCORES, Passed, push_runs
from tokenworks.serving.drafting import Observe
from tokenworks.serving.kv_pages import (
    HostPages,
    HostStore,
    copy_in,
    copy_out,
    copy_within,
    empty_pages,
)
from tokenworks.serving.outcome import Made, Outcome
from tokenworks.serving.policy import Policy
from tokenworks.serving.prompt_scores import PROMPT_ROWS, score_prompts
from tokenworks.serving.ragged import (
    ATTENTION,
    Rows,
    Scores,
    embed_rows,
    final_states,
    paged_block,
    score_rows,
    top_weights,
)
from tokenworks.serving.request import Request, StopReason
from tokenworks.serving.step_rows import Pass, passes, rows_of

PRECISIONS = ("default", "high", "highest")
KV_DTYPES = ("float32", "bfloat16")


class ModelRunner:
    """Runs the batches of a scheduler: each sequence reads and writes the pages of its own blocks.

    `context_tokens` is the longest sequence; `host_blocks` is where swapped pages go. For
    `attention`, `precision` and `kv_dtype` see `Engine`; another value raises ValueError. `observe`
    is shown the states of known tokens, for a draft that needs them.
    """

    def __init__(
        self,
        lm: LanguageModel,
        pool: BlockPool,
        *,
        policy: Policy,
        buckets: Buckets,
        context_tokens: int,
        host_blocks: int = 0,
        attention: str | None = None,
        precision: Precision = None,
        kv_dtype: DTypeLike | None = None,
        observe: Observe | None = None,
    ) -> None:
        backend = jax.default_backend()
        self.attention = attention or ("pallas" if backend == "tpu" else "jax")
        self.precision = precision or ("highest" if backend == "cpu" else "default")
        self.kv_dtype = _named(kv_dtype or ("float32" if backend == "cpu" else "bfloat16"))
        for name, value, choices in (
            ("attention", self.attention, tuple(ATTENTION)),
            ("precision", self.precision, PRECISIONS),
            ("kv_dtype", self.kv_dtype, KV_DTYPES),
        ):
            if value not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
        self.lm, self.pool, self.policy = lm, pool, policy
        self.buckets, self.context_tokens, self.observe = buckets, context_tokens, observe
        self.compiled = CompiledShapes()
        self.pages = empty_pages(lm.spec, pool.blocks, pool.block_size, dtype=self.kv_dtype)
        self._host = HostStore(self.pages, host_blocks, pool.block_size)
        self._layers, self._top = lm.fused["layers"], top_weights(lm.fused)
        self._block = partial(
            paged_block,
            spec=lm.spec,
            block_size=pool.block_size,
            precision=self.precision,
            attention=self.attention,
        )

    def warming_up(self) -> Iterator[Shape]:
        """Compile every shape that a step can need, those of a first request before the others.

        Steps may run between two of them; once all are yielded no step compiles anything.
        """
        self._warm_the_rest()
        for shape in self.buckets.by_need():
            if shape not in self.compiled:
                rows = rows_of(Pass((), (), 0), shape, self.pool)
                hidden = self._hidden(rows, layers=1)
                jax.block_until_ready(self._scores(hidden, rows))
                if self.observe:
                    final_states(self._top, hidden, eps=self.lm.spec.norm_eps)
                self.compiled.add(shape)
            yield shape

    def _warm_the_rest(self) -> None:
        """Compile what belongs to no shape: scores of prompts, copies and swaps of pages."""
        hidden = np.zeros((1, PROMPT_ROWS, self.lm.spec.d_model), self._top["embed"].dtype)
        jax.block_until_ready(self._score(hidden))
        if self.policy.joins:
            self._copy(())
        if self.policy.preemption == "swap":
            self._copy_in(table := self._table(()), self._host.read((), len(table)))
            jax.block_until_ready(copy_out(self.pages, table, block_size=self.pool.block_size))

    def run(self, batch: Batch) -> Outcome:
        """Run one step; every request that emits gets its token, and more where drafts stand."""
        for swap in batch.swapped_out:
            self._swap_out(swap)
        for swap in batch.swapped_in:
            self._swap_in(swap)
        if batch.copies:
            self._copy(batch.copies)
        stopped: dict[Request, StopReason] = {}
        made: dict[Request, Made] = {}
        for each in passes(batch, self.buckets):
            passed = self._forward(each)
            for work, run, reason in push_runs(passed, self.lm.tokenizer):
                if work.drafts:
                    made[work.request] = run
                if reason:
                    stopped[work.request] = reason
            self._tell(passed, made)
        return Outcome(stopped, made)

    def logits(self, work: Sequence[Work], copies: Sequence[Copy] = ()) -> Float[np.ndarray, "N V"]:
        """Run work between two steps; return the logits after each piece that emits, in order.

        The caller holds the blocks that are read and written. The copies are made first, at most
        one for each row of a batch.
        """
        if copies:
            self._copy(copies)
        found: dict[Request, Any] = {}
        for each in passes(Batch(tuple(work), len(work)), self.buckets):
            passed = self._forward(each)
            logits = np.asarray(passed.scores.logits)
            found |= {work.request: logits[at] for work, _, at in passed.placed if work.emits}
        return np.stack([found[each.request] for each in work if each.emits])

    def _tell(self, passed: Passed, made: Mapping[Request, Made]) -> None:
        """Show the draft the states of the tokens that a pass has computed and that stand."""
        if self.observe is None:
            return
        states = np.asarray(final_states(self._top, passed.hidden, eps=self.lm.spec.norm_eps))[0]
        for work, row, _ in passed.placed:
            known = made[work.request].tokens if work.drafts else work.tokens
            self.observe(work.request, states[row : row + known], work.start)

    def _forward(self, each: Pass) -> Passed:
        shape = each.shape(self.buckets)
        with self.compiled.needed(shape):
            return self._forward_in(shape, each)

    def _forward_in(self, shape: Shape, each: Pass) -> Passed:
        """Run a pass; its logits are left on the device."""
        rows, placed = rows_of(each, shape, self.pool), list(each.placed(shape))
        hidden = self._hidden(rows)
        score_prompts(each, shape, hidden, score=self._score)
        if not any(work.emits for work, _, _ in placed):
            return Passed(placed, hidden, NO_SCORES)
        tokens, finite, logits = self._scores(hidden, rows)
        return Passed(placed, hidden, Scores(np.asarray(tokens), np.asarray(finite), logits))

    def _score(self, x: Any) -> Scores:
        eps, every = self.lm.spec.norm_eps, np.arange(x.shape[1], dtype=np.int32)
        return score_rows(self._top, x, every, eps=eps, precision=self.precision)

    def _hidden(self, rows: Rows, layers: int | None = None) -> Float[Array, "B T M"]:
        """Queue the layers for all rows of a pass."""
        rows = jax.device_put(rows)
        x = embed_rows(self._top["embed"], rows)
        for i, layer in enumerate(self._layers[:layers]):
            x, self.pages[i] = self._block(x, layer, self.pages[i], rows=rows)
        return x

    def _scores(self, x: Float[Array, "B T M"], rows: Rows) -> Scores:
        eps = self.lm.spec.norm_eps
        return score_rows(self._top, x, rows.scored, eps=eps, precision=self.precision)

    def _swap_out(self, swap: Swap) -> None:
        table = self._table(swap.device_blocks)
        pages = copy_out(self.pages, table, block_size=self.pool.block_size)
        self._host.write(swap.host_blocks, pages)

    def _swap_in(self, swap: Swap) -> None:
        table = self._table(swap.device_blocks)
        self._copy_in(table, self._host.read(swap.host_blocks, len(table)))

    def _copy_in(self, table: np.ndarray, pages: list[HostPages]) -> None:
        size = self.pool.block_size
        self.pages = copy_in(self.pages, table, pages, block_size=size)

    def _copy(self, copies: Sequence[Copy]) -> None:
        """Copy blocks on the device; each request writes into one block at most in a step."""
        rows, size = self.policy.max_batch, self.pool.block_size
        sources = self._padded([copy.source for copy in copies], rows)
        targets = self._padded([copy.target for copy in copies], rows)
        self.pages = copy_within(self.pages, sources, targets, block_size=size)

    def _table(self, blocks: Sequence[int]) -> np.ndarray:
        """Return a block table as long as the context, the scratch page after its last block."""
        return self._padded(blocks, self.pool.blocks_for(self.context_tokens))

    def _padded(self, blocks: Sequence[int], length: int) -> np.ndarray:
        table = np.full(length, self.pool.blocks, np.int32)
        table[: len(blocks)] = blocks
        return table


def _named(dtype: DTypeLike) -> str:
    try:
        return np.dtype(dtype).name
    except TypeError:  # no format at all
        return str(dtype)
