"""The ladder's explorer against the scored rows."""

import json
from collections import Counter

import pytest

from tokenworks.data.silicon import LICENCE
from tokenworks.validate import errors, scored_rows
from tokenworks.widgets.ladder import (
    CARD,
    ENDS,
    EVERY,
    GRID,
    errors_at,
    ladder,
    picked,
    ratio_of,
    tabulated,
)

STATE = {"rung": "5", "kind": EVERY, "engine": EVERY, "chip": EVERY, "rows": "clean"}


def test_every_row_is_looked_up_as_it_is_scored():
    data, rows = tabulated(), scored_rows(clean=False)
    plain = len(data["columns"])
    assert len(data["rows"]) == len(rows)
    for cells, row in zip(data["rows"], rows, strict=True):
        found = dict(zip(data["columns"], cells[:plain], strict=True))
        run = row.served
        assert found["number"] == row.number
        assert found["floor"] / data["unit"] == row.floor
        assert (found["isl"], found["osl"], found["users"]) == (run.isl, run.osl, run.concurrency)
        assert found["measured"] == pytest.approx(1e3 * (run.tpot_seconds or 0), rel=1e-4)
        ratios = [ratio / data["unit"] for ratio in cells[plain:]]
        assert ratios == [ratio_of(row, rung) for rung in GRID["rung"]]
        server = dict(zip(data["fields"], data["servers"][found["server"]], strict=True))
        assert server == {
            "kind": row.kind,
            "backend": run.backend,
            "system": run.system,
            **row.labels,
        }


def test_each_choice_is_of_some_rows_and_their_parts_are_all():
    whole = picked(**STATE)
    assert whole == list(scored_rows())
    for name in ("kind", "engine", "chip"):
        parts = [picked(**STATE | {name: value}) for value in GRID[name] if value != EVERY]
        assert all(parts)
        assert Counter(row.number for part in parts for row in part) == Counter(
            row.number for row in whole
        )
    flagged = picked(**STATE | {"rows": "flagged"})
    assert {row.flag for row in flagged} == {"label", "floor", "spec", "twin"}


def test_errors_are_those_of_the_rows_and_of_none_nothing():
    state = STATE | {"kind": "dense", "engine": "vllm", "rung": CARD}
    want = errors(row.card for row in scored_rows() if row in picked(**state))
    assert errors_at(**state) == want
    assert errors_at(**STATE | {"kind": "dense", "chip": "b300_sxm"}) is None


def test_no_point_lies_outside_the_chart():
    for row in scored_rows(clean=False):
        measured = 1e3 * (row.served.tpot_seconds or 0)
        assert ENDS["measured"][0] < measured < ENDS["measured"][1]
        for rung in GRID["rung"]:
            assert ENDS["predicted"][0] < measured * ratio_of(row, rung) < ENDS["predicted"][1]


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="rung = '7' is not recorded; choose from 1, 2"):
        ladder("7")
    with pytest.raises(ValueError, match="kind = 'MoE' is not recorded"):
        ladder(kind="MoE")
    with pytest.raises(ValueError, match=r"row 1 of end_to_end.csv is not among the rows"):
        ladder(row=1)
    with pytest.raises(TypeError, match=r"\['model'\]; known: kind, engine, chip, rows"):
        ladder(model="llama")


def test_text_forms():
    widget = ladder(row=scored_rows()[0].number)
    assert repr(widget) == ("Ladder(rung='5', kind='all', engine='all', chip='all', rows='clean')")
    table = widget.fallback()
    assert LICENCE in table
    assert table.count("<tr>") == 1 + len(GRID["rung"])
    assert "<td>+ the cache</td><td>1,912</td>" in table
    none = ladder(kind="dense", chip="b300_sxm").fallback()
    assert none.count("<td>0</td><td>–</td><td>–</td><td>–</td>") == len(GRID["rung"])
    assert len(json.dumps(widget.data, separators=(",", ":"))) < 180_000
