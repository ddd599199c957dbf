"""Served rows: the shipped table and a user's file are read alike, bad ones named."""

import re
from importlib.resources import files

import pytest

from tokenworks.data.silicon import CHIP_OF, MODEL_OF, end_to_end_rows, parse_served_rows
from tokenworks.specs import model_spec, model_specs

SIZE = 500_000  # bytes, of all tables together
NEEDED = "m,system,backend,prec,isl,osl,conc,gpus"
ONE = "llama-8b,h100_sxm,vllm,fp8,1024,128,4,1"


def test_the_shipped_rows_are_read_in_base_units():
    rows = end_to_end_rows()
    assert len(rows) == 2_699
    first = rows[0]
    assert (first.model, first.system, first.backend) == ("deepseek-v3", "b200_sxm", "sglang")
    assert (first.version, first.precision, first.family) == ("0.5.9", "fp4", "db")
    assert (first.isl, first.osl, first.concurrency) == (1024, 1024, 4)
    assert (first.gpus, first.ep, first.dpa, first.date) == (4, 4, 1, "2026-03-25")
    assert (first.ttft_seconds, first.tpot_seconds) == pytest.approx((0.20845, 0.0090014))
    assert (first.prompt_tokens, first.output_tokens) == pytest.approx((921.6, 921.6))
    assert {row.system for row in rows} <= set(CHIP_OF)
    assert {row.backend for row in rows} == {"vllm", "sglang", "trtllm"}
    assert rows is end_to_end_rows()


def test_the_models_renamed_here_are_rows_of_the_table_of_models():
    assert {model_spec(name).name for name in MODEL_OF.values()} == set(MODEL_OF.values())
    assert set(MODEL_OF) <= {row.model for row in end_to_end_rows()}
    served = {MODEL_OF.get(row.model, row.model) for row in end_to_end_rows()}
    assert served <= {spec.name for spec in model_specs()}


def test_a_file_needs_the_labels_and_one_of_the_times():
    (row,) = parse_served_rows(f"{NEEDED},tpot,id\n{ONE},12.5,mine\n", table="mine.csv")
    assert (row.tpot_seconds, row.ttft_seconds) == (0.0125, None)
    assert (row.ep, row.dpa, row.length_ratio) == (1, 1, 1.0)
    assert (row.version, row.family, row.date) == ("", "", "")
    with pytest.raises(ValueError, match=r"^mine.csv has no column backend, gpus$"):
        parse_served_rows("m,system,prec,isl,osl,conc,tpot\n", table="mine.csv")
    with pytest.raises(ValueError, match=r"^mine.csv has no column ttft or tpot$"):
        parse_served_rows(f"{NEEDED}\n{ONE}\n", table="mine.csv")


def test_a_count_that_is_left_out_is_zero_and_a_time_none():
    text = f"{NEEDED},ep,ttft,tpot\n,h100_sxm,vllm,,,128,,,,,9\n"
    (row,) = parse_served_rows(text, table="mine.csv")
    assert (row.model, row.precision, row.isl, row.concurrency, row.gpus) == ("", "", 0, 0, 0)
    assert (row.ep, row.ttft_seconds, row.tpot_seconds) == (1, None, 0.009)


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("gpus", "two", ", column 'gpus': 'two' is no number"),
        ("gpus", "1.5", ", column 'gpus': '1.5' is no whole number"),
        ("conc", "-4", ", column 'conc': '-4' is below 0"),
        ("tpot", "0", ", column 'tpot': '0' is not above 0"),
        ("tpot", "nan", ", column 'tpot': 'nan' is no finite number"),
        ("tpot", "12,7", ": not one cell for each column"),
    ],
)
def test_a_bad_cell_is_named_by_table_row_and_column(column, cell, told):
    values = dict(zip(f"{NEEDED},tpot".split(","), f"{ONE},12.5".split(","), strict=True))
    good, bad = ",".join(values.values()), ",".join((values | {column: cell}).values())
    with pytest.raises(ValueError, match=f"^mine.csv, row 1{re.escape(told)}$"):
        parse_served_rows(f"{','.join(values)}\n{good}\n{bad}\n", table="mine.csv")


def test_the_tables_are_small_and_end_their_lines_alike():
    found = files("tokenworks.data").joinpath("silicon").iterdir()
    tables = [path.read_bytes() for path in found if path.name.endswith(".csv")]
    assert len(tables) == 7
    assert sum(map(len, tables)) < SIZE
    assert not any(b"\r" in table or not table.endswith(b"\n") for table in tables)
