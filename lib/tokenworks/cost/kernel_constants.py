"""The constants of `cost.kernels`: fitted to timed kernels, one set for a chip and format.

`python -m benchmarks.fit_kernels` makes both tables from `data/silicon/`: `kernel_fits.csv` with a
row for each chip, format and library, and `kernel_card.csv`, the twelve constants that fit on a
card and stand in for a chip that nobody timed. No served request is in either fit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from tokenworks.accelerator import Chip
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.kernels import KERNEL_FORMATS, Rates
from tokenworks.data.rows import load_rows
from tokenworks.number import make_bounded

KINDS = ("gemm", "decode_attention", "prefill_attention", "moe", "all_reduce")
# Chips of one generation of tensor cores: where one lacks a table, its nearest neighbour's shares
# of peak stand in. Source: derived: NVIDIA's compute capabilities 9.0 and 10.x.
GENERATIONS = (("h100-sxm", "h200-sxm"), ("b200", "b300", "gb200", "gb300"))
USEFUL_P90 = 1.0  # a fit that misses a tenth of its points by more than 100 % is not used


@dataclass(frozen=True)
class KernelFit:
    """The constants of one kind of kernel on one chip, and how well they meet what was timed."""

    name: str
    kernel: str  # one of KINDS
    chip: str
    points: int
    launch_seconds: float
    median_error: float  # of the points that the constants were fitted to
    p90_error: float
    held_out_median_error: float  # of shapes that were left out
    held_out_p90_error: float
    source: str
    accessed: str
    format: str = ""  # of the operands or the cache
    library: str = ""  # whose kernels were timed where the tables tell: "vllm", "nccl", …
    compute_share: float = 1.0  # of the data sheet's rate
    bandwidth_share: float = 1.0
    bytes_per_s: float = 0.0  # of all-reduce
    chips: int = 1
    note: str = ""

    def __post_init__(self) -> None:
        make_bounded(self, "compute_share", "bandwidth_share", most=1, above=True)
        make_bounded(self, "launch_seconds", "bytes_per_s")

    def rates(self, on: Chip, arithmetic: str = "bf16") -> Rates:
        """Return what this kernel reaches on a chip; a rate that it lacks raises ValueError."""
        return Rates(
            on.peak(arithmetic) * self.compute_share,
            on.hbm_bytes_per_s * self.bandwidth_share,
            self.launch_seconds,
        )


@dataclass(frozen=True)
class CardConstant:
    """One of the twelve constants, fitted to the tables of all chips together."""

    name: str
    label: str
    value: float
    source: str
    accessed: str
    unit: str = ""


@cache
def kernel_fits() -> tuple[KernelFit, ...]:
    """Return all fits, in file order."""
    return tuple(load_rows(KernelFit, "kernel_fits.csv").values())


@cache
def kernel_card() -> dict[str, CardConstant]:
    """Return the twelve constants by name."""
    return load_rows(CardConstant, "kernel_card.csv")


class Constants:
    """Where the expected time of a kernel takes its constants from.

    `Constants.fitted()` has a set for each chip and format, `Constants.card()` twelve numbers for
    all. A chip or format without a fit takes its generation's, then the card's: `notes` says so,
    and may be cleared between two predictions. On a TPU a step is one compiled program, whose
    kernels nobody launches: the card's launches are left out there (assumed; messages keep theirs).
    """

    def __init__(self, fits: tuple[KernelFit, ...], label: str) -> None:
        self.label = label
        self.notes: dict[str, None] = {}
        self._fits = {(f.kernel, f.chip, f.format, f.library, f.chips): f for f in fits}
        self._found: dict[tuple[object, ...], tuple[KernelFit, str]] = {}

    @classmethod
    def fitted(cls) -> Constants:
        """Return the constants of each chip, format and library."""
        return cls(kernel_fits(), "fitted")

    @classmethod
    def card(cls) -> Constants:
        """Return the twelve constants alone."""
        return cls((), "card")

    def find(
        self,
        kernel: str,
        on: Chip,
        form: str = "",
        *,
        libraries: tuple[str, ...],
        chips: int = 1,
    ) -> KernelFit:
        """Return the fit for a kernel on a chip: the first library that has one, or a stand-in."""
        key = (kernel, on.name, form, libraries, chips)
        if key not in self._found:
            self._found[key] = self._look(kernel, on, form, libraries=libraries, chips=chips)
        fit, note = self._found[key]
        if note:
            self.notes[note] = None
        return fit

    def _look(
        self, kernel: str, on: Chip, form: str, *, libraries: tuple[str, ...], chips: int
    ) -> tuple[KernelFit, str]:
        what = f"{kernel.replace('_', ' ')} {form}".strip()
        for name in (on.name, *_generation(on.name)):
            for library in libraries:
                fit = self._fits.get((kernel, name, form, library, chips))
                if fit is not None and fit.p90_error <= USEFUL_P90:
                    used = f"{what} on {on.label}: constants of {name}"
                    return fit, "" if name == on.name else used
        missing = f"{what} on {on.label}: no fit to rely on, so the card's constants"
        fit = card_fit(kernel, form, chips=chips)
        if on.kind == "tpu" and kernel != "all_reduce":
            fit = replace(fit, launch_seconds=0.0)
        return fit, missing if self._fits else ""


def _generation(name: str) -> list[str]:
    mates = next((group for group in GENERATIONS if name in group), ())
    return [mate for mate in mates if mate != name]


@cache
@physical
def card_fit(kernel: str, form: str, *, chips: Count = 1) -> KernelFit:
    """Return the card's constants in the shape of a fit; an unknown kernel raises ValueError."""
    if kernel not in KINDS:
        raise ValueError(f"{kernel!r} is no kernel with constants; known: {', '.join(KINDS)}")
    narrow = form in KERNEL_FORMATS and KERNEL_FORMATS[form].arithmetic != "bf16"
    names = dict(CARD_NAMES[kernel])
    if kernel == "gemm" and narrow:
        names["compute_share"] = "narrow_compute_share"
    card = kernel_card()
    first = next(iter(card.values()))
    return KernelFit(
        name=f"card-{kernel}",
        kernel=kernel,
        chip="",
        format=form,
        library="card",
        chips=chips,
        points=0,
        median_error=0.0,
        p90_error=0.0,
        held_out_median_error=0.0,
        held_out_p90_error=0.0,
        source=first.source,
        accessed=first.accessed,
        **{field: card[name].value for field, name in names.items()},  # type: ignore[arg-type]
    )


# Which of the twelve are which constants of a kernel.
CARD_NAMES = {
    "gemm": {
        "compute_share": "bf16_compute_share",
        "bandwidth_share": "matrix_bandwidth_share",
        "launch_seconds": "matrix_launch",
    },
    "decode_attention": {
        "bandwidth_share": "decode_bandwidth_share",
        "launch_seconds": "attention_launch",
    },
    "prefill_attention": {
        "compute_share": "prefill_compute_share",
        "launch_seconds": "attention_launch",
    },
    "moe": {
        "compute_share": "expert_compute_share",
        "bandwidth_share": "expert_bandwidth_share",
        "launch_seconds": "expert_launch",
    },
    "all_reduce": {"launch_seconds": "all_reduce_latency", "bytes_per_s": "all_reduce_rate"},
}
