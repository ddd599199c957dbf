"""Fit the constants of `tokenworks.cost.kernels` to the timed kernels of `data/silicon/`.

`python -m benchmarks.fit_kernels` rewrites `lib/tokenworks/data/kernel_fits.csv` (a row for each
kernel, chip, format and library) and `kernel_card.csv` (the twelve constants for all chips). Each
fit makes the mean absolute logarithm of expected over measured as small as it gets, shares at most
1. The errors held out are of shapes that a fit had not seen: six parts, each left out once.
No end-to-end row is read. About two minutes on two cores.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks.kernel_points import (
    PARTS,
    Array,
    Points,
    attention_points,
    gemm_points,
    message_points,
    moe_points,
)
from tokenworks.cost.kernels import KERNEL_FORMATS
from tools.repository import ROOT

DATA = ROOT / "lib" / "tokenworks" / "data"
FITS, CARD = DATA / "kernel_fits.csv", DATA / "kernel_card.csv"
SOURCE = "https://pypi.org/project/aiconfigurator-core/0.12.0/"  # of what was fitted
ACCESSED = "2026-11-29"


Model = Callable[[Points, Array], Array]


def roofline(points: Points, x: Array) -> Array:
    """Return the larger of the two times at shares x[0] and x[1], and a launch of x[2]."""
    return np.maximum(points.flops / x[0], points.bytes / x[1]) + x[2]


def summed(points: Points, x: Array) -> Array:
    """Return both times added at shares x[0] and x[1], and a launch of x[2]."""
    return points.flops / x[0] + points.bytes / x[1] + x[2]


def moving(points: Points, x: Array) -> Array:
    """Return the time of moving at share (or rate) x[0], and a launch of x[1]."""
    return points.bytes / x[0] + x[1]


def multiplying(points: Points, x: Array) -> Array:
    """Return the time of multiplying at share x[0], and a launch of x[1]."""
    return points.flops / x[0] + x[1]


def fit(model: Model, points: Points, start: Sequence[float], *, top: Sequence[float]) -> Array:
    """Return the constants with the least mean |log(expected / measured)|, none above its top."""
    high = np.log(np.array(top))
    low = high - np.where(np.array(top) == 1.0, np.log(50.0), np.inf)  # no share below 2 %

    def loss(log_x: Array) -> float:
        expected = model(points, np.exp(np.clip(log_x, low, high)))
        return float(np.mean(np.abs(np.log(expected / points.taken))))

    best = None
    for nudge in (0.0, 0.4, -0.4):
        begin = np.log(np.array(start)) + nudge * (np.arange(len(start)) == 0)
        found = minimize(
            loss, begin, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-5}
        )
        if best is None or found.fun < best.fun - 1e-9:
            best = found
    assert best is not None
    return np.exp(np.clip(best.x, low, high))


def errors(expected: Array, taken: Array) -> tuple[float, float]:
    """Return median and 90th percentile of |expected / measured - 1|."""
    off = np.abs(expected / taken - 1)
    return float(np.median(off)), float(np.quantile(off, 0.9))


def held_out(
    model: Model, points: Points, start: Sequence[float], *, top: Sequence[float]
) -> tuple[float, float]:
    """Return the two errors on shapes that were left out of the fit, all parts together."""
    expected = np.empty_like(points.taken)
    for part in range(PARTS):
        out = points.part == part
        if out.all() or not out.any():
            continue
        x = fit(model, points.chosen(~out), start, top=top)
        expected[out] = model(points.chosen(out), x)
    return errors(expected, points.taken)


SHARES = [1.0, 1.0, 1e-3]


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """Write a table; numbers with four significant digits."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()})


def pooled(groups: dict[tuple[str, str, str], Points], *, narrow: bool | None = None) -> Points:
    """Return the points of the data centre's chips together, of one width of arithmetic."""
    whole = Points([])
    for (name, form, _), points in groups.items():
        wide = form not in KERNEL_FORMATS or KERNEL_FORMATS[form].arithmetic == "bf16"
        if name in CARD_CHIPS and (narrow is None or narrow != wide):
            for array in ("flops", "bytes", "taken", "part"):
                both = getattr(whole, array), getattr(points, array)
                setattr(whole, array, np.concatenate(both))
    return whole


CARD_CHIPS = ("a100-80gb", "h100-sxm", "h200-sxm", "b200", "b300", "gb200", "gb300")
KERNELS: dict[str, tuple[Model, list[float], list[float], tuple[str, ...]]] = {
    "gemm": (roofline, [0.7, 0.8, 5e-6], SHARES, ("compute_share", "bandwidth_share")),
    "decode_attention": (moving, [0.8, 1e-5], [1.0, 1e-3], ("bandwidth_share",)),
    "prefill_attention": (multiplying, [0.6, 1e-5], [1.0, 1e-3], ("compute_share",)),
    "moe": (summed, [0.5, 0.7, 3e-5], SHARES, ("compute_share", "bandwidth_share")),
    "all_reduce": (moving, [3e11, 8e-6], [1e13, 1e-3], ("bytes_per_s",)),
}


def fit_rows(kernel: str, groups: dict[tuple[str, str, str | int], Points]) -> list[dict]:
    """Return the table's rows of one kind of kernel, a fit for each group."""
    return [fit_row(kernel, key, points) for key, points in sorted(groups.items())]


def fit_row(kernel: str, key: tuple[str, str, str | int], points: Points) -> dict[str, object]:
    """Return one row: its labels, its constants, and its errors in and out of sample."""
    model, start, top, names = KERNELS[kernel]
    name, second, third = key
    x = fit(model, points, start, top=top)
    inside = errors(model(points, x), points.taken)
    outside = held_out(model, points, start, top=top)
    messages = kernel == "all_reduce"
    label = "-".join(str(part) for part in (kernel, *key) if part)
    row: dict[str, object] = {
        "name": label.lower().replace("_", "-"),
        "kernel": kernel,
        "chip": name,
        "format": "" if messages else second,
        "library": second if messages else third,
        "chips": third if messages else 1,
        "points": len(points.taken),
        "compute_share": "",
        "bandwidth_share": "",
        "bytes_per_s": "",
        "launch_seconds": float(x[-1]),
        "median_error": inside[0],
        "p90_error": inside[1],
        "held_out_median_error": outside[0],
        "held_out_p90_error": outside[1],
        "source": SOURCE,
        "accessed": ACCESSED,
    }
    print(row["name"], x, inside, outside, flush=True)
    return row | dict(zip(names, map(float, x[:-1]), strict=True))


LABELS = {  # of the card's twelve, with their units
    "bf16_compute_share": ("matrices: share of the bf16 peak", ""),
    "narrow_compute_share": ("matrices: share of the fp8 or fp4 peak", ""),
    "matrix_bandwidth_share": ("matrices: share of the bandwidth", ""),
    "matrix_launch": ("matrices and element-wise kernels: launch", "s"),
    "decode_bandwidth_share": ("attention in a decode step: share of the bandwidth", ""),
    "attention_launch": ("attention: launch", "s"),
    "prefill_compute_share": ("attention over a prompt: share of the bf16 peak", ""),
    "expert_compute_share": ("routed experts: share of the peak", ""),
    "expert_bandwidth_share": ("routed experts: share of the bandwidth", ""),
    "expert_launch": ("routed experts: launch", "s"),
    "all_reduce_latency": ("all-reduce: alpha", "s"),
    "all_reduce_rate": ("all-reduce: beta, of the ring's bytes", "B/s"),
}


def card_values() -> list[float]:
    """Return the twelve constants in the order of `LABELS`."""
    gemm, own = gemm_points(), message_points()
    wide = fit(roofline, pooled(gemm, narrow=False), [0.7, 0.8, 5e-6], top=SHARES)
    narrow = fit(roofline, pooled(gemm, narrow=True), [0.5, 0.8, 5e-6], top=SHARES)
    decode = fit(moving, pooled(attention_points(decode=True)), [0.8, 1e-5], top=[1.0, 1e-3])
    launch = float(decode[1])

    def at_launch(points: Points, x: Array) -> Array:
        return points.flops / x[0] + launch

    prefill = fit(at_launch, pooled(attention_points(decode=False)), [0.6], top=[1.0])
    experts = fit(summed, pooled(moe_points()), [0.5, 0.7, 3e-5], top=SHARES)
    own = {k: v for k, v in own.items() if k[1] in ("vllm_graph", "trtllm")}
    messages = fit(moving, pooled(own), [3e11, 8e-6], top=[1e13, 1e-3])  # type: ignore[arg-type]
    products = [wide[0], narrow[0], wide[1], wide[2]]
    attention = [decode[0], launch, prefill[0]]
    return [*map(float, [*products, *attention, *experts]), float(messages[1]), float(messages[0])]


def card_rows() -> list[dict[str, object]]:
    """Return the twelve constants, fitted to the data centre's chips together."""
    return [
        {
            "name": name,
            "label": label,
            "value": value,
            "unit": unit,
            "source": SOURCE,
            "accessed": ACCESSED,
        }
        for (name, (label, unit)), value in zip(LABELS.items(), card_values(), strict=True)
    ]


def main() -> int:
    """Fit everything and rewrite both tables."""
    rows = fit_rows("gemm", gemm_points())  # type: ignore[arg-type]
    rows += fit_rows("decode_attention", attention_points(decode=True))  # type: ignore[arg-type]
    rows += fit_rows("prefill_attention", attention_points(decode=False))  # type: ignore[arg-type]
    rows += fit_rows("moe", moe_points())  # type: ignore[arg-type]
    rows += fit_rows("all_reduce", message_points())  # type: ignore[arg-type]
    write_rows(FITS, rows)
    write_rows(CARD, card_rows())
    return 0


if __name__ == "__main__":
    sys.exit(main())
