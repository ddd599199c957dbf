"""What all notebooks share: ids that stay, and a first cell that installs where it must."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools import notebook
from tools.repository import repository

FROM_GIT = "git+{0.url}@{0.tag}".format(repository())
# A session of Jupyter, or of Colab, in which %pip only notes what it was asked for.
SESSION = """
import json, sys, types
if sys.argv[1] == "colab":
    sys.modules["google.colab"] = types.ModuleType("google.colab")
from IPython.core.interactiveshell import InteractiveShell
shell, asked = InteractiveShell.instance(), []
shell.register_magic_function(asked.append, "line", "pip")
shell.run_cell(sys.stdin.read()).raise_error()
print(json.dumps(asked))
"""


def asked_of_pip(place: str, folder: Path) -> list[str]:
    """Run the bootstrap cell in a folder and return the lines given to %pip."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", SESSION, place],
        input=notebook.bootstrap(),
        cwd=folder,
        env={**os.environ, "IPYTHONDIR": str(folder / "ipython")},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def wheel(folder: Path, name: str, *, changed: int) -> Path:
    path = folder / name
    path.touch()
    os.utime(path, (changed, changed))
    return path


def install(origin: str) -> list[str]:
    return [f'install -q "tokenworks[figures,model,serve,widgets] @ {origin}"']


def test_colab_installs_the_release_and_others_nothing(tmp_path):
    assert asked_of_pip("colab", tmp_path) == install(FROM_GIT)
    assert asked_of_pip("jupyter", tmp_path) == []


@pytest.mark.parametrize("place", ["colab", "jupyter"])
def test_a_wheel_beside_the_notebook_comes_first(place, tmp_path):
    folder = tmp_path / "my course"  # pip wants the space quoted
    folder.mkdir()
    only = wheel(folder, "tokenworks-0.1.0-py3-none-any.whl", changed=1_000)
    wheel(folder, "another-9.0-py3-none-any.whl", changed=2_000)
    assert asked_of_pip(place, folder) == install(only.as_uri())
    assert "my%20course" in only.as_uri()


def test_of_several_wheels_the_newest_file_is_taken(tmp_path):
    wheel(tmp_path, "tokenworks-0.9.0-py3-none-any.whl", changed=1_000)
    last = wheel(tmp_path, "tokenworks-0.10.0-py3-none-any.whl", changed=3_000)
    wheel(tmp_path, "tokenworks-0.2.0-py3-none-any.whl", changed=2_000)
    assert asked_of_pip("colab", tmp_path) == install(last.as_uri())


def test_an_id_stays_when_cells_are_put_in_or_taken_out():
    before = ["# title", "a", "timed", "b"]
    ids = dict(zip(before, notebook.cell_ids(before), strict=True))
    for after in (["# title", "new", *before[1:], "last"], ["timed", "b"], before[::-1]):
        found = dict(zip(after, notebook.cell_ids(after), strict=True))
        assert all(found[cell] == ids[cell] for cell in after if cell in ids)


def test_equal_cells_have_ids_of_their_own():
    first, second, third = notebook.cell_ids(["x", "x", "x"])
    assert len({first, second, third}) == 3
    assert notebook.cell_ids(["y", "x", "z", "x"])[1::2] == [first, second]
    cells = [nbformat.v4.new_code_cell("x", id=name) for name in (first, second)]
    nbformat.validate(nbformat.v4.new_notebook(cells=cells))


def test_badge_and_bootstrap_follow_the_title():
    title = nbformat.v4.new_markdown_cell("# Title\n\nThesis.")
    code = nbformat.v4.new_code_cell("1 + 1")
    first, second, third = notebook.opened([title, code], "chapters/xx.ipynb")
    assert first.source == f"# Title\n\n{notebook.badge('chapters/xx.ipynb')}\n\nThesis."
    assert (second.source, third) == (notebook.bootstrap(), code)
