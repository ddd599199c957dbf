"""Score the expected-time model on every measured row, rung by rung, and record the errors.

`python -m benchmarks.score_expected` rewrites `benchmarks/results/expected.json`: the six rungs
(pooled, by class, engine and chip), the twelve constants of the card, the constant fitted end to
end with each model, chip and engine left out, the times to the first token (in sample: their
constants were fitted to these rows), the score with flagged rows, and the published results. The
tests hold the published errors to what the library computes. About ten minutes.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date

from benchmarks.fit_hosts import (
    STEP_FITTED,
    Case,
    clean_cases,
    step_seconds,
    unseen_errors,
)
from tokenworks.cost.expected import Host, served
from tokenworks.cost.hosts import host_of
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.ladder import RUNGS
from tokenworks.data.silicon import end_to_end_rows
from tokenworks.row_flags import flag_of
from tokenworks.validate import (
    errors,
    grouped,
    kind_of,
    predict_published,
    predict_rows,
    published_rows,
)
from tools.repository import ROOT

RECORD = ROOT / "benchmarks" / "results" / "expected.json"
Ratios = list[tuple[Case, float]]


def groups_of(case: Case) -> Iterable[str]:
    """Return the groups that a row counts in."""
    row, plan, _ = case
    return ("all", kind_of(plan.model), row.backend, plan.chip.name)


def scored(ratios: Ratios) -> dict[str, dict[str, float]]:
    """Return the errors of each group."""
    found: dict[str, list[float]] = {}
    for case, ratio in ratios:
        for group in groups_of(case):
            found.setdefault(group, []).append(ratio)
    return {
        group: {k: round(v, 4) for k, v in asdict(errors(some)).items()}
        for group, some in sorted(found.items())
    }


def left_out(
    cases: list[Case], constants: Constants, key: Callable[[Case], str]
) -> dict[str, dict[str, float]]:
    """Return the errors where each group is predicted by what the others were fitted to.

    An engine that is left out has no constant of its own: its host takes nothing.
    """
    ratios: Ratios = []
    for group in dict.fromkeys(map(key, cases)):
        rest = [case for case in cases if key(case) != group]
        hosts = {
            engine: step_seconds(own, constants)
            for engine in STEP_FITTED
            if (own := [case for case in rest if case[0].backend == engine])
        }
        for case in cases:
            if key(case) == group:
                row, plan, asked = case
                host = Host(step_seconds=hosts.get(row.backend, 0.0))
                found = served(plan, asked, constants=constants, host=host)
                ratios.append((case, found.tpot_seconds / row.tpot_seconds))
        print("left out", group, flush=True)
    return scored(ratios)


def main() -> int:
    """Score everything and record it."""
    cases, fitted, card = clean_cases(), Constants.fitted(), Constants.card()
    rungs = {}
    for rung in RUNGS:
        ratios = []
        for case in cases:
            row, plan, asked = case
            host = host_of(row.backend, fitted_step=True)
            ratios.append(
                (
                    case,
                    rung.tpot_seconds(plan, asked, constants=fitted, host=host) / row.tpot_seconds,
                )
            )
        rungs[str(rung.number)] = {"adds": rung.adds, "errors": scored(ratios)}
        print(rung.number, rungs[str(rung.number)]["errors"]["all"], flush=True)
    on_card = scored(
        [
            (case, served(case[1], case[2], constants=card).tpot_seconds / case[0].tpot_seconds)
            for case in cases
        ]
    )
    print("card", on_card["all"], flush=True)
    rows = end_to_end_rows()
    predictions = predict_rows(rows, fitted)
    first = [one for one in predictions if one.metric == "ttft_ms" and one.flag == "ok"]
    engines: dict[str, list[float]] = {}
    for one in first:
        if one.ratio is not None:
            engines.setdefault(rows[one.row].backend, []).append(one.ratio)
    flags = flag_of(rows)
    record = {
        "date": date.today().isoformat(),
        "command": "python -m benchmarks.score_expected",
        "python": platform.python_version(),
        "rows": len(rows),
        "flags": {flag: flags.count(flag) for flag in sorted(set(flags))},
        "rungs": rungs,
        "card": on_card,
        "fitted_with_left_out": {
            "model": left_out(cases, fitted, lambda case: case[0].model),
            "chip": left_out(cases, fitted, lambda case: case[0].system),
            "engine": left_out(cases, fitted, lambda case: case[0].backend),
        },
        "own_step_constant": {
            engine: dict(
                zip(
                    ("without", "with_models_left_out"),
                    map(asdict, unseen_errors(own, fitted)),
                    strict=True,
                )
            )
            for engine in dict.fromkeys(case[0].backend for case in cases)
            if (own := [case for case in cases if case[0].backend == engine])
        },
        "ttft_in_sample": {k: asdict(errors(v)) for k, v in sorted(engines.items())},
        "with_flagged": {k: asdict(v) for k, v in grouped(predictions, clean=False).items()},
        "published": {
            k: asdict(v) for k, v in grouped(predict_published(published_rows(), fitted)).items()
        },
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
