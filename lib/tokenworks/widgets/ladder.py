"""The ladder's explorer: served rows, predicted against measured, rung by rung and row by row."""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenworks.cost.ladder import RUNGS
from tokenworks.data.silicon import CHIP_OF, LICENCE
from tokenworks.specs import chip_named
from tokenworks.validate import Errors, ScoredRow, errors, scored_rows
from tokenworks.validate.scored import ENGINES, KINDS, UNIT
from tokenworks.widgets.kit import count_text, probability_text, significant
from tokenworks.widgets.stage import Stage, chosen, html_table

EVERY = "all"
CARD = "card"
GRID: dict[str, tuple[Any, ...]] = {
    "rung": (*(str(rung.number) for rung in RUNGS), CARD),
    "kind": (EVERY, *KINDS),
    "engine": (EVERY, *ENGINES),
    "chip": (EVERY, "h100_sxm", "h200_sxm", "b200_sxm", "b300_sxm", "gb200"),
    "rows": ("clean", "flagged"),
}
ADDS = {str(rung.number): f"{'+ ' if i else ''}{rung.adds}" for i, rung in enumerate(RUNGS)}
ADDS[CARD] = "all kernels by the twelve constants of the card"
LABELS = ("model", "precision", "chips", "spread", "engine", "flag", "source")
ENDS = {"measured": (2, 300), "predicted": (0.1, 400)}  # ms, of the chart's axes


def picked(**state: Any) -> list[ScoredRow]:
    """Return the rows that the explorer shows at these controls."""
    return [
        row
        for row in scored_rows(clean=False)
        if (row.flag == "ok") == (state["rows"] == "clean")
        and state["kind"] in (EVERY, row.kind)
        and state["engine"] in (EVERY, row.served.backend)
        and state["chip"] in (EVERY, row.served.system)
    ]


def ratio_of(row: ScoredRow, rung: str) -> float:
    """Return predicted over measured on a rung, "1" to "6", or on the card."""
    return row.card if rung == CARD else row.ratios[int(rung) - 1]


def errors_at(**state: Any) -> Errors | None:
    """Return the errors that the explorer shows at these controls; None where there are no rows."""
    rows = picked(**state)
    return errors(ratio_of(row, state["rung"]) for row in rows) if rows else None


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: servers, and the rows of each."""
    servers: dict[tuple[str, ...], int] = {}
    rows = []
    for row in scored_rows(clean=False):
        run = row.served
        server = (row.kind, run.backend, run.system, *(row.labels[name] for name in LABELS))
        at = servers.setdefault(server, len(servers))
        measured = significant(1e3 * (run.tpot_seconds or 0.0), 5)
        load = (run.isl, run.osl, run.concurrency)
        floor = None if row.floor is None else round(row.floor * UNIT)
        ratios = [round(ratio_of(row, rung) * UNIT) for rung in GRID["rung"]]
        rows.append([row.number, at, *load, measured, floor, *ratios])
    return {
        "unit": UNIT,
        "columns": ["number", "server", "isl", "osl", "users", "measured", "floor"],
        "rows": rows,
        "fields": ["kind", "backend", "system", *LABELS],
        "servers": [list(server) for server in servers],
        "names": {
            "engine": ENGINES,
            "chip": {name: chip_named(on).label for name, on in CHIP_OF.items()},
        },
        "adds": ADDS,
        "ends": ENDS,
        "licence": LICENCE,
        "grid": {name: list(values) for name, values in GRID.items()},
    }


class Ladder(Stage):
    """The live widget; `state` holds the controls, and the number of the row that is chosen."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return the errors of every rung for the rows of the state."""
        state = self.state
        what = ", ".join(f"{name}: {state[name]}" for name in ("kind", "engine", "chip", "rows"))
        caption = f"Predicted against measured time a token ({what}). {LICENCE}"
        head = (
            "Rung",
            "What it adds",
            "Rows",
            "Median error",
            "P90",
            "Median predicted / measured",
        )
        return html_table(caption, head, [_row(state | {"rung": rung}) for rung in GRID["rung"]])


def _row(state: dict[str, Any]) -> tuple[str, ...]:
    found = errors_at(**state)
    if found is None:
        return (state["rung"], ADDS[state["rung"]], "0", "–", "–", "–")
    shares = (probability_text(found.median), probability_text(found.p90))
    middle = count_text(significant(found.median_ratio, 3))
    return (state["rung"], ADDS[state["rung"]], count_text(found.rows), *shares, middle)


def ladder(rung: str = "5", *, row: int | None = None, **controls: Any) -> Ladder:
    """Return the explorer of served rows; controls: kind, engine, chip and rows, each on the grid.

    `row` is the number of a row of end_to_end.csv that is chosen at first; one that is not among
    the rows shown raises ValueError.
    """
    shown = chosen(controls, kind=EVERY, engine=EVERY, chip=EVERY, rows="clean")
    widget = Ladder(data=tabulated(), state={"rung": str(rung), **shown, "row": row})
    if row is not None and row not in {one.number for one in picked(**shown)}:
        raise ValueError(f"row {row} of end_to_end.csv is not among the rows that are shown")
    return widget
