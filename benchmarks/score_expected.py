"""Score the expected-time model on every measured row, rung by rung, and record the errors.

`python -m benchmarks.score_expected` rewrites two files. `lib/tokenworks/data/expected_ratios.json`
has each row's ratios on the six rungs and the card (alone, and in half a minute, with `--ratios`).
`benchmarks/results/expected.json` has the errors of the rungs (pooled, by class, engine and chip),
the twelve constants of the card, the constant fitted end to end with each model, chip and engine
left out, the times to the first token (in sample: their constants were fitted to these rows), the
score with flagged rows, and the published results. The tests hold the published errors to what the
library computes. About ten minutes.
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
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.ladder import RUNGS
from tokenworks.data.silicon import end_to_end_rows
from tokenworks.row_flags import flag_of
from tokenworks.validate import (
    Prediction,
    errors,
    grouped,
    kind_of,
    predict_published,
    predict_rows,
    published_rows,
    score_row,
)
from tokenworks.validate.scored import COMMAND, TABLE, ScoredRow, table_text
from tools.repository import ROOT

RATIOS = ROOT / "lib" / "tokenworks" / "data" / TABLE
RECORD = ROOT / "benchmarks" / "results" / "expected.json"
Ratios = list[tuple[Case, float]]


def groups_of(case: Case) -> Iterable[str]:
    """Return the groups that a row counts in."""
    row, plan, _ = case
    return ("all", kind_of(plan.model), row.backend, plan.chip.name)


def scored(ratios: Ratios) -> dict[str, dict[str, float]]:
    """Return the errors of each group."""
    found: dict[str, list[float]] = {}
    for case, one in ratios:
        for group in groups_of(case):
            found.setdefault(group, []).append(one)
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
                ratios.append((case, found.tpot_seconds / (row.tpot_seconds or 0)))
        print("left out", group, flush=True)
    return scored(ratios)


def write_ratios() -> list[ScoredRow]:
    """Score every row but those that are listed again, and rewrite the table; return the clean."""
    fitted, card, rows = Constants.fitted(), Constants.card(), []
    for number, flag in enumerate(flag_of(end_to_end_rows())):
        if flag == "dup":
            continue
        try:
            rows.append(score_row(number, flag, fitted=fitted, card=card))
        except (KeyError, ValueError):
            if flag == "ok" and end_to_end_rows()[number].tpot_seconds:
                raise
    RATIOS.write_text(table_text(rows), encoding="utf-8")
    return [row for row in rows if row.flag == "ok"]


def rung_scores(cases: list[Case], clean: list[ScoredRow]) -> dict[str, dict[str, object]]:
    """Return what each rung adds and its errors."""
    found: dict[str, dict[str, object]] = {}
    for i, rung in enumerate(RUNGS):
        ratios = [(case, row.ratios[i]) for case, row in zip(cases, clean, strict=True)]
        found[str(rung.number)] = {"adds": rung.adds, "errors": scored(ratios)}
        print(rung.number, found[str(rung.number)], flush=True)
    return found


def own_constants(cases: list[Case], constants: Constants) -> dict[str, dict[str, object]]:
    """Return each engine's errors without its constant, and with it on models left out."""
    found: dict[str, dict[str, object]] = {}
    for engine in dict.fromkeys(case[0].backend for case in cases):
        own = [case for case in cases if case[0].backend == engine]
        without, unseen = unseen_errors(own, constants)
        found[engine] = {"without": asdict(without), "with_models_left_out": asdict(unseen)}
    return found


def first_token_scores(predictions: list[Prediction]) -> dict[str, object]:
    """Return the errors of the times to the first token by engine; in sample."""
    rows, ratios = end_to_end_rows(), dict[str, list[float]]()
    for one in predictions:
        if one.metric == "ttft_ms" and one.flag == "ok" and one.ratio is not None:
            ratios.setdefault(rows[one.row].backend, []).append(one.ratio)
    return {engine: asdict(errors(some)) for engine, some in sorted(ratios.items())}


def main() -> int:
    """Score everything and record it."""
    clean = write_ratios()
    if "--ratios" in sys.argv:
        return 0
    cases, fitted, rows = clean_cases(), Constants.fitted(), end_to_end_rows()
    predictions, flags = predict_rows(rows, fitted), flag_of(rows)
    published = grouped(predict_published(published_rows(), fitted))
    record = {
        "date": date.today().isoformat(),
        "command": COMMAND,
        "python": platform.python_version(),
        "rows": len(rows),
        "flags": {flag: flags.count(flag) for flag in sorted(set(flags))},
        "rungs": rung_scores(cases, clean),
        "card": scored([(case, row.card) for case, row in zip(cases, clean, strict=True)]),
        "fitted_with_left_out": {
            "model": left_out(cases, fitted, lambda case: case[0].model),
            "chip": left_out(cases, fitted, lambda case: case[0].system),
            "engine": left_out(cases, fitted, lambda case: case[0].backend),
        },
        "own_step_constant": own_constants(cases, fitted),
        "ttft_in_sample": first_token_scores(predictions),
        "with_flagged": {k: asdict(v) for k, v in grouped(predictions, clean=False).items()},
        "published": {k: asdict(v) for k, v in published.items()},
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
