"""The decode steps that the TPU compiler is asked about: what fits on which slice, and what next.

`benchmarks/record_decode_compiles.py` writes the answers down, a test asks for some again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tokenworks.parallel.compiled_step import CompiledStep, compile_step
from tokenworks.parallel.slices import tpu_slice
from tokenworks.specs import model_spec


@dataclass(frozen=True)
class AskedStep:
    """A model in its formats on a slice, with so many sequences of so many tokens."""

    model: str
    topology: str
    weights: str
    kv: str
    batch: int
    context: int = 8192
    kv_cut: str = "copies"
    data: int = 1

    @property
    def name(self) -> str:
        """Such as "llama-3-70b v5e:2x4 int8/int8 32 x 8192"."""
        formats = f"{self.weights}/{self.kv} {self.batch} x {self.context}"
        ways = [f"by {self.kv_cut}"] if self.kv_cut != "copies" else []
        ways += [f"{self.data} replicas"] if self.data > 1 else []
        return " ".join([self.model, self.topology, formats, *ways])

    def compile(self, *, costs: bool = True) -> CompiledStep:
        """Compile it; `compile_step` says what may be raised."""
        return compile_step(
            model_spec(self.model),
            tpu_slice(self.topology),
            batch=self.batch,
            context=self.context,
            weights=self.weights,
            kv=self.kv,
            kv_cut=self.kv_cut,
            data=self.data,
            costs=costs,
        )


def said(asked: AskedStep, *, costs: bool = True) -> dict[str, Any]:
    """Return the row of data/decode_compiles.json: what was asked, and the answer."""
    step = asked.compile(costs=costs)
    exchanged = [
        {
            "kind": each.kind,
            "operand": each.operand,
            "operand_bytes": each.operand_bytes,
            "devices": len(each.groups[0]),
            "calls": each.calls,
        }
        for each in step.exchanged
    ]
    numbers = ("fits", "needed_bytes", "limit_bytes", "weight_bytes", "kv_bytes", "kv_copies")
    costs_of = ("flops", "bytes_accessed", "seconds")
    return {
        **asdict(asked),
        **{name: getattr(step, name) for name in numbers},
        **step.parts,
        **{name: getattr(step, name) for name in costs_of},
        "exchanged": exchanged,
    }


SMALL, LARGE, HUGE = "llama-3-8b", "llama-3-70b", "llama-3-405b"
STEPS = {
    asked.name: asked
    for asked in (
        AskedStep(SMALL, "v5e:1x1", "bf16", "bf16", 1),
        AskedStep(SMALL, "v5e:2x2", "bf16", "bf16", 8),
        AskedStep(SMALL, "v5e:1x1", "int8", "int8", 8),
        AskedStep(SMALL, "v5e:1x1", "int8", "int8", 16),
        AskedStep(SMALL, "v5e:1x1", "int4", "int8", 16),
        AskedStep(SMALL, "v5e:1x1", "int4", "int8", 32),
        AskedStep(SMALL, "v5e:1x1", "fp8", "fp8", 8),
        AskedStep(LARGE, "v5e:2x4", "bf16", "bf16", 8),
        AskedStep(LARGE, "v5e:4x4", "bf16", "bf16", 8),
        AskedStep(LARGE, "v5e:2x2", "int8", "int8", 8),
        AskedStep(LARGE, "v5e:2x4", "int8", "int8", 32),
        AskedStep(LARGE, "v5e:2x4", "int8", "int8", 44),
        AskedStep(LARGE, "v5e:2x4", "int8", "int8", 48),
        AskedStep(LARGE, "v5e:2x4", "int8", "int8", 120),
        AskedStep(LARGE, "v5e:2x2", "int4", "int8", 8),
        AskedStep(LARGE, "v5e:2x2", "int4", "int8", 32),
        AskedStep(LARGE, "v5e:4x4", "int8", "int8", 32),
        AskedStep(LARGE, "v5e:4x4", "int8", "int8", 32, kv_cut="sequence"),
        AskedStep(LARGE, "v5e:4x4", "int8", "int8", 8, 2048, kv_cut="sequence"),
        AskedStep(LARGE, "v5e:4x4", "int8", "int8", 8, 2048, data=2),
        AskedStep(LARGE, "v5e:4x4", "int8", "int8", 128, 2048, kv_cut="sequence"),
        AskedStep(LARGE, "v5e:4x4", "int8", "int8", 128, 2048, data=2),
        AskedStep(HUGE, "v5e:4x4", "int8", "int8", 8),
        AskedStep(HUGE, "v5e:4x8", "int8", "int8", 8),
        AskedStep(LARGE, "v6e:2x2", "int8", "int8", 8),
        AskedStep(LARGE, "v5p:2x2x1", "bf16", "bf16", 8),
        AskedStep(LARGE, "v4:2x2x2", "bf16", "bf16", 8),
    )
}
