"""No number without a computation: every number with a unit in a chapter has been checked."""

import ast
import json
import re
import tomllib

import nbformat
import pytest

from tokenworks import chip, worked
from tokenworks.opened_function import is_arithmetic
from tokenworks.units import quantities
from tokenworks.worked_number import MIME
from tools.number_scan import odd_spellings, restated, same, sections, unchecked, uncounted
from tools.repository import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
ALLOWED = tomllib.loads((ROOT / "tests" / "allowed_numbers.toml").read_text(encoding="utf-8"))


def notebook(*cells):
    make = {"md": nbformat.v4.new_markdown_cell, "py": nbformat.v4.new_code_cell}
    built = []
    for kind, source, *output in cells:
        cell = make[kind](source)
        if output:
            shown = nbformat.v4.new_output("stream", text=output[0])
            cell.outputs = [shown]
        built.append(cell)
    return nbformat.v4.new_notebook(cells=built)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_every_number_with_a_unit_is_checked(path):
    book = nbformat.read(path, as_version=4)
    missing = [m for m in unchecked(book) if m[1] not in ALLOWED.get(path.stem, {})]
    assert not missing, f"state these numbers in a worked() cell of their section: {missing}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_the_scan_sees_numbers_and_the_allow_list_is_used(path):
    book = nbformat.read(path, as_version=4)
    assert sum(len(part.stated) for part in sections(book)) > 15
    stated = {literal for _, literal in unchecked(book)}
    assert set(ALLOWED.get(path.stem, {})) <= stated, "remove what the text no longer says"
    assert len(ALLOWED.get(path.stem, {})) <= 5


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_every_count_stands_in_a_cell(path):
    found = set(uncounted(nbformat.read(path, as_version=4)))
    allowed = set(ALLOWED["counts"].get(path.stem, {}))
    assert found <= allowed, "show these counts in a cell of the chapter, or list them"
    assert allowed <= found, "remove what the text no longer says"


def test_a_count_without_a_cell_is_found():
    top = "# 11 · A\n12 min read, 25 min with the notebook\n\n"
    text = ("md", f"{top}Here 318 rows and 1,792 tokens take 40 µs, see [9900](x).")
    assert uncounted(notebook(text, ("py", "x", "1792"))) == ["318"]
    assert uncounted(notebook(text, ("py", "n = 318  # 1,792"))) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_numbers_in_the_quiz_are_checked_by_the_chapter(path):
    quizzes = json.loads((ROOT / "lib/tokenworks/data/quizzes.json").read_text(encoding="utf-8"))
    book = nbformat.read(path, as_version=4)
    computed = {same(q) for part in sections(book) for q in part.computed}
    used = [name for name in quizzes if any(f'quiz("{name}")' in c.source for c in book.cells)]
    assert used, "a chapter has a quiz"
    texts = json.dumps([quizzes[name] for name in used], ensure_ascii=False)
    missing = [q.literal for q in quantities(texts) if same(q) not in computed]
    assert not missing


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_every_number_is_spelled_as_the_scan_reads_it(path):
    cells = nbformat.read(path, as_version=4).cells
    odd = [o for c in cells if c.cell_type == "markdown" for o in odd_spellings(c.source)]
    assert not odd, "write a number, a space and a unit of tokenworks.units"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_no_worked_number_only_repeats_what_was_typed(path):
    cells = nbformat.read(path, as_version=4).cells
    assert not [r for c in cells if c.cell_type == "code" for r in restated(c.source)]


def circular(path):
    """List the worked numbers that show neither arithmetic nor the citation of a fact."""
    found = []
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            for number in output.get("data", {}).get(MIME, []):
                shown = number["formula"].rpartition(" = ")[2].replace("×", "*")
                shown = re.sub(r"(?<=\d),(?=\d{3})", "", shown)
                works = not number["fact"] and is_arithmetic(ast.parse(shown, mode="eval").body)
                if not works and not (number["fact"] and number["sources"]):
                    found.append(f"{number['literal']}: {number['formula'] or number['fact']}")
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_no_working_is_circular(path):
    assert not circular(path), "open the call until arithmetic appears, or cite the row of a fact"


def count(values):
    return len(values)


def test_a_circular_working_is_found(tmp_path):
    def shown(number):
        output = nbformat.v4.new_output("display_data", data={MIME: number.data()})
        cell = nbformat.v4.new_code_cell("worked()", outputs=[output])
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "x.ipynb")
        return circular(tmp_path / "x.ipynb")

    assert shown(worked("2 GB", "size_bytes", size_bytes=2e9)) == ["2 GB: size_bytes"]
    assert shown(worked("3×", count, values=[1, 2, 3])) == ["3×: count(values)"]
    assert shown(worked("2 GB", "2 * size_bytes", size_bytes=1e9)) == []
    assert shown(worked("80 GiB", "a100.usable_bytes", a100=chip("a100-80gb"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "141 GB/chip",
        "10 seconds",
        "5 percent",
        "400 watts",
        "100 TFLOPS",
        "14 tokens a second",
        "3 kWh",
        "2 GHz",
        "100 tokens per second",
        "3x faster",
        "400W",
        "10s",
        "30 us",
        "1e9 bytes",
        "295 FLOP/byte",
        "3 kB",
        "20-fold",
        "1.2 TB per second",
        "2 hours",
        "5 cents",
    ],
)
def test_an_odd_spelling_is_found(text):
    assert odd_spellings(f"It takes {text}.")


@pytest.mark.parametrize(
    "text",
    ["It takes 70 ms, 5 to 15 %, 3× and USD 2.95/h.", "200 tokens, 8 chips, 2024, v5e, H100, 70B"],
)
def test_a_readable_number_or_a_count_is_not_odd(text):
    assert odd_spellings(text) == []


def test_a_restated_number_is_found():
    assert restated('worked("330 W", "watts", watts=330)')
    assert not restated('worked("330 W", "watts", watts=row.power_cap_watts)')


STATED = ("md", "## A\nThe weights take 141 GB.")


@pytest.mark.parametrize(
    "cells",
    [
        [STATED],
        [STATED, ("py", "1 + 1", "2")],
        [STATED, ("py", 'print("141 GB")', "141 GB")],
        [STATED, ("py", "x", "14.1 GB")],
        [STATED, ("py", "x", "141 GiB")],
        [STATED, ("md", "## B"), ("py", "x", "141 GB")],
        [("md", "## A\n| a |\n|---|\n| 7 ms |")],
        [("md", "## A"), ("py", "x = 1  # takes 7 ms")],
        [("md", "## A"), ("py", 'caption = "reads 7 GB/s"')],
        [STATED, ("py", 'print("141 GB")  # worked(', "141 GB")],
        [STATED, ("py", 'print("141 GB"); worked("5 ms", "x", x=y)', "141 GB")],
        [("md", "## A\nIt takes 50 to 100 ms."), ("py", "x", "100 ms")],
        [("md", "## A\n**141** GB"), ("py", "x", "1")],
        [("md", "## A\n`a`, 141&nbsp;GB and `b`"), ("py", "x", "1")],
    ],
)
def test_an_unchecked_number_is_found(cells):
    assert unchecked(notebook(*cells))


@pytest.mark.parametrize(
    "cells",
    [
        [STATED, ("py", 'worked("141 GB", "x", x=y)', "x\n  = 141 GB")],
        [STATED, ("py", "show(x)", "141 GB")],
        [("md", "## A\nIn 2024 a 70B model made 200 tokens on 8 chips, `7 GB`, H100.")],
    ],
    ids=["worked", "computed", "counts"],
)
def test_a_checked_number_and_a_count_pass(cells):
    assert unchecked(notebook(*cells)) == []
