"""No table of the book states a time below, or a rate above, what its chip allows."""

import csv
import itertools
import tomllib

import pytest
from ceiling_floors import by_hand, matrix_values
from ceiling_tables import (
    Shown,
    drawn_tables,
    html_tables,
    markdown_tables,
    notebook_tables,
    stated,
)
from ceilings import entry_of, left_out, problems

from tokenworks.figures import Column, bars_by_column
from tokenworks.printed_table import table
from tokenworks.specs import chip, model_spec
from tokenworks.widgets.lifecycle import GRID as LIFECYCLE
from tokenworks.widgets.lifecycle import tabulated
from tokenworks.widgets.phases import GRID as PHASES
from tokenworks.widgets.phases import shown_at
from tools.repository import ROOT

ENTRIES = tomllib.loads((ROOT / "tests" / "ceilings.toml").read_text(encoding="utf-8"))["table"]
CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
PAGES = [*sorted((ROOT / "book").glob("*.md")), ROOT / "README.md"]
DATA = ROOT / "lib" / "tokenworks" / "data"
# Claims beyond their chip, and the chapter that says so.
EXPOSED = {"qwen3-4b-first-token-2048", "qwen3-4b-first-token-4096"}


def tables(path):
    if path.suffix == ".ipynb":
        return list(notebook_tables(path))
    return list(markdown_tables(path.stem, path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", [*CHAPTERS, *PAGES], ids=lambda path: path.stem)
def test_no_table_beats_its_chip(path):
    wrong = [problem for shown in tables(path) for problem in problems(shown, ENTRIES)]
    assert not wrong, "\n".join(wrong)


def test_every_entry_is_used_and_has_a_reason():
    shown = [found for path in (*CHAPTERS, *PAGES) for found in tables(path)]
    used = [entry_of(found, ENTRIES) for found in shown if stated(found, units_of(found))]
    for entry in ENTRIES:
        assert len(entry["reason"]) > 20, entry
        assert entry in used, f"no table states a time or a rate here: {entry}"


def units_of(shown):
    return entry_of(shown, ENTRIES).get("units", {})


def test_the_walk_meets_tables_of_every_kind():
    checked = [t for path in CHAPTERS for t in tables(path) if stated(t) and not left_out(t)]
    assert len(checked) >= 5
    assert any(len(t.rows) == 6 and "Stage" in t.columns for t in checked), "a widget's fallback"


@pytest.mark.parametrize(("gap", "rate", "wrong"), [(9, 100, 0), (6, 100, 1), (9, 140, 1)])
def test_a_table_that_is_drawn_is_read_too(gap, rate, wrong):
    columns = [Column("at once, gap", "ms", "decode"), Column("rate", "tokens/s", "1")]
    what = "Llama-3 8B, bf16, one A100, batch 1, context 1"
    figure = bars_by_column({"as it is: 1 user": (gap / 1e3, rate)}, columns, caption=what)
    place = {"page": "", "section": ""}
    (shown,) = drawn_tables(figure._repr_html_(), **place)
    assert shown.columns == ("row", "at once, gap", "rate, tokens/s")
    assert shown.rows == (("as it is: 1 user", f"{gap} ms", f"{rate}"),)
    assert len({p.split(" (")[0] for p in problems(shown, [])}) == wrong, problems(shown, [])


# ---- the data behind the tables ----


def rows_of(name):
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_no_public_measurement_beats_its_chip():
    formats = {"2": "bf16", "1": "int8", "0.5": "int4"}
    shown = table(
        [
            {"model": row["model"], "chip": f"{row['chips']} × {chip(row['chip']).label}"}
            | {"precision": formats[row["bytes_per_param"]], "batch": row["batch"]}
            | {"measured, tokens/s": row["tokens_per_s"]}
            for row in rows_of("measurements.csv")
        ],
        caption="measurements.csv, context 1",
    )
    (found,) = html_tables(shown._repr_html_(), page="data", section="")
    assert len(stated(found)) == len(found.rows)
    assert not problems(found, [])


def test_no_published_layer_time_beats_its_chip():
    entry = {"page": "data", "columns": {"took": "matmul", "d_in": "d_in", "d_out": "d_out"}}
    entry["facts"] = {"weights": "bf16"}
    rows = rows_of("layer_times.csv")
    columns = ("chip", "rows", "d_in", "d_out", "took")
    cells = [(*(row[c] for c in columns[:4]), f"{float(row['seconds']) * 1e6} µs") for row in rows]
    found = Shown("data", "", "layer_times.csv", columns, tuple(cells))
    assert len(stated(found)) == len(rows) > 5
    assert not problems(found, [entry])


def test_no_claim_beats_its_chip_unless_a_chapter_exposes_it():
    columns, beyond = ("figure", "value", "note", "source"), set()
    for row in rows_of("claims.csv"):
        cells = (row["label"], f"{row['value']} {row['unit']}", row["note"], row["source"])
        found = Shown("claims", "", "first token, bf16", columns, (cells,))
        lines = problems(found, [{"page": "claims", "columns": {"note": "none"}}])
        beyond |= {row["name"] for line in lines if "bound of" in line}
    assert beyond == EXPOSED


# ---- what widgets tabulate ----


def test_no_setting_of_the_phase_visualizer_beats_its_chips():
    grid, seen = PHASES, 0
    prompts, outputs, batches = (grid[n][::3] for n in ("prompt_tokens", "output_tokens", "batch"))
    for model, on, batch in itertools.product(grid["model"], grid["chip"], batches):
        for prompt, output in itertools.product(prompts, outputs):
            state = {"prompt_tokens": prompt, "output_tokens": output, "batch": batch}
            row = shown_at(model=model, chip=on, **state)
            if row is None:
                continue
            known = {"model": model, "chip": on, "chips": int(row["chips"]), "weights": "bf16"}
            known |= {"batch": batch, "prompt": prompt, "context": prompt + 1}
            assert row["prefill_seconds"] >= by_hand("first", known) * (1 - 1e-9)
            later = (output - 1) * by_hand("step", known)
            assert row["decode_seconds"] >= later * (1 - 1e-9)
            seen += 1
    assert seen > 50


def test_no_pass_of_the_lifecycle_beats_its_chip():
    for model, on in itertools.product(LIFECYCLE["model"], LIFECYCLE["chip"]):
        passes = tabulated()["models"][model]["seconds"][on]
        known = {"model": model, "chip": on, "weights": "bf16", "batch": 1, "context": 0}
        assert sum(passes["1"]) >= by_hand("step", known) * (1 - 1e-9)
        for prompt in LIFECYCLE["prompt_tokens"]:
            linear = (known | {"prompt": prompt}, matrix_values(model_spec(model)))
            assert sum(passes[str(prompt)]) >= without_attention(*linear) * (1 - 1e-9)


def without_attention(known, matrices):
    spec, on = model_spec(known["model"]), chip(known["chip"])
    head = spec.vocab_size * spec.d_model
    work = 2 * (matrices - head) * known["prompt"] + 2 * head
    return max(2 * matrices / on.hbm_bytes_per_s, work / on.bf16_flops_per_s)


# ---- planted errors ----


V5E = "Llama-3 70B, bf16, 32 × TPU v5e, context 2,048"
PLANTED = {
    "a rate above the ceiling": ("14,513 tokens/s", "rate", f"{V5E}, batch 16"),
    "in other words": ("14513", "tok/s", f"{V5E}, batch 16"),
    "for one user": ("189 tokens/s", "one user", f"{V5E}, batch 1"),
    "a first token below the arithmetic": ("17 ms", "TTFT", f"{V5E}, prompt of 2,048, batch 1"),
    "a prompt read too fast": ("51,000", "prefill, tok/s", f"{V5E}, prompt of 2,048, batch 1"),
    "a step below the weights": ("5.2 ms", "step", f"{V5E}, batch 1"),
    "a header in ms": ("5.2", "TPOT (ms)", f"{V5E}, batch 1"),
    "a step below the caches": ("5.5 ms", "step", f"{V5E}, batch 128"),
    "a whole answer": ("1.05 s", "answer", f"{V5E}, prompt of 500, 200 output tokens, batch 1"),
}


@pytest.mark.parametrize(("value", "column", "caption"), PLANTED.values(), ids=PLANTED)
def test_an_impossible_figure_is_found(value, column, caption):
    by_library, by_hand = planted(value, column, caption)
    for wrong, source in ((by_library, "cost library"), (by_hand, "arithmetic by hand")):
        assert f"by the {source}" in wrong
        assert ("is above" if "tok" in value + column else "is below") in wrong


def planted(value, column, caption):
    shown = table([{"setup": "planted", column: value}], caption=caption)
    (found,) = html_tables(shown._repr_html_(), page="planted", section="")
    return problems(found, [])


@pytest.mark.parametrize(
    ("value", "column", "caption"),
    [
        ("2,790 tokens/s", "rate", f"{V5E}, batch 16"),
        ("187 tokens/s", "one user", f"{V5E}, batch 1"),
        ("47 ms", "TTFT", f"{V5E}, prompt of 2,048, batch 1"),
        ("5.4 ms", "step", f"{V5E}, batch 1"),
    ],
)
def test_a_possible_figure_passes(value, column, caption):
    assert not planted(value, column, caption)


@pytest.mark.parametrize(
    ("value", "column", "caption", "missing"),
    [
        ("9 ms", "step", "Llama-3 70B, bf16, batch 1, context 1", "chip"),
        ("9 ms", "step", "one H100, bf16, batch 1, context 1", "model"),
        ("9 ms", "step", "Llama-3 70B on one H100, batch 1, context 1", "weights"),
        ("9 ms", "step", "Llama-3 70B, bf16, one H100", "batch, context"),
        ("9 ms", "TTFT", "Llama-3 70B, bf16, one H100, batch 1", "prompt"),
        ("9 tok/s", "speed", "", "model, chip, weights, batch, context"),
    ],
)
def test_a_figure_that_nobody_can_check_is_found(value, column, *, caption, missing):
    shown = Shown("planted", "", caption, ("setup", column), (("x", value),))
    (wrong,) = problems(shown, [])
    assert f"without {missing}: say it in the row" in wrong


def test_a_time_of_nothing_in_particular_is_found():
    shown = Shown("planted", "", "Llama-3 70B", ("setup", "time"), (("x", "9 ms"),))
    (wrong,) = problems(shown, [])
    assert "of what is this a time?" in wrong


@pytest.mark.parametrize(
    ("column", "cell"), [("TTFT", "17"), ("throughput", "14,513"), ("rate", "14.5k tokens/s")]
)
def test_a_figure_that_the_walk_cannot_read_is_found(column, cell):
    shown = Shown("planted", "", V5E, ("setup", column), (("x", cell),))
    (wrong,) = problems(shown, [])
    assert "write digits and a unit" in wrong


def test_exposed_figures_must_be_impossible():
    shown = Shown("planted", "", f"{V5E}, batch 1", ("setup", "step"), (("x", "9 ms"),))
    (wrong,) = problems(shown, [{"page": "planted", "impossible": ["step"]}])
    assert "step is not impossible" in wrong
