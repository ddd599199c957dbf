"""Lay lines through all timed all-reduces, find where libraries switch, and record the result.

`python -m benchmarks.fit_all_reduce` rewrites `benchmarks/results/all_reduce.json`: for each chip,
library and number of chips the lines with their constants, the switch points by name, the errors
of all points, and the size that is missed most. The library computes the same when it is asked
(`tokenworks.cost.fit_all_reduce`); a test holds the two together. Three seconds.
"""

from __future__ import annotations

import json
import platform
import sys
from datetime import date
from statistics import median
from typing import Any

from tokenworks.cost.all_reduce_fits import AllReduceFit, fit_all_reduce, groups, size
from tokenworks.cost.alpha_beta import LEAST_POINTS, SWITCH_COST
from tools.repository import ROOT

RECORD = ROOT / "benchmarks" / "results" / "all_reduce.json"
MISSED = 0.1  # a point that is off by more is listed as missed


def rounded(value: float) -> float:
    """Return a number with four significant digits."""
    return float(f"{value:.4g}")


def fit_record(fit: AllReduceFit) -> dict[str, Any]:
    """Return one group's lines, switch points and errors."""
    return {
        "chip": fit.chip,
        "library": fit.implementation,
        "chips": fit.chips,
        "lines": [
            {
                "from": size(segment.first_bytes),
                "to": size(segment.last_bytes),
                "alpha_seconds": rounded(segment.latency_seconds),
                "beta_seconds_per_byte": rounded(segment.line.seconds_per_byte),
                "median_error": rounded(segment.median_error),
            }
            for segment in fit.segments
        ],
        "switches": [switch.name for switch in fit.switches],
        "median_error": rounded(fit.median_error),
        "p90_error": rounded(fit.p90_error),
        "held_out_median_error": rounded(fit.held_out_median_error),
        "missed_most": {"at": size(fit.worst_bytes), "by": rounded(fit.worst_error)},
    }


def summary(fits: list[AllReduceFit]) -> dict[str, Any]:
    """Return the errors of all groups together, and how many groups have a tenth off by more."""
    worst = max(fits, key=lambda fit: fit.median_error)
    return {
        "groups": len(fits),
        "lines": sum(len(fit.segments) for fit in fits),
        "median_of_medians": rounded(median(fit.median_error for fit in fits)),
        "worst_median": rounded(worst.median_error),
        "worst_group": f"{worst.implementation} on {worst.chips} x {worst.chip}",
        "worst_held_out_median": rounded(max(fit.held_out_median_error for fit in fits)),
        "groups_with_p90_over_10_percent": sum(fit.p90_error > MISSED for fit in fits),
    }


def record() -> dict[str, Any]:
    """Return what the library says today of everything that was timed."""
    fits = [fit_all_reduce(*group) for group in groups()]
    return {
        "source": fits[0].source,
        "accessed": fits[0].accessed,
        "least_points": LEAST_POINTS,
        "switch_cost": SWITCH_COST,
        "summary": summary(fits),
        "fits": [fit_record(fit) for fit in fits],
    }


def main() -> int:
    """Fit everything and write the record."""
    head = {
        "date": date.today().isoformat(),
        "command": "python -m benchmarks.fit_all_reduce",
        "python": platform.python_version(),
    }
    text = json.dumps(head | record(), indent=1, ensure_ascii=False)
    RECORD.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
