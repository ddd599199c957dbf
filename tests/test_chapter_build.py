"""A chapter is formatted and made the same way twice, and `--nbval` compares what nbval skips."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from scripts import ROOT, load

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
NEEDED = (
    "_config.yml",
    "book/_ext/repository.py",
    "chapters/build.py",
    "chapters/conftest.py",
    "pyproject.toml",
    "requirements.txt",
)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return the folder of a book of two equal chapters, of which one was made and measured."""
    root = tmp_path_factory.mktemp("book")
    for name in NEEDED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    build = load("chapters/build.py")
    build.ROOT = root
    for name in ("01-good", "02-bad"):
        source = root / "chapters" / f"{name}.md"
        source.write_text(CHAPTER, encoding="utf-8")
        build.build(source, measure=True)
    return build, root


def test_what_was_built_before_is_built_again(book):
    build, root = book
    source = root / "chapters" / "01-good.md"
    again = build.build(source, target=root / "again.ipynb")
    assert again.read_bytes() == source.with_suffix(".ipynb").read_bytes()
    cells = [c for c in nbformat.read(again, as_version=4).cells if c.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == [1, 2, 3]
    assert cells[1].outputs[0].text == "cpu 0\n"
    record = json.loads((root / "benchmarks/measured_here/01.json").read_text(encoding="utf-8"))
    assert [dict(o) for o in cells[2].outputs] == record["outputs"][cells[2].id]


def test_a_notebook_that_nbval_passes_must_still_be_the_same_bytes(book):
    build, root = book
    bad = root / "chapters" / "02-bad.ipynb"
    notebook = nbformat.read(bad, as_version=4)
    picture = notebook.cells[2].outputs[1]
    assert picture.data == {"image/png": "AAAA"}
    picture.data["image/png"] = "BBBB"  # nbval never looks at pictures
    bad.write_text(build.dumps(notebook), encoding="utf-8")
    run = [sys.executable, "-m", "pytest", "--nbval", "chapters", "-o", "addopts=", "-W", "default"]
    done = subprocess.run(
        [*run, "-p", "no:cacheprovider", "-rA", "--color=no"],
        cwd=root,
        capture_output=True,
        text=True,
        env=build.settings(measure=False),
        check=False,
    )
    verdicts = [line for line in done.stdout.splitlines() if line.startswith(("PASSED", "FAILED"))]
    failed = [line for line in verdicts if line.startswith("FAILED")]
    if build.under_the_lock():
        assert len(verdicts) == 8, done.stdout
        assert len(failed) == 1, done.stdout
        assert "02-bad.ipynb::same bytes" in failed[0]
    else:
        assert len(verdicts) == 6, done.stdout
        assert not failed, done.stdout


def test_the_code_in_every_text_is_in_the_house_format(tmp_path):
    sources = sorted((ROOT / "chapters").glob("[0-9]*.md"))
    copies = [Path(shutil.copy(source, tmp_path)) for source in sources]
    load("chapters/build.py").format_cells(copies)  # all in one process of ruff
    changed = [s.name for s, c in zip(sources, copies, strict=True) if not same_bytes(s, c)]
    assert not changed, "run `make format`"


def same_bytes(one, other):
    return one.read_bytes() == other.read_bytes()


def test_code_in_another_format_is_put_into_the_house_format(tmp_path):
    text = f"{CHAPTER}\nProse  stays   as it is.\n"
    names = [tmp_path / "01-tidy.md", tmp_path / "02-untidy.md"]
    names[0].write_text(text, encoding="utf-8")
    names[1].write_text(text.replace("random.random()", "random . random( )"), encoding="utf-8")
    load("chapters/build.py").format_cells(names)
    assert [name.read_text(encoding="utf-8") for name in names] == [text, text]
    names[1].write_text(text.replace("random.random()", "random.("), encoding="utf-8")
    with pytest.raises(SystemExit, match="02-untidy"):
        load("chapters/build.py").format_cells(names)
