"""`tokenworks validate`: the cost model against a file of measurements."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tokenworks.cost.kernel_constants import Constants
from tokenworks.printed_table import table
from tokenworks.validate.files import predict_text
from tokenworks.validate.prediction import Errors, Prediction, grouped

HELP = """examples:
  tokenworks validate --csv my_server.csv
  tokenworks validate --csv my_server.csv --constants card --json

Columns of one kind: m, system, backend, prec, isl, osl, conc, gpus and ttft or tpot (ms), and where
they apply ver, ep, dpa, ratio_len, date. Of the other: model, hardware, count, parallelism,
precision, batch_or_concurrency, isl, osl, metric, value. A row that cannot be predicted says why;
one that cannot be true is flagged, predicted all the same, and left out of the errors."""
IN_SAMPLE = (
    "ttft_ms: two constants of each engine were fitted to the first tokens of the rows that ship; "
    "in tpot_ms nothing is fitted to served rows"
)
MOST_WORDS = 100  # characters of a reason in the table; --json has all of it
CONSTANTS = {"fitted": Constants.fitted, "card": Constants.card}


def add_validate(command: Callable[..., Any]) -> None:
    """Add the command; `command` makes one."""
    sub = command("validate", "the cost model against a file of measurements", epilog=HELP)
    add = sub.add_argument
    add("--csv", required=True, metavar="FILE", help="with the columns of either kind")
    add(
        "--constants",
        choices=tuple(CONSTANTS),
        default="fitted",
        help="of each chip (default), or the twelve of the card",
    )
    add("--json", action="store_true", help="print one object")
    sub.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    text = _read(options.csv)
    found = predict_text(text, table=options.csv, constants=CONSTANTS[options.constants]())
    clean, everything = grouped(found), grouped(found, clean=False)
    notes = [IN_SAMPLE] if any(one.metric == "ttft_ms" for one in found) else []
    notes += dict.fromkeys(one.note for one in found if one.note)
    if options.json:
        print(
            json.dumps(
                {
                    "rows": [one.as_json() for one in found],
                    "groups": {key: asdict(one) for key, one in clean.items()},
                    "groups_with_flagged": {key: asdict(one) for key, one in everything.items()},
                    "notes": notes,
                },
                indent=2,
            )
        )
        return
    print(table([_shown(one) for one in found]))
    print()
    print(_errors(clean, everything))
    for note in notes:
        print(f"note: {note}")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8") from None


def _shown(one: Prediction) -> dict[str, str]:
    ratio = one.ratio
    return {
        "row": one.id or str(one.row),
        "metric": one.metric,
        "measured": "" if one.measured is None else f"{one.measured:.4g}",
        "expected": "" if one.predicted is None else f"{one.predicted:.4g}",
        "ratio": "" if ratio is None else f"{ratio:.2f}",
        "flag": "" if one.flag == "ok" else one.flag,
        "why not": textwrap.shorten(one.reason, MOST_WORDS, placeholder=" …"),
    }


def _errors(clean: dict[str, Errors], everything: dict[str, Errors]) -> Any:
    rows = [
        {
            "group": key,
            "rows": str(clean[key].rows) if key in clean else "0",
            "median error": f"{clean[key].median:.1%}" if key in clean else "",
            "P90": f"{clean[key].p90:.1%}" if key in clean else "",
            "with flagged rows": f"{whole.median:.1%} / {whole.p90:.1%} of {whole.rows}",
        }
        for key, whole in everything.items()
    ]
    return table(rows) if rows else "no row could be predicted"
