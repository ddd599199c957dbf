"""What each part of a layer runs on one chip: matrices, attention, experts, messages, the rest."""

from __future__ import annotations

from collections.abc import Iterator

from tokenworks.cost.attention_flops import (
    decode_width,
    index_flops_per_pair,
    linear_flops_per_token,
)
from tokenworks.cost.kernel_calls import ACTIVATION_BYTES, KernelCalls
from tokenworks.cost.kernels import (
    KERNEL_FORMATS,
    Kernel,
    Work,
    experts_touched,
    floor_seconds,
    matrix_seconds,
    summed_seconds,
)

LOGIT_BYTES = 4
STATE_BYTES = 4  # of a linear layer's state, float32


class LayerKernels(KernelCalls):
    """The kernels that one chip of a plan runs for these tokens, part by part."""

    def attention_matrices(self, count: int) -> Iterator[Kernel]:
        """Yield the projections before and after attention."""
        model, M, form = self.model, self.model.d_model, self.plan.attention
        H, heads = model.n_heads, model.n_heads / self.group
        if not model.kv_lora_rank:
            kv_heads = max(model.n_kv_heads / self.group, 1)
            gates = heads if model.attention_gate else 0
            rows = (heads + gates + 2 * kv_heads) * model.d_head
            yield self.matrix("query, key, value", count, n=rows, k=M, form=form)
            yield self.matrix("attention output", count, n=M, k=heads * model.d_head, form=form)
            return
        rank, rope, nope = model.kv_lora_rank, model.d_head_rope, model.d_head_nope
        query = model.q_lora_rank or M
        down = model.q_lora_rank + rank + rope
        yield self.matrix("query and latent down", count, n=down, k=M, form=form)
        yield self.matrix("query up", count, n=heads * (nope + rope), k=query, form=form)
        # Latent attention: keys' and values' matrices multiply queries and outputs, in 16 bits
        for name, width in (("key absorbed", nope), ("value absorbed", model.d_head_v)):
            yield self.matrix(name, count, n=heads * rank, k=width, form="bfloat16", batched=H)
        yield self.matrix("attention output", count, n=M, k=heads * model.d_head_v, form=form)
        if model.d_index:  # every chip has the whole index
            width = model.index_heads * model.d_index
            yield self.matrix("index queries", count, n=width, k=model.q_lora_rank, form=form)
            rows = model.d_index + model.index_heads
            yield self.matrix("index key and weights", count, n=rows, k=M, form="bfloat16")

    def attention(self, window: int | None, count: int) -> Iterator[Kernel]:
        """Yield attention over the caches, and over the prompts themselves, of layers alike."""
        if self.model.d_index:
            yield from self._index(count)
        if self.tokens.prompt:
            yield self._prompt_attention(window, count)
        if self.tokens.decodes:
            yield self._cache_attention(window, count)

    def _cache_attention(self, window: int | None, count: int) -> Kernel:
        model, heads = self.model, self.model.n_heads / self.group
        T, chosen = self.tokens, model.index_top_tokens or self.tokens.context
        seen = min(T.context, window or T.context, chosen)
        # A cache is read once for all rows of its sequence; of those that choose, each may choose
        # others
        read = seen if not model.index_top_tokens else min(T.context, chosen * T.looks)
        work = Work(
            2 * T.decodes * seen * T.looks * heads * decode_width(model),
            T.decodes * read * self._position_bytes,
        )
        cache = "bfloat16" if self.plan.cache == "bf16" else "fp8"
        fit = self.fit_for("decode_attention", cache)
        reached = fit.rates(self.chip)._replace(
            flops_per_s=self.fit_for("prefill_attention", "bfloat16").rates(self.chip).flops_per_s
        )
        name = "attention over the cache" if not window else f"attention over {window} tokens"
        seconds = matrix_seconds(work, reached)
        return self.kernel(name, "attention", count=count, work=work, seconds=seconds)

    @property
    def _position_bytes(self) -> float:
        """What a layer keeps of one token on one chip."""
        model = self.model
        values = float(model.kv_lora_rank + model.d_head_rope)  # one latent, on every chip
        if not model.kv_lora_rank:
            values = 2 * model.d_head * max(model.n_kv_heads / self.group, 1)
        return values * self.plan.cache_bytes_per_value

    def _index(self, count: int) -> Iterator[Kernel]:
        """Yield the scores of all tokens before, and the choice of the best."""
        model, T = self.model, self.tokens
        pairs = T.prompt_pairs() + T.decodes * T.looks * T.context
        keys = (T.decodes * T.context + T.prompts * T.before) * model.d_index
        work = Work(pairs * index_flops_per_pair(model), keys * self.plan.cache_bytes_per_value)
        fit = self.fit_for("gemm", "bfloat16")
        yield self.kernel(
            "index scores",
            "attention",
            count=count,
            work=work,
            seconds=matrix_seconds(work, fit.rates(self.chip)),
        )
        yield self.elementwise("choose tokens", count, 2 * pairs)

    def linear(self, count: int) -> Iterator[Kernel]:
        """Yield layers that keep a state by the gated delta rule instead of keys and values."""
        model, M, form, T = self.model, self.model.d_model, self.plan.attention, self.tokens.rows
        D = model.d_linear
        heads, keys = model.linear_value_heads / self.group, model.linear_key_heads / self.group
        mixed = (2 * keys + heads) * D
        yield self.matrix(
            "linear query, key, value, gate", count, n=mixed + heads * D, k=M, form=form
        )
        yield self.matrix("linear decay and rate", count, n=2 * heads, k=M, form="bfloat16")
        yield self.elementwise("convolution", count, 2 * T * mixed)
        layers = model.n_layers - model.n_layers // (model.full_attention_period or 1)
        flops = T * linear_flops_per_token(model) / layers / self.group
        work = Work(
            flops, 2 * self.tokens.sequences * heads * D * D * STATE_BYTES
        )  # read, and written back
        reading = self.fit_for("decode_attention", "bfloat16").rates(self.chip)
        prompt = self.fit_for("prefill_attention", "bfloat16").rates(self.chip)
        reached = reading._replace(flops_per_s=prompt.flops_per_s)
        yield self.kernel(
            "gated delta rule",
            "attention",
            count=count,
            work=work,
            seconds=matrix_seconds(work, reached),
        )
        yield self.elementwise("gated norm", count, 3 * T * heads * D)
        yield self.matrix("linear output", count, n=M, k=heads * D, form=form)

    def _prompt_attention(self, window: int | None, count: int) -> Kernel:
        T, heads, width = self.tokens, self.model.n_heads / self.group, self.model.head_width
        limits = [most for most in (window, self.model.index_top_tokens) if most]
        most = min(limits, default=None)
        flops = 2 * heads * width * T.prompt_pairs(most)
        own = T.prompt * heads * width * ACTIVATION_BYTES
        cached = min(T.before, most or T.before) * self._position_bytes
        work = Work(flops, T.prompts * (own + cached))
        fit = self.fit_for("prefill_attention", "bfloat16")
        timed = Work(flops, 0.0)  # its bytes are in the fitted share
        seconds = summed_seconds(timed, fit.rates(self.chip))
        seconds = max(seconds, floor_seconds(work, self.peak["bfloat16"]))
        return self.kernel(
            "attention over the prompt", "attention", count=count, work=work, seconds=seconds
        )

    def ffn(self, count: int) -> Iterator[Kernel]:
        """Yield the matrices of a dense FFN."""
        F, M, form = self.model.d_ff / self.plan.chips, self.model.d_model, self.plan.dense
        up = 2 if self.model.ffn_kind == "gated" else 1
        yield self.matrix("FFN up", count, n=up * F, k=M, form=form, rows=self.all_rows)
        yield self.matrix("FFN down", count, n=M, k=F, form=form, rows=self.all_rows)

    def moe(self, count: int) -> Iterator[Kernel]:
        """Yield the router, the routed experts and the shared ones."""
        model, M, rows = self.model, self.model.d_model, self.all_rows
        form = KERNEL_FORMATS[self.plan.experts]
        yield self.matrix("router", count, n=model.n_experts, k=M, form="bfloat16")
        one = (3 if model.ffn_kind == "gated" else 2) * M * model.d_ff_expert / self.plan.chips
        touched = experts_touched(model.n_experts, model.n_experts_active, rows)
        work = Work(2 * rows * model.n_experts_active * one, touched * one * form.weight_bytes)
        fit = self.fit_for("moe", self.plan.experts)
        arithmetic = form.arithmetic if self.chip.has(form.arithmetic) else "bf16"
        seconds = summed_seconds(work, fit.rates(self.chip, arithmetic))
        yield self.kernel(
            "routed experts",
            "experts",
            count=count,
            work=work,
            seconds=seconds,
            peak=self.peak[self.plan.experts],
        )
        if model.n_shared_experts:
            F = model.d_ff_expert * model.n_shared_experts / self.plan.chips
            yield self.matrix(
                "shared expert up", count, n=2 * F, k=M, form=self.plan.dense, rows=rows
            )
            yield self.matrix(
                "shared expert down", count, n=M, k=F, form=self.plan.dense, rows=rows
            )

    def between(self, count: int) -> Iterator[Kernel]:
        """Yield what stands between the matrices: norms, rotation, activation, messages."""
        model, T, M, chips = self.model, self.tokens.rows, self.model.d_model, self.plan.chips
        heads = (model.n_heads + 2 * max(model.n_kv_heads, self.group)) / self.group
        yield self.elementwise("norm and residual", 2 * count, 4 * T * M)
        yield self.elementwise("rotate", count, 2 * T * heads * model.d_head)
        yield self.elementwise("write to the cache", count, 2 * T * 2 * model.d_head)
        if model.kv_lora_rank:
            latent = model.q_lora_rank + model.kv_lora_rank
            yield self.elementwise("norms of latents, and splits", 4 * count, 2 * T * latent)
        if not model.n_experts or model.n_dense_layers:
            dense = model.n_dense_layers if model.n_experts else count
            yield self.elementwise("activation", dense, 3 * self.all_rows * model.d_ff / chips)
        if chips > 1:  # after attention within a group, and around FFN or experts over all chips
            yield self.message(
                count * (2 if self.group > 1 else 1), self.all_rows * M * ACTIVATION_BYTES
            )

    def head(self) -> Iterator[Kernel]:
        """Yield the vocabulary's matrix and what draws a token of it."""
        rows = self.tokens.logits * self.plan.attention_data_parallel
        V = self.model.vocab_size / self.plan.chips
        yield self.matrix("vocabulary", 1, n=V, k=self.model.d_model, form="bfloat16", rows=rows)
        yield self.elementwise("draw a token", 3, rows * self.model.vocab_size * LOGIT_BYTES / 2)
