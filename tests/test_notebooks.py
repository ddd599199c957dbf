"""Every chapter's notebook was made from its text, ran completely and can be made again."""

import ast
import json
import re
from importlib import import_module
from importlib.metadata import version

import nbformat
import pytest

from tokenworks.worked_number import MIME
from tools import chapters, notebook
from tools.repository import ROOT, repository

SOURCES = sorted((ROOT / "chapters").glob("[0-9]*.md"))
OPENING = ["Objectives", "Prerequisites"]
CLOSING = ["Card", "After reading"]
AFTERWARDS = ["Quiz", "Exercises", "Where the model breaks", "What to measure", "Sources"]
ONE_OF_MANY = re.compile(
    r"(?<![\w.,/×+-])(?<![-–+] )1 (?:rows|tokens|users|steps|slots|blocks|chips|heads|layers|"
    r"requests|sequences|conversations|experts|copies|cents|seconds)\b(?!/)"
)
LONG_LESSONS = {"def train_bpe": 15}  # cells that are the lesson itself, with their length

pytestmark = pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)


def read(source):
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def content(output):
    """Return an output without its cell's number, which changes when cells are put in before."""
    return {key: value for key, value in output.items() if key != "execution_count"}


def code(book):
    return [cell for cell in book.cells if cell.cell_type == "code"]


def test_the_notebook_is_fresh(source):
    assert chapters.stale(source) is None


def test_a_stale_or_unexecuted_notebook_is_found(source, tmp_path):
    for name in (source.name, source.with_suffix(".ipynb").name):
        (tmp_path / name).write_bytes((source.parent / name).read_bytes())
    copy = tmp_path / source.name
    copy.write_text(copy.read_text(encoding="utf-8") + "\nOne more line.\n", encoding="utf-8")
    assert "was not made from" in chapters.stale(copy)
    copy.write_bytes(source.read_bytes())
    book = read(copy)
    code(book)[3].execution_count = None
    copy.with_suffix(".ipynb").write_text(notebook.dumps(book), encoding="utf-8")
    assert "never ran" in chapters.stale(copy)
    copy.with_suffix(".ipynb").unlink()
    assert "is missing" in chapters.stale(copy)


def test_no_output_is_an_error_or_a_live_widget(source):
    outputs = [output for cell in code(read(source)) for output in cell.outputs]
    assert outputs
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    kinds = {kind for o in outputs for kind in o.get("data", {})}
    assert kinds <= {"text/plain", "text/html", MIME}
    assert not re.search(r"0x[0-9a-f]{6,}", json.dumps(outputs)), "an address was printed"


def test_one_thing_is_in_the_singular(source):
    book = read(source)
    outputs = (output for cell in code(book) for output in cell.outputs)
    printed = [output.get("text", "") + str(output.get("data", "")) for output in outputs]
    text = "\n".join([*printed, *(c.source for c in book.cells if c.cell_type == "markdown")])
    assert ONE_OF_MANY.findall(text) == []


def test_the_anatomy_is_complete_and_in_order(source):
    cells = read(source).cells
    text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    assert re.match(r"# \d\d · [^\n]+\n\n[^\n]+ · \d+ min read, \d+ min with the notebook\n", text)
    assert text.count("\n# ") == 0, "one title, at the very top"
    headings = re.findall(r"(?m)^## (.*)$", text)
    assert headings[:2] == OPENING
    assert headings[-len(CLOSING) :] == CLOSING
    assert "Predict, then measure on your own chip" in headings
    assert len(headings) > len(OPENING) + len(CLOSING)
    after = text[text.index("## After reading") :]
    assert re.findall(r"(?m)^### (.*)$", after) == AFTERWARDS
    start = next(i for i, c in enumerate(cells) if "## Objectives" in c.source)
    shown = [c for c in cells[2:start] if c.cell_type == "code"]
    assert [c.metadata.get("tags", []) for c in shown] == [["hero"], []]
    assert "guess(" in shown[1].source, "the picture, then the guess"


def test_a_card_has_a_picture_a_formula_three_numbers_and_a_rule(source):
    cells = read(source).cells
    first = next(i for i, c in enumerate(cells) if "## Card" in c.source)
    last = next(i for i, c in enumerate(cells) if "## After reading" in c.source)
    text = "\n".join(c.source for c in cells[first : last + 1] if c.cell_type == "markdown")
    text = text.split("## Card")[1].split("## After reading")[0]
    own = [c for c in cells[first:last] if c.cell_type == "code"]
    shown = [o.get("data", {}).get("text/html", "") for c in own for o in c.outputs]
    assert sum("tw-figure" in html for html in shown) == 1
    assert re.search(r"(?m)^\$\$.+\$\$$", text)
    strips = sum(html.count("<dt") for html in shown if "tw-facts" in html)
    assert len(re.findall(r"(?m)^- ", text)) + strips == 3
    assert text.count("> **Rule.** ") == text.count("**Rule.**") == 1


def test_cells_are_few_and_short(source):
    book = read(source)
    assert book.cells[-1].metadata == chapters.ASIDE, "the build's own, which links the neighbours"
    assert len(book.cells[:-1]) <= 90
    for cell in code(book):
        lesson = next((n for key, n in LONG_LESSONS.items() if key in cell.source), 12)
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= lesson, cell.source


def test_cells_import_public_names_and_no_files(source):
    """`from tokenworks.cost import kv_bytes`, whichever file of cost/ it stands in."""
    for cell in code(read(source)):
        without_magics = re.sub(r"(?m)^(\s*)%.*", r"\1pass", cell.source)
        for node in ast.walk(ast.parse(without_magics)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("tokenworks"):
                assert node.module.count(".") <= 1, f"take it from {node.module.rpartition('.')[0]}"
                package = import_module(node.module)
                known = getattr(package, "__all__", dir(package))
                assert not {alias.name for alias in node.names} - set(known)
            if isinstance(node, ast.Import):
                assert not [a.name for a in node.names if a.name.startswith("tokenworks.")]
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.endswith((".csv", ".json"))


def test_the_text_reads_the_same_everywhere(source):
    text = source.read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^```(\S+)", text)) <= {"{code-cell}"}
    assert not re.search(r"!\[[^]]*\]\((?!https)", text), "a relative image breaks in Colab"
    prose = re.sub(r"```.*?```|\$\$.*?\$\$", "", text, flags=re.DOTALL)
    assert not re.search(r"\$\d", prose), "money is USD 1.20"


def test_badge_and_bootstrap_come_from_one_place(source):
    book = read(source)
    assert notebook.badge(f"chapters/{source.stem}.ipynb") in book.cells[0].source
    assert book.cells[1].source == notebook.bootstrap()


def test_the_bootstrap_names_the_packages_own_version(source):
    tag = repository().tag
    assert tag == f"v{version('tokenworks')}"
    assert f"@{tag}" in read(source).cells[1].source


def test_timed_cells_show_the_record_and_nothing_else_is_ignored(source):
    known = json.loads((chapters.RECORDS / f"{source.stem[:2]}.json").read_text(encoding="utf-8"))
    assert {"date", "machine", "cores", "python"} <= set(known)
    timed = [c for c in code(read(source)) if chapters.MEASURED in c.metadata.get("tags", [])]
    assert timed
    assert sorted(known["outputs"]) == sorted(cell.id for cell in timed), "a record without a cell"
    for cell in code(read(source)):
        ignored = "nbval-ignore-output" in cell.metadata.get("tags", [])
        assert ignored == (cell in timed)
    for cell in timed:
        assert [content(o) for o in cell.outputs] == [content(o) for o in known["outputs"][cell.id]]


def test_the_notebook_is_small(source):
    assert source.with_suffix(".ipynb").stat().st_size <= 1_000_000
