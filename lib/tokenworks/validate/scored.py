"""Served rows as the ladder predicts them: each row's ratios on the six rungs and on the card.

To compute them all takes half a minute, so they ship as a table, `data/expected_ratios.json`,
which `python -m benchmarks.score_expected` writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tokenworks.cost.checkpoints import UNKNOWN
from tokenworks.cost.expected import served
from tokenworks.cost.hosts import host_of
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.ladder import RUNGS
from tokenworks.data.silicon import LICENCE, ServedRow, end_to_end_rows
from tokenworks.row_limits import chip_of, model_of, step_work
from tokenworks.validate.served import kind_of, plan_of, requests_of

TABLE = "expected_ratios.json"
COMMAND = "python -m benchmarks.score_expected"
COLUMNS = ("row", "floor", *(f"rung {rung.number}" for rung in RUNGS), "card")
KINDS = ("dense", "GQA MoE", "MLA MoE")  # the classes, as `kind_of` names them
UNIT = 10_000  # of a ratio in the table, so that it holds whole numbers
ENGINES = {"sglang": "SGLang", "trtllm": "TensorRT-LLM", "vllm": "vLLM"}
SOURCES = {  # of the lists that the rows stand in
    "csv": "InferenceX (SemiAnalysis)",
    "db": "InferenceX (SemiAnalysis)",
    "gap": "NVIDIA",
}


@dataclass(frozen=True)
class ScoredRow:
    """One served row, and the times a token that were predicted for it over the one measured.

    `number` is its place in end_to_end.csv, from 0; `floor` the least that its labels allow
    (`row_limits.step_work`) over what was measured, None where they do not say enough.
    """

    number: int
    flag: str  # "ok", or the rule that names it
    floor: float | None
    ratios: tuple[float, ...]  # on the rungs, from the first to the last
    card: float  # with the twelve constants of the card

    @property
    def served(self) -> ServedRow:
        """The row itself."""
        return end_to_end_rows()[self.number]

    @property
    def kind(self) -> str:
        """The class of its model: one of `KINDS`."""
        return kind_of(model_of(self.served))

    @property
    def source(self) -> str:
        """Who measured it, and on which day where that is said."""
        row = self.served
        return ", ".join(filter(None, (SOURCES[row.family], row.date)))

    @property
    def labels(self) -> dict[str, str]:
        """What its server is, in words."""
        row = self.served
        spread = [f"experts over {row.ep} chips"] if row.ep > 1 else []
        spread += [f"attention in {row.dpa} groups"] if row.dpa > 1 else []
        return {
            "model": model_of(row).label,
            "precision": {UNKNOWN: "not stated: 16 bits"}.get(row.precision, row.precision),
            "chips": f"{row.gpus} × {chip_of(row).label}",
            "spread": ", ".join(spread),
            "engine": f"{ENGINES[row.backend]} {row.version}".strip(),
            "flag": self.flag,
            "source": self.source,
        }


def score_row(number: int, flag: str, *, fitted: Constants, card: Constants) -> ScoredRow:
    """Return a row of end_to_end.csv as the ladder with these constants predicts it.

    A row without a time a token, or one that cannot be predicted, raises KeyError or ValueError.
    """
    row = end_to_end_rows()[number]
    if not row.tpot_seconds:
        raise ValueError(f"row {number} does not say its time a token")
    plan, asked, host = plan_of(row), requests_of(row), host_of(row.backend, fitted_step=True)
    times = [rung.tpot_seconds(plan, asked, constants=fitted, host=host) for rung in RUNGS]
    work = step_work(row)
    return ScoredRow(
        number,
        flag,
        None if work is None else work.seconds / row.tpot_seconds,
        tuple(time / row.tpot_seconds for time in times),
        served(plan, asked, constants=card).tpot_seconds / row.tpot_seconds,
    )


def table_text(rows: Iterable[ScoredRow]) -> str:
    """Return the table as JSON, a row on a line under its flag; ratios in ten-thousandths."""
    by_flag: dict[str, list[str]] = {}
    for row in rows:
        floor = None if row.floor is None else round(row.floor * UNIT)
        cells = [row.number, floor, *(round(ratio * UNIT) for ratio in (*row.ratios, row.card))]
        by_flag.setdefault(row.flag, []).append(json.dumps(cells, separators=(",", ":")))
    head = {"made by": COMMAND, "licence": LICENCE, "unit": 1 / UNIT, "columns": COLUMNS}
    blocks = [f'"{flag}": [\n' + ",\n".join(lines) + "\n]" for flag, lines in by_flag.items()]
    return json.dumps(head, indent=1)[:-2] + ',\n "rows": {\n' + ",\n".join(blocks) + "\n}}\n"


@cache
def scored_rows(*, clean: bool = True) -> tuple[ScoredRow, ...]:
    """Return the scored rows that ship, in the order of the file; flagged ones too unless `clean`.

    Rows that are listed again and rows that cannot be predicted are not among them.
    """
    text = files("tokenworks.data").joinpath(TABLE).read_text(encoding="utf-8")
    rows = (
        ScoredRow(
            number,
            flag,
            None if floor is None else floor / UNIT,
            tuple(ratio / UNIT for ratio in ratios),
            card / UNIT,
        )
        for flag, lines in json.loads(text)["rows"].items()
        for number, floor, *ratios, card in lines
        if flag == "ok" or not clean
    )
    return tuple(sorted(rows, key=lambda row: row.number))
