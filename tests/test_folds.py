"""The reading form of a notebook: what stays on the page, what folds, and under which words."""

import json

import nbformat
import pytest

from book._ext.fold_labels import Part, label
from book._ext.folds import groups, reading_form
from tokenworks.worked_number import MIME
from tools import notebook
from tools.repository import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
TABLE = {"data": {"text/html": "<table></table>", "text/plain": "t"}}
PICTURE = {"data": {"text/html": "<figure><svg></svg></figure>", "text/plain": "p"}}
QUIZ = {"data": {"text/html": '<div class="tw-widget" data-widget="quiz"></div>'}}
WIDGET = {"data": {"text/html": '<div class="tw-widget" data-widget="tiling"></div>'}}
NUMBERS = {"data": {"text/plain": "x = 2", MIME: [{"literal": "2 ms"}, {"literal": "3 ms"}]}}
PRINTED = {"output_type": "stream", "text": "{'a': 1}"}


def code(source, *outputs, tags=()):
    return {
        "cell_type": "code",
        "id": f"id-{abs(hash((source, str(outputs)))) % 10**8}",
        "source": source,
        "metadata": {"tags": list(tags)},
        "outputs": list(outputs),
    }


def text(source):
    return {"cell_type": "markdown", "id": "text", "source": source, "metadata": {}}


def read(*cells):
    return reading_form({"cells": list(cells)}, opening="install()")["cells"]


def shape(cells):
    """Say of each cell whether it is text, a result, or behind which words it folds."""
    return [
        "text"
        if cell["cell_type"] == "markdown"
        else cell["metadata"].get("fold", {}).get("label", "")
        for cell in cells
    ]


def test_the_cell_that_installs_is_not_on_the_page():
    assert read(code("install()")) == []


def test_a_result_stays_and_its_code_folds_below_it():
    out, behind = read(code("table(rows)", TABLE))
    assert out["outputs"] == [TABLE]
    assert "remove-input" in out["metadata"]["tags"]
    assert (behind["source"], behind["outputs"]) == ("table(rows)", [])
    assert behind["metadata"]["fold"]["label"] == "how this table was made"


def test_worked_numbers_and_printed_text_fold_with_their_code():
    (only,) = read(code("worked()", NUMBERS, PRINTED))
    assert only["metadata"]["fold"]["label"] == "2 numbers worked out"
    assert MIME not in json.dumps(only["outputs"])
    assert len(only["outputs"]) == 2


def test_printed_text_stays_where_the_cell_says_so():
    out, _ = read(code("print(x)", PRINTED, tags=["show-output"]))
    assert out["outputs"] == [PRINTED]


def test_code_that_is_the_lesson_stays_open():
    assert shape(read(code("def softmax(): ...", PRINTED, tags=["show"]))) == [""]
    out, behind = read(code("def softmax(): ...", PRINTED, NUMBERS, tags=["show"]))
    assert out["source"] == "def softmax(): ..."
    assert "remove-input" not in out["metadata"]["tags"]
    assert behind["metadata"]["fold"]["label"] == "2 numbers worked out"
    assert "remove-input" in behind["metadata"]["tags"], "the code is not there twice"


def test_a_measured_table_stays():
    out, behind = read(code("table(rows)", TABLE, PRINTED, tags=["measured-here"]))
    assert len(out["outputs"]) == 2
    assert behind["metadata"]["fold"]["label"] == "how this was measured"


def test_neighbours_that_show_nothing_share_a_fold():
    cells = read(code("import jax"), code("x = 1"), text("Then."), code("y = 2"))
    assert shape(cells) == ["set-up", "set-up", "text", "set-up"]
    assert len({cell["metadata"]["fold"]["group"] for cell in cells[:2]}) == 1


def test_set_up_joins_the_result_that_it_prepares():
    cells = read(code("x = 1"), code("table(x)", TABLE))
    assert shape(cells) == ["", *["how this table was made"] * 2]


def test_numbers_join_the_result_before_them():
    cells = read(code("table(x)", TABLE), code("worked()", NUMBERS))
    assert shape(cells) == ["", *["how this table was made · 2 numbers worked out"] * 2]


def test_two_results_have_two_folds_and_three_quizzes_one():
    cells = read(code("table(x)", TABLE), code("picture(x)", PICTURE))
    assert shape(cells) == ["", "how this table was made", "", "how this picture was made"]
    cells = read(*(code(f"quiz({n})", QUIZ) for n in range(3)))
    assert shape(cells) == ["", "", "", *["the quiz in code"] * 3]


def test_open_code_stands_alone_between_folds():
    cells = read(code("x = 1"), code("def f(): ...", tags=["show"]), code("worked()", NUMBERS))
    assert shape(cells) == ["set-up", "", "2 numbers worked out"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([code("assert x")], "a check"),
        ([code("import a\nassert x")], "a check"),
        ([code("import a")], "set-up"),
        ([code("x = 1\nassert x")], "set-up"),
        ([code("print(x)", PRINTED)], "code and what it prints"),
        ([code("tiling()", WIDGET)], "the widget's code"),
        ([code("a", TABLE), code("b", TABLE)], "how these tables were made"),
    ],
)
def test_a_fold_says_what_is_in_it(cells, words):
    assert label([Part.of(cell) for cell in cells]) == words


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_nothing_is_lost(path):
    book = nbformat.read(path, as_version=4)
    page = reading_form(json.loads(path.read_text(encoding="utf-8")), opening=notebook.bootstrap())
    kept = [c["source"] for c in page["cells"] if c["source"] != "..."]
    whole = [c.source for c in book.cells if c.source != notebook.bootstrap()]
    assert sorted("".join(source) for source in kept) == sorted(whole)
    outputs = sum(len(c["outputs"]) for c in page["cells"] if c["cell_type"] == "code")
    assert outputs == sum(len(c.outputs) for c in book.cells if c.cell_type == "code")
    assert len({c["id"] for c in page["cells"]}) == len(page["cells"])
    assert MIME not in json.dumps(page)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_few_cells_stay_open(path):
    book = nbformat.read(path, as_version=4)
    assert sum("show" in cell.metadata.get("tags", []) for cell in book.cells) <= 5


def test_a_group_has_at_most_one_kind_of_result():
    run = [Part.of(code("a", TABLE)), Part.of(code("b", PICTURE)), Part.of(code("c"))]
    assert [len(group) for group in groups(run)] == [1, 1, 1]
