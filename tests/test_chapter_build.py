"""A chapter is formatted and made the same way twice, and `--nbval` compares what nbval skips."""

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools import chapters, notebook
from tools.repository import ROOT

CHAPTER = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A chapter

```{code-cell}
import os
import sys

print(os.environ["JAX_PLATFORMS"], sys.flags.hash_randomization)
display({"image/png": "AAAA"}, raw=True)
```

```{code-cell}
:tags: [measured-here]
import random

random.random()
```
"""
MORE = """```{code-cell}
"a cell more"
```

And a text.

"""
NEEDED = ("_config.yml", "chapters/conftest.py", "pyproject.toml", "requirements.txt")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return the folder of a book of two equal chapters, made and measured."""
    root = tmp_path_factory.mktemp("book")
    (root / "chapters").mkdir()
    for name in NEEDED:
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "tools", root / "tools")
    list_chapters(root, "01-good", "02-bad")
    for name in ("01-good", "02-bad"):
        (root / "chapters" / f"{name}.md").write_text(CHAPTER, encoding="utf-8")
    assert build(root, "--measure") == "chapters/01-good.ipynb\nchapters/02-bad.ipynb\n"
    return root


def list_chapters(root, *names):
    """Write the contents of the copied book."""
    files = ", ".join(f"{{file: chapters/{name}}}" for name in names)
    text = f"parts: [{{caption: A, chapters: [{files}]}}]"
    (root / "_toc.yml").write_text(text, encoding="utf-8")


def build(root, *arguments):
    """Run the command of a copied book and return what it printed."""
    command = [sys.executable, "-m", "tools.chapters", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def code(path):
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def record(root, chapter):
    path = root / "benchmarks" / "measured_here" / f"{chapter}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_was_built_before_is_built_again(book):
    made = book / "chapters" / "01-good.ipynb"
    before = made.read_bytes()
    made.unlink()
    build(book, "chapters/01-good.md")
    assert made.read_bytes() == before
    cells = code(made)
    assert [cell.execution_count for cell in cells] == [1, 2, 3]
    assert cells[1].outputs[0].text == "cpu 0\n"
    known = record(book, "01")
    assert [dict(o) for o in cells[2].outputs] == known["outputs"][cells[2].id]
    assert known["python"] == platform.python_version()


def test_a_cell_put_in_before_a_timed_one_keeps_the_record(book):
    source = book / "chapters" / "03-longer.md"
    list_chapters(book, "01-good", "02-bad", "03-longer")
    source.write_text(CHAPTER.replace("# A chapter", "# Another"), encoding="utf-8")
    build(book, "--measure", "chapters/03-longer.md")
    measured = code(source.with_suffix(".ipynb"))[-1]
    known = record(book, "03")
    longer = source.read_text(encoding="utf-8").replace(
        "```{code-cell}\nimport", MORE + "```{code-cell}\nimport"
    )
    source.write_text(longer, encoding="utf-8")
    build(book, "chapters/03-longer.md")
    cells = code(source.with_suffix(".ipynb"))
    assert cells[1].source == '"a cell more"'
    assert cells[-1].id == measured.id
    assert record(book, "03") == known
    assert [o.data for o in cells[-1].outputs] == [o.data for o in measured.outputs]
    assert cells[-1].outputs[0].execution_count == cells[-1].execution_count == 4
    for path in (source, source.with_suffix(".ipynb")):
        path.unlink()
    list_chapters(book, "01-good", "02-bad")


def test_new_prose_keeps_the_outputs_and_new_code_is_refused(book):
    source = book / "chapters" / "01-good.md"
    made = source.with_suffix(".ipynb")
    before = source.read_text(encoding="utf-8")
    source.write_text(before.replace("# A chapter", "# Good\n\nNew prose."), encoding="utf-8")
    build(book, "--prose", "chapters/01-good.md")
    quick = made.read_bytes()
    build(book, "chapters/01-good.md")
    assert made.read_bytes() == quick
    assert nbformat.read(made, as_version=4).cells[0].source.startswith("# 01 · Good\n")
    source.write_text(before.replace("import os", "import os  # new"), encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        build(book, "--prose", "chapters/01-good.md")
    assert "01-good.md: its code has changed; run it without --prose" in refused.value.stderr
    source.write_text(before.replace("# A chapter", "# A [c](chapter:gone)"), encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        build(book, "chapters/01-good.md")
    assert refused.value.stderr.startswith("chapters/01-good.md: no chapter is named 'gone'")
    source.write_text(before, encoding="utf-8")
    build(book, "--prose", "chapters/01-good.md")


def test_a_notebook_that_nbval_passes_must_still_be_the_same_bytes(book):
    bad = book / "chapters" / "02-bad.ipynb"
    made = nbformat.read(bad, as_version=4)
    picture = made.cells[2].outputs[1]
    assert picture.data == {"image/png": "AAAA"}
    picture.data["image/png"] = "BBBB"  # nbval never looks at pictures
    bad.write_text(notebook.dumps(made), encoding="utf-8")
    run = [sys.executable, "-m", "pytest", "--nbval", "chapters", "-o", "addopts=", "-W", "default"]
    done = subprocess.run(
        [*run, "-p", "no:cacheprovider", "-rA", "--color=no"],
        cwd=book,
        capture_output=True,
        text=True,
        env=chapters.settings(measure=False),
        check=False,
    )
    verdicts = [line for line in done.stdout.splitlines() if line.startswith(("PASSED", "FAILED"))]
    failed = [line for line in verdicts if line.startswith("FAILED")]
    if chapters.under_the_lock():
        assert len(verdicts) == 8, done.stdout
        assert len(failed) == 1, done.stdout
        assert "02-bad.ipynb::same bytes" in failed[0]
    else:
        assert len(verdicts) == 6, done.stdout
        assert not failed, done.stdout


def test_the_code_in_every_text_is_in_the_house_format(tmp_path):
    sources = sorted((ROOT / "chapters").glob("[0-9]*.md"))
    copies = [Path(shutil.copy(source, tmp_path)) for source in sources]
    chapters.format_cells(copies)  # all in one process of ruff
    changed = [s.name for s, c in zip(sources, copies, strict=True) if not same_bytes(s, c)]
    assert not changed, "run `make format`"


def same_bytes(one, other):
    return one.read_bytes() == other.read_bytes()


def test_code_in_another_format_is_put_into_the_house_format(tmp_path):
    text = f"{CHAPTER}\nProse  stays   as it is.\n"
    names = [tmp_path / "01-tidy.md", tmp_path / "02-untidy.md"]
    names[0].write_text(text, encoding="utf-8")
    names[1].write_text(text.replace("random.random()", "random . random( )"), encoding="utf-8")
    chapters.format_cells(names)
    assert [name.read_text(encoding="utf-8") for name in names] == [text, text]
    names[1].write_text(text.replace("random.random()", "random.("), encoding="utf-8")
    with pytest.raises(SystemExit, match="02-untidy"):
        chapters.format_cells(names)
