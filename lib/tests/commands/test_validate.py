"""`tokenworks validate`: both kinds of file, as a table and as one object."""

from importlib.resources import files

import pytest

DATA = files("tokenworks.data")


@pytest.fixture
def some_rows(tmp_path):
    lines = DATA.joinpath("silicon", "end_to_end.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "mine.csv"
    path.write_text("﻿" + "\r\n".join([lines[0], *lines[1:20]]) + "\r\n", encoding="utf-8")
    return path


def test_rows_and_groups_as_json(command, some_rows):
    found = command(f"validate --csv {some_rows} --json").json
    assert len(found["rows"]) == 2 * 19
    keys = {"row", "id", "metric", "measured", "predicted", "reason", "flag", "grade", "group"}
    assert keys <= set(found["rows"][0])
    assert [found["rows"][i]["metric"] for i in (0, 1)] == ["tpot_ms", "ttft_ms"]
    assert found["rows"][-1]["row"] == 18
    assert 0 < found["groups"]["tpot_ms"]["median"] < 1
    assert found["groups_with_flagged"]["tpot_ms"]["rows"] == 19
    assert found["notes"][0].startswith("ttft_ms: two constants of each engine were fitted")


def test_the_table_for_people(command, some_rows):
    out = command(f"validate --csv {some_rows} --constants card").out
    assert "median error" in out
    assert "tpot_ms | MLA MoE" in out


def test_published_results(command):
    path = DATA.joinpath("published_runs.csv")
    found = command(f"validate --csv {path} --json").json
    one = found["rows"][0]
    assert (one["id"], one["grade"]) == ("M001", "A")
    assert len(found["rows"]) == 195


def test_bad_files_are_one_line(command, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\xff\xfe\x00")
    done = command(f"validate --csv {bad}")
    assert (done.code, done.err) == (2, f"tokenworks: {bad} is not text in UTF-8\n")
    bad.write_text("a,b\n1,2\n", encoding="utf-8")
    done = command(f"validate --csv {bad}")
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "lacks a served row's columns m, system" in done.err
