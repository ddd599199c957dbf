"""The weight matrices that were timed, and which ones of a Llama they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tokenworks.architecture import ModelSpec
from tokenworks.cost.product_times import timed_products
from tokenworks.data.silicon import gemm_times
from tokenworks.specs import model_spec
from tokenworks.widgets.kit import count_text

TOKENS = tuple(sorted({t.tokens for t in gemm_times()}))
MODELS = {"llama-3-8b": "8B", "llama-3-70b": "70B"}
CHIPS = (1, 2, 4, 8)  # that share a layer


@dataclass(frozen=True)
class Matrix:
    """A weight matrix: its sides, and which one of a Llama it is, if one."""

    d_out: int
    d_in: int
    role: str

    @property
    def label(self) -> str:
        """Sides, out first, and role."""
        sides = f"{count_text(self.d_out)} × {count_text(self.d_in)}"
        return f"{sides}: {self.role}" if self.role else sides


def shares(spec: ModelSpec, chips: int) -> dict[str, tuple[int, int]]:
    """Return the matrices of a layer, [out, in], of which each of so many chips holds a part."""
    M, H, K, F, D = spec.d_model, spec.n_heads, spec.n_kv_heads, spec.d_ff, spec.d_head
    return {
        "query, key, value": ((H + 2 * K) * D // chips, M),
        "attention output": (M, H * D // chips),
        "gate and up": (2 * F // chips, M),
        "down": (M, F // chips),
    }


def _roles() -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for chips in CHIPS:
        for model, size in MODELS.items():
            on = "" if chips == 1 else f" on {chips} chips"
            for role, sides in shares(model_spec(model), chips).items():
                found.setdefault(sides, f"{role}, {size}{on}")
    return found


def _matrices() -> dict[str, Matrix]:
    roles = _roles()
    found = sorted({(t.n, t.k) for t in gemm_times()})
    return {f"{n}x{k}": Matrix(n, k, roles.get((n, k), "")) for n, k in found}


MATRICES = _matrices()


@cache
def measured(chip: str, precision: str) -> dict[tuple[str, int], float]:
    """Return the measured seconds by name of matrix and tokens; what nobody timed is missing."""
    rows = (one.timed for one in timed_products(chip, precision))
    return {(f"{t.n}x{t.k}", t.tokens): t.seconds for t in rows}
