"""The half of the package that a page gets: found, small, whole, and the same bytes each time."""

import io
import os
import subprocess
import sys
import tarfile

import pytest

from tools import page_python
from tools.page_python import ARCHIVE, LIBRARY_OF_PYTHON, PYODIDE, TAKEN
from tools.site_weight import resources

MOST_BYTES = 700_000
HEAVY = ("jax", "jaxlib", "numpy", "jaxtyping", "anywidget", "starlette", "tokenizers", "gguf")


@pytest.fixture(scope="module", autouse=True)
def brought():
    assert PYODIDE.is_dir(), "npm has not brought Pyodide: make node_modules"


@pytest.fixture(scope="module")
def made() -> page_python.Built:
    return page_python.built()


@pytest.fixture(scope="module")
def packed(made) -> bytes:
    return made.half


def test_it_is_small_and_the_same_bytes_each_time(made, packed):
    assert len(packed) <= MOST_BYTES
    assert page_python.built() == made


def test_all_that_a_page_computes_with_is_in_it():
    half = set(page_python.half())
    for name in (
        "checks.grader",
        "cost.expected",
        "planner.plans",
        "run_again",
        "serving.scheduler",
    ):
        assert f"tokenworks.{name}" in half
    for name in ("serving.simulator", "serving.cluster.simulation", "configs.family", "runner"):
        assert f"tokenworks.{name}" in half
    assert not any(name.startswith("tokenworks.kernels") for name in half)
    assert "tokenworks.serving.engine" not in half


def test_a_module_that_needs_jax_and_what_rests_on_it_are_left_out(tmp_path):
    library = tmp_path / "lib"
    for name, text in {
        "__init__": "",
        "a/__init__": "from lib.a import plain",
        "a/plain": "import math\ndef f():\n    import numpy\n    from lib import late",
        "a/heavy": "import jax",
        "a/rests": "from lib.a.heavy import x",
        "a/typed": "if TYPE_CHECKING:\n    import jax\nNAME = 'rows.csv'",
        "late": "x = 1",
        "other": "x = 1",
    }.items():
        path = library / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("rows.csv", "unread.csv"):
        (library / name).write_text("x")
    half = page_python.half(library, ("a",))
    assert half == ("lib", "lib.a", "lib.a.plain", "lib.a.typed", "lib.late")
    taken = {path.name for path in page_python.files(library, ("a",))}
    assert taken == {"__init__.py", "plain.py", "typed.py", "late.py", "rows.csv"}


def test_every_module_is_imported_where_nothing_is_installed(packed, tmp_path):
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:xz") as tar:
        tar.extractall(tmp_path, filter="data")
    text = (
        "import sys, importlib\n"
        f"for name in {page_python.half()!r}: importlib.import_module(name)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    bare = {"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-S", "-c", text]
    done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_site_has_all_of_it_and_only_pages_that_run_python_load_its_door(site, made):
    folder = site / "_static" / "runner"
    assert (folder / ARCHIVE).read_bytes() == made.half
    assert (folder / LIBRARY_OF_PYTHON).read_bytes() == made.library
    names = {*TAKEN, ARCHIVE, LIBRARY_OF_PYTHON, "files.json", "editor.js", "LICENSES.txt"}
    licences = (folder / "LICENSES.txt").read_text()
    assert all(name in licences for name in ("@codemirror/view", "@lezer/python", "dompurify"))
    assert {path.name for path in folder.iterdir()} == {*names, "runner.js", "worker.mjs"}
    texts = {page: page.read_text() for page in site.rglob("*.html")}
    loading = {page for page, text in texts.items() if "_static/runner/" in text}
    driven = {page for page, text in texts.items() if 'data-widget="cockpit"' in text}
    assert driven
    assert loading == driven.union((site / "exercises").glob("*.html"))
    for page in loading:
        assert {
            name for name in resources(page) if "/runner/" in name and "runner.js" not in name
        } == set()
