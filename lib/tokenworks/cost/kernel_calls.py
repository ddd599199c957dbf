"""One kernel of a plan on one chip: its work, its floor and what to expect of it."""

from __future__ import annotations

from typing import NamedTuple

from tokenworks.cost.alpha_beta import expected_all_reduce_seconds
from tokenworks.cost.kernel_constants import Constants, KernelFit
from tokenworks.cost.kernels import (
    KERNEL_FORMATS,
    Kernel,
    Rates,
    Work,
    floor_seconds,
    matrix_seconds,
    matrix_work,
)
from tokenworks.cost.serving_plan import MATRIX_LIBRARIES, MESSAGE_LIBRARIES, ServingPlan

ACTIVATION_BYTES = 2  # between kernels, bf16
NODE_CHIPS = 8  # that the all-reduce tables go to


class Tokens(NamedTuple):
    """What a step computes: `decodes` sequences at a mean context, `prompts` alike, or both."""

    decodes: float = 0
    context: float = 0
    prompt: float = 0  # tokens of each that this step reads; 0: no prompts
    prompts: float = 1
    before: float = 0  # tokens of each prompt that earlier steps have read
    looks: float = 1  # rows of each decode that look at its cache: guesses are checked together
    idle: float = 0  # rows of nobody: padding, and slots that are held

    @property
    def rows(self) -> float:
        """Rows through the matrices of one group of attention chips."""
        return self.decodes * self.looks + self.prompt * self.prompts + self.idle

    @property
    def sequences(self) -> float:
        """Sequences of either kind."""
        return self.decodes + (self.prompts if self.prompt else 0)

    @property
    def logits(self) -> float:
        """Rows to the vocabulary: one of each prompt, all of each decode."""
        return self.sequences + self.decodes * (self.looks - 1)

    def prompt_pairs(self, most: float | None = None) -> float:
        """Return the pairs of a row of the prompts and one it sees, itself and `most` at most."""

        def up_to(tokens: float) -> float:
            ramp = min(tokens, most or tokens)
            return ramp * (ramp + 1) / 2 + (tokens - ramp) * ramp

        return self.prompts * (up_to(self.before + self.prompt) - up_to(self.before))


class KernelCalls:
    """What a plan's kernels take for these tokens, one by one."""

    def __init__(self, plan: ServingPlan, tokens: Tokens, constants: Constants) -> None:
        self.plan, self.model, self.tokens = plan, plan.model, tokens
        self.constants, self.chip = constants, plan.chip
        self.group = plan.attention_chips
        self.all_rows = tokens.rows * plan.attention_data_parallel  # experts and FFNs see all
        self.peak = {form: self.peak_rates(form) for form in KERNEL_FORMATS}

    def peak_rates(self, form: str) -> Rates:
        """Return the data sheet's rates for a format; bf16's where the chip has none for it."""
        arithmetic = KERNEL_FORMATS[form].arithmetic
        known = arithmetic if self.chip.has(arithmetic) else "bf16"
        return Rates(self.chip.peak(known), self.chip.hbm_bytes_per_s)

    def matrix(
        self,
        name: str,
        count: int,
        *,
        n: float,
        k: float,
        form: str,
        rows: float | None = None,
        batched: int = 0,
    ) -> Kernel:
        """Return a matrix product; `batched`: one small matrix for each of so many heads."""
        T = self.tokens.rows if rows is None else rows
        work = matrix_work(T, n, k, form=KERNEL_FORMATS[form])
        if batched:  # a small matrix for each head of the group
            heads = batched / self.group
            moved = n * k + T * (heads * k + n)
            work = Work(2 * T * n * k, moved * ACTIVATION_BYTES)
        arithmetic = KERNEL_FORMATS[form].arithmetic
        fit = self.fit_for("gemm", form)
        rates = fit.rates(self.chip, arithmetic if self.chip.has(arithmetic) else "bf16")
        if self.plan.engine == "trtllm" and form == "fp8":  # quantized inside the kernel before
            rates = rates._replace(launch_seconds=self.fit_for("gemm", "bfloat16").launch_seconds)
        peak = self.peak[form]
        return self.kernel(
            name, "matrix", count=count, work=work, seconds=matrix_seconds(work, rates), peak=peak
        )

    def elementwise(self, name: str, count: int, values: float) -> Kernel:
        """Return a kernel that reads and writes so many values and multiplies nothing."""
        fit = self.fit_for("gemm", "bfloat16")
        work = Work(0.0, values * ACTIVATION_BYTES)
        seconds = matrix_seconds(work, fit.rates(self.chip))
        return self.kernel(name, "element-wise", count=count, work=work, seconds=seconds)

    def message(self, count: int, message_bytes: float) -> Kernel:
        """Return an all-reduce of so many bytes, by the faster of the engine's kernel and NCCL."""
        chips = min(self.plan.chips, NODE_CHIPS)
        own = MESSAGE_LIBRARIES[self.plan.engine]
        times = []
        for libraries in ((own, "vllm_graph"), ("nccl",)):
            fit = self.constants.find("all_reduce", self.chip, libraries=libraries, chips=chips)
            times.append(
                expected_all_reduce_seconds(
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

    def fit_for(self, kernel: str, form: str) -> KernelFit:
        """Return the constants of a kind of kernel, by the engine's libraries in their order."""
        libraries: tuple[str, ...] = MATRIX_LIBRARIES[self.plan.engine]
        if kernel.endswith("attention"):
            libraries = ("",)
        return self.constants.find(kernel, self.chip, form, libraries=libraries)

    def kernel(
        self,
        name: str,
        kind: str,
        *,
        count: int,
        work: Work,
        seconds: float,
        peak: Rates | None = None,
    ) -> Kernel:
        """Return a kernel with its floor at the data sheet's rates."""
        floor = floor_seconds(work, peak or self.peak["bfloat16"])
        return Kernel(name, kind, count, work, floor, seconds)
