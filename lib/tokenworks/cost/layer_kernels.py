"""What each part of a layer runs on one chip: matrices, attention, experts, messages, the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tokenworks.cost.kernel_constants import Constants, KernelFit
from tokenworks.cost.kernels import (
    KERNEL_FORMATS,
    Kernel,
    Rates,
    Work,
    all_reduce_seconds,
    experts_touched,
    floor_seconds,
    matrix_seconds,
    matrix_work,
    summed_seconds,
)
from tokenworks.cost.serving_plan import MATRIX_LIBRARIES, MESSAGE_LIBRARIES, ServingPlan
from tokenworks.cost.attention_flops import (
    decode_width,
    index_flops_per_pair,
    linear_flops_per_token,
)

ACTIVATION_BYTES = 2  # between kernels, bf16
LOGIT_BYTES = 4
STATE_BYTES = 4  # of a linear layer's state, float32
NODE_CHIPS = 8  # that the all-reduce tables go to


class Tokens(NamedTuple):
    """What a step computes: `decodes` sequences at a mean context, or one prompt's tokens."""

    decodes: float = 0
    context: float = 0
    prompt: float = 0

    @property
    def rows(self) -> float:
        """Rows through the matrices of one group of attention chips."""
        return self.decodes + self.prompt


class LayerKernels:
    """The kernels that one chip of a plan runs for these tokens, part by part."""

    def __init__(self, plan: ServingPlan, tokens: Tokens, constants: Constants) -> None:
        self.plan, self.model, self.tokens = plan, plan.model, tokens
        self.constants, self.chip = constants, plan.chip
        self.group = plan.attention_chips
        self.all_rows = tokens.rows * plan.attention_data_parallel  # experts and FFNs see all
        self.peak = {form: self._peak(form) for form in KERNEL_FORMATS}

    def _peak(self, form: str) -> Rates:
        arithmetic = KERNEL_FORMATS[form].arithmetic
        known = arithmetic if self.chip.has(arithmetic) else "bf16"
        return Rates(self.chip.peak(known), self.chip.hbm_bytes_per_s)

    def attention_matrices(self, count: int) -> Iterator[Kernel]:
        """Yield the projections before and after attention."""
        model, M, form = self.model, self.model.d_model, self.plan.attention
        H, heads = model.n_heads, model.n_heads / self.group
        if not model.kv_lora_rank:
            kv_heads = max(model.n_kv_heads / self.group, 1)
            gates = heads if model.attention_gate else 0
            rows = (heads + gates + 2 * kv_heads) * model.d_head
            yield self._matrix("query, key, value", count, rows, M, form)
            yield self._matrix("attention output", count, M, heads * model.d_head, form)
            return
        rank, rope, nope = model.kv_lora_rank, model.d_head_rope, model.d_head_nope
        query = model.q_lora_rank or M
        down = model.q_lora_rank + rank + rope
        yield self._matrix("query and latent down", count, down, M, form)
        yield self._matrix("query up", count, heads * (nope + rope), query, form)
        # Latent attention: keys' and values' matrices multiply queries and outputs, in 16 bits
        for name, width in (("key absorbed", nope), ("value absorbed", model.d_head_v)):
            yield self._matrix(name, count, heads * rank, width, "bfloat16", batched=H)
        yield self._matrix("attention output", count, M, heads * model.d_head_v, form)
        if model.d_index:  # every chip has the whole index
            width = model.index_heads * model.d_index
            yield self._matrix("index queries", count, width, model.q_lora_rank, form)
            rows = model.d_index + model.index_heads
            yield self._matrix("index key and weights", count, rows, M, "bfloat16")

    def attention(self, window: int | None, count: int) -> Iterator[Kernel]:
        """Yield attention over the cache, or over the prompt itself, of layers alike."""
        model, heads = self.model, self.model.n_heads / self.group
        if model.d_index:
            yield from self._index(count)
        if self.tokens.prompt:
            yield self._prompt_attention(window, count, heads)
            return
        seen = min(window or self.tokens.context, model.index_top_tokens or self.tokens.context)
        context = min(self.tokens.context, seen)
        positions = self.tokens.decodes * context
        if model.kv_lora_rank:
            values = float(model.kv_lora_rank + model.d_head_rope)  # one latent, on every chip
        else:
            values = 2 * model.d_head * max(model.n_kv_heads / self.group, 1)
        work = Work(
            2 * positions * heads * decode_width(model),
            positions * values * self.plan.cache_bytes_per_value,
        )
        cache = "bfloat16" if self.plan.cache == "bf16" else "fp8"
        fit = self._fit("decode_attention", cache)
        reached = fit.rates(self.chip)._replace(
            flops_per_s=self._fit("prefill_attention", "bfloat16").rates(self.chip).flops_per_s
        )
        name = "attention over the cache" if not window else f"attention over {window} tokens"
        yield self._kernel(name, "attention", count, work, matrix_seconds(work, reached))

    def _index(self, count: int) -> Iterator[Kernel]:
        """Yield the scores of all tokens before, and the choice of the best."""
        model, T = self.model, self.tokens
        pairs = T.prompt * (T.prompt + 1) / 2 if T.prompt else T.decodes * T.context
        keys = 0 if T.prompt else T.decodes * T.context * model.d_index
        work = Work(pairs * index_flops_per_pair(model), keys * self.plan.cache_bytes_per_value)
        fit = self._fit("gemm", "bfloat16")
        yield self._kernel(
            "index scores", "attention", count, work, matrix_seconds(work, fit.rates(self.chip))
        )
        yield self._elementwise("choose tokens", count, 2 * pairs)

    def linear(self, count: int) -> Iterator[Kernel]:
        """Yield layers that keep a state by the gated delta rule instead of keys and values."""
        model, M, form, T = self.model, self.model.d_model, self.plan.attention, self.tokens.rows
        D = model.d_linear
        heads, keys = model.linear_value_heads / self.group, model.linear_key_heads / self.group
        mixed = (2 * keys + heads) * D
        yield self._matrix("linear query, key, value, gate", count, mixed + heads * D, M, form)
        yield self._matrix("linear decay and rate", count, 2 * heads, M, "bfloat16")
        yield self._elementwise("convolution", count, 2 * T * mixed)
        layers = model.n_layers - model.n_layers // (model.full_attention_period or 1)
        flops = T * linear_flops_per_token(model) / layers / self.group
        states = self.tokens.decodes or 1
        work = Work(flops, 2 * states * heads * D * D * STATE_BYTES)  # read, and written back
        reading = self._fit("decode_attention", "bfloat16").rates(self.chip)
        prompt = self._fit("prefill_attention", "bfloat16").rates(self.chip)
        reached = reading._replace(flops_per_s=prompt.flops_per_s)
        yield self._kernel(
            "gated delta rule", "attention", count, work, matrix_seconds(work, reached)
        )
        yield self._elementwise("gated norm", count, 3 * T * heads * D)
        yield self._matrix("linear output", count, M, heads * D, form)

    def _prompt_attention(self, window: int | None, count: int, heads: float) -> Kernel:
        S = self.tokens.prompt
        ramp = min(S, window or S, self.model.index_top_tokens or S)
        pairs = ramp * (ramp + 1) / 2 + (S - ramp) * ramp
        width = self.model.head_width
        flops = 2 * heads * width * pairs
        work = Work(flops, S * heads * width * ACTIVATION_BYTES)
        fit = self._fit("prefill_attention", "bfloat16")
        timed = Work(flops, 0.0)  # its bytes are in the fitted share
        seconds = summed_seconds(timed, fit.rates(self.chip))
        seconds = max(seconds, floor_seconds(work, self.peak["bfloat16"]))
        return self._kernel("attention over the prompt", "attention", count, work, seconds)

    def ffn(self, count: int) -> Iterator[Kernel]:
        """Yield the matrices of a dense FFN."""
        F, M, form = self.model.d_ff / self.plan.chips, self.model.d_model, self.plan.dense
        up = 2 if self.model.ffn_kind == "gated" else 1
        yield self._matrix("FFN up", count, up * F, M, form, rows=self.all_rows)
        yield self._matrix("FFN down", count, M, F, form, rows=self.all_rows)

    def moe(self, count: int) -> Iterator[Kernel]:
        """Yield the router, the routed experts and the shared ones."""
        model, M, rows = self.model, self.model.d_model, self.all_rows
        form = KERNEL_FORMATS[self.plan.experts]
        yield self._matrix("router", count, model.n_experts, M, "bfloat16")
        one = (3 if model.ffn_kind == "gated" else 2) * M * model.d_ff_expert / self.plan.chips
        touched = experts_touched(model.n_experts, model.n_experts_active, rows)
        work = Work(2 * rows * model.n_experts_active * one, touched * one * form.weight_bytes)
        fit = self._fit("moe", self.plan.experts)
        arithmetic = form.arithmetic if self.chip.has(form.arithmetic) else "bf16"
        seconds = summed_seconds(work, fit.rates(self.chip, arithmetic))
        yield self._kernel(
            "routed experts", "experts", count, work, seconds, peak=self.peak[self.plan.experts]
        )
        if model.n_shared_experts:
            F = model.d_ff_expert * model.n_shared_experts / self.plan.chips
            yield self._matrix("shared expert up", count, 2 * F, M, self.plan.dense, rows=rows)
            yield self._matrix("shared expert down", count, M, F, self.plan.dense, rows=rows)

    def between(self, count: int) -> Iterator[Kernel]:
        """Yield what stands between the matrices: norms, rotation, activation, messages."""
        model, T, M = self.model, self.tokens.rows, self.model.d_model
        heads = (model.n_heads + 2 * max(model.n_kv_heads, self.group)) / self.group
        yield self._elementwise("norm and residual", 2 * count, 4 * T * M)
        yield self._elementwise("rotate", count, 2 * T * heads * model.d_head)
        yield self._elementwise("write to the cache", count, 2 * T * 2 * model.d_head)
        if model.kv_lora_rank:
            latent = model.q_lora_rank + model.kv_lora_rank
            yield self._elementwise("norms of latents, and splits", 4 * count, 2 * T * latent)
        if not model.n_experts or model.n_dense_layers:
            dense = model.n_dense_layers if model.n_experts else count
            yield self._elementwise("activation", dense, 3 * T * model.d_ff / self.plan.chips)
        if self.plan.chips > 1:
            yield self._message(2 * count, self.all_rows * M * ACTIVATION_BYTES)

    def head(self) -> Iterator[Kernel]:
        """Yield the vocabulary's matrix and what draws a token of it."""
        rows = self.tokens.decodes or 1
        V = self.model.vocab_size / self.plan.chips
        yield self._matrix("vocabulary", 1, V, self.model.d_model, "bfloat16", rows=rows)
        yield self._elementwise("draw a token", 3, rows * self.model.vocab_size * LOGIT_BYTES / 2)

    def _matrix(
        self,
        name: str,
        count: int,
        n: float,
        k: float,
        form: str,
        *,
        rows: float | None = None,
        batched: int = 0,
    ) -> Kernel:
        T = self.tokens.rows if rows is None else rows
        work = matrix_work(T, n, k, KERNEL_FORMATS[form])
        if batched:  # a small matrix for each head of the group
            heads = batched / self.group
            moved = n * k + T * (heads * k + n)
            work = Work(2 * T * n * k, moved * ACTIVATION_BYTES)
        arithmetic = KERNEL_FORMATS[form].arithmetic
        fit = self._fit("gemm", form)
        rates = fit.rates(self.chip, arithmetic if self.chip.has(arithmetic) else "bf16")
        if self.plan.engine == "trtllm" and form == "fp8":  # quantized inside the kernel before
            rates = rates._replace(launch_seconds=self._fit("gemm", "bfloat16").launch_seconds)
        peak = self.peak[form]
        return self._kernel(name, "matrix", count, work, matrix_seconds(work, rates), peak=peak)

    def _elementwise(self, name: str, count: int, values: float) -> Kernel:
        fit = self._fit("gemm", "bfloat16")
        work = Work(0.0, values * ACTIVATION_BYTES)
        seconds = matrix_seconds(work, fit.rates(self.chip))
        return self._kernel(name, "element-wise", count, work, seconds)

    def _message(self, count: int, message_bytes: float) -> Kernel:
        chips = min(self.plan.chips, NODE_CHIPS)
        own = MESSAGE_LIBRARIES[self.plan.engine]
        times = []
        for libraries in ((own, "vllm_graph"), ("nccl",)):
            fit = self.constants.find("all_reduce", self.chip, "", libraries, chips=chips)
            times.append(
                all_reduce_seconds(
                    message_bytes,
                    chips,
                    latency_seconds=fit.launch_seconds,
                    bytes_per_s=fit.bytes_per_s,
                )
            )
        link = self.chip.link_bytes_per_s
        floor = message_bytes / (link / 2) if link else 0.0  # sent once, reduced on the way
        work = Work(0.0, message_bytes)
        return Kernel("all-reduce", "all-reduce", count, work, floor, max(min(times), floor))

    def _fit(self, kernel: str, form: str) -> KernelFit:
        libraries: tuple[str, ...] = MATRIX_LIBRARIES[self.plan.engine]
        if kernel.endswith("attention"):
            libraries = ("",)
        return self.constants.find(kernel, self.chip, form, libraries)

    def _kernel(
        self,
        name: str,
        kind: str,
        count: int,
        work: Work,
        seconds: float,
        *,
        peak: Rates | None = None,
    ) -> Kernel:
        floor = floor_seconds(work, peak or self.peak["bfloat16"])
        return Kernel(name, kind, count, work, floor, seconds)
