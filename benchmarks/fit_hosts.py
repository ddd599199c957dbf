"""Fit what engines add to their kernels to the served requests of `data/silicon/end_to_end.csv`.

`python -m benchmarks.fit_hosts` rewrites `lib/tokenworks/data/hosts.csv`: two constants an engine
of the time to the first token, and for the ladder's sixth rung the seconds of a step in which
no kernel runs, of the engines in `STEP_FITTED`. No prediction uses those: a model that the fit had
not seen is met worse with them than without, for each of the three engines (recorded by
`benchmarks.score_expected`). Rows with a flag are left out.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from math import exp, log
from statistics import fmean

from scipy.optimize import minimize, minimize_scalar

from tokenworks.cost.expected import Host, Requests, served
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.data.silicon import ServedRow, end_to_end_rows
from tokenworks.row_flags import flag_of
from tokenworks.validate import Errors, errors, plan_of, requests_of
from tools.repository import ROOT

HOSTS = ROOT / "lib" / "tokenworks" / "data" / "hosts.csv"
SOURCE = "https://pypi.org/project/aiconfigurator-core/0.12.0/"  # of what was fitted
ACCESSED = "2026-11-29"
MOST_STEP_SECONDS = 5e-3
STEP_FITTED = ("sglang",)  # the engine whose tokens are expected too early
Case = tuple[ServedRow, ServingPlan, Requests]


def clean_cases() -> list[Case]:
    """Return the rows without a flag, with plan and requests."""
    rows = end_to_end_rows()
    flags = flag_of(rows)
    chosen = [row for row, flag in zip(rows, flags, strict=True) if flag == "ok"]
    return [(row, plan_of(row), requests_of(row)) for row in chosen if row.tpot_seconds]


def ratio(case: Case, constants: Constants, seconds: float) -> float:
    """Return expected over measured time a token with these seconds of the host in a step."""
    row, plan, asked = case
    found = served(plan, asked, constants=constants, host=Host(step_seconds=seconds))
    return found.tpot_seconds / (row.tpot_seconds or 0)


def step_seconds(cases: Sequence[Case], constants: Constants) -> float:
    """Return the host's seconds of a step with the least mean |log(expected / measured)|."""

    def loss(seconds: float) -> float:
        return fmean(abs(log(ratio(case, constants, seconds))) for case in cases)

    found = minimize_scalar(
        loss, bounds=(0.0, MOST_STEP_SECONDS), method="bounded", options={"xatol": 2e-5}
    )
    return float(found.x)


def unseen_errors(cases: Sequence[Case], constants: Constants) -> tuple[Errors, Errors]:
    """Return an engine's errors without its constant, and with it on models left out of the fit."""
    unseen, without = [], [ratio(case, constants, 0.0) for case in cases]
    for model in dict.fromkeys(row.model for row, _, _ in cases):
        seconds = step_seconds([case for case in cases if case[0].model != model], constants)
        unseen += [ratio(case, constants, seconds) for case in cases if case[0].model == model]
    return errors(without), errors(unseen)


def first_token(cases: Sequence[Case], constants: Constants, host: Host) -> Host:
    """Return the host with the two constants of the first token; batches stay as they are."""
    points = []
    for row, plan, asked in cases:
        if row.ttft_seconds:
            found = served(plan, asked, constants=constants, host=host)
            own = found.prefill.expected_seconds
            held = min(asked.concurrency, found.capacity)
            others = own / min(plan.attention_data_parallel, max(1.0, held))
            queued = found.ttft_seconds - own
            points.append((row.ttft_seconds, own, max(0.0, found.batch - 1) * others, queued))

    def loss(x: Sequence[float]) -> float:
        first, share = exp(x[0]), exp(x[1])
        return fmean(
            abs(log((first + own + share * behind + queued) / taken))
            for taken, own, behind, queued in points
        )

    found = minimize(loss, [log(0.05), log(0.1)], method="Nelder-Mead")
    return replace(host, first_seconds=exp(found.x[0]), prompts_before=min(1.0, exp(found.x[1])))


def main() -> int:
    """Fit each engine and rewrite the table."""
    cases, constants, rows = clean_cases(), Constants.fitted(), []
    for engine in dict.fromkeys(row.backend for row, _, _ in cases):
        own = [case for case in cases if case[0].backend == engine]
        host = first_token(own, constants, Host())
        if engine in STEP_FITTED:
            host = replace(host, step_seconds=step_seconds(own, constants))
        without, unseen = unseen_errors(own, constants)
        print(engine, len(own), host, without, unseen, flush=True)
        rows.append(
            {
                "name": engine,
                "step_seconds": f"{host.step_seconds:.3g}",
                "first_seconds": f"{host.first_seconds:.3g}",
                "prompts_before": f"{host.prompts_before:.3g}",
                "median_error": f"{without.median:.4f}",
                "unseen_median_error": f"{unseen.median:.4f}",
                "source": SOURCE,
                "accessed": ACCESSED,
            }
        )
    with HOSTS.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: str(row["name"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
