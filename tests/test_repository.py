"""The house rules that a machine can check."""

import ast
import re
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import jupytext
import pytest
from tracked_files import tracked

import tools
from tools.repository import ROOT

MAX_FILE, MAX_FUNCTION = 250, 40
# Layers from the bottom up; a module imports from its own layer or a lower one.
LAYERS = [
    {
        "lazy_names",
        "no_tpu",
        "number",
        "percentiles",
        "caller_text",
        "formula_tex",
        "hlo_text",
        "opened_function",
    },
    {"data", "units", "dimensions"},
    {"shapes", "accelerator", "architecture", "layer_cache", "specs"},
    {"printed_table", "fact_sources", "substitution", "configs"},
    {"computed_from"},
    {"formula_inputs"},
    {"run_again"},
    {"worked_number"},
    {"cost"},
    {"compiled_collectives"},
    {"row_limits", "row_flags"},
    {"validate"},
    {"tpu", "kernels"},
    {"model"},
    {"quantization"},
    {"parallel", "speculation"},
    {"serving"},
    {"planner", "printed_gains"},
    {"cockpit"},
    {"measure", "figures"},
    {"widgets", "checks"},
    {"runner"},
    {"commands"},
    {"cli"},
]
JAX_EXECUTOR = {  # the part of serving/ that runs a model; the rest is plain Python
    Path(f"serving/{stem}.py")
    for stem in (
        *("beam", "drafted_runs", "drafting", "engine", "kv_pages", "model_runner"),
        *("prompt_scores", "ragged", "step_rows", "text_requests"),
    )
}
LONG_FUNCTIONS: dict[str, str] = {  # "file.py:function": why it may be longer
    "lib/tokenworks/planner/plans.py:plan": "a line for each part of the question",
}
LONG_FILES: dict[str, str] = {  # "file": why it may be longer
    "lib/tokenworks/cost/__init__.py": "a line for each public name, and nothing else",
}
BAD_STEM = re.compile(r"week|ch\d|^(utils?|common|misc|helpers?)$")
BAD_CLASS = re.compile(r"^(Base|Abstract)|(Registry|Factory|Manager|Utils|Wrapper)$")


FILES = tracked()
PYTHON = [path for path in FILES if path.suffix == ".py"]
PACKAGE = [path for path in PYTHON if path.is_relative_to("lib/tokenworks")]


def tree(path):
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@cache
def imported(path):
    """Return every module that a file imports, at any depth."""
    return tuple(imports(tree(path)))


def imports(parsed):
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "tokenworks":
                yield from (f"tokenworks.{alias.name}" for alias in node.names)


def layer(module):
    part = module.split(".")[1]
    return next((i for i, names in enumerate(LAYERS) if part in names), None)


def test_the_files_are_found():
    assert len(PACKAGE) > 30


# One test for all files and not one for each: 9,000 tests cost a minute before any looks at a file.
def test_imports_go_one_way():
    above = []
    for path in PACKAGE:
        inside = path.relative_to("lib").with_suffix("").parts
        if len(inside) == 2 and inside[1] in ("__init__", "__main__"):
            continue
        own = layer(".".join(inside))
        assert own is not None, f"{path} stands in no layer: add it to LAYERS"
        for module in imported(path):
            known = layer(module) if module.startswith("tokenworks.") else None
            if known is not None and known > own:
                above.append(f"{path} imports {module} from a layer above")
    assert above == []


def test_heavy_packages_stay_where_they_belong():
    heavy = {"kernels", "model", "parallel", "quantization", "speculation"}
    heavy |= {"tpu.py", "measure.py", "widgets"}
    roots = {path: {module.split(".")[0] for module in imported(path)} for path in PACKAGE}
    drawn = [str(path) for path in PACKAGE if "matplotlib" in roots[path]]
    assert drawn == [], "figures/ draws the book's pictures"
    inside = [
        path.relative_to("lib/tokenworks") for path in PACKAGE if roots[path] & {"jax", "numpy"}
    ]
    assert [str(p) for p in inside if p.parts[0] not in heavy and p not in JAX_EXECUTOR] == []


def test_files_are_short():
    code = [path for path in FILES if path.suffix in (".py", ".js")]
    lines = {str(p): (ROOT / p).read_text(encoding="utf-8").count("\n") for p in code}
    assert {path: n for path, n in lines.items() if n > MAX_FILE and path not in LONG_FILES} == {}


def test_functions_are_short_and_named_well():
    odd = []
    for path in PYTHON:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                long = node.end_lineno - node.lineno + 1 > MAX_FUNCTION
                odd += [f"{path}:{node.name}"] * long
            if isinstance(node, ast.ClassDef) and BAD_CLASS.search(node.name):
                odd.append(f"{path}: class {node.name}")
        if path in PACKAGE and BAD_STEM.search(path.stem):
            odd.append(f"{path}: name a module by what it holds")
    assert sorted(set(odd) - set(LONG_FUNCTIONS)) == []


def functions(source):
    """Yield name and normalised body of every function of more than four lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body and body[-1].end_lineno - body[0].lineno >= 4:
                yield node.name, ast.dump(ast.Module(body, []))


def sources():
    for path in PYTHON:
        if not path.is_relative_to("lib/tokenworks/checks"):  # a solution is the formula itself
            yield str(path), (ROOT / path).read_text(encoding="utf-8")
    for path in FILES:
        if path.suffix == ".md" and path.parts[0] == "chapters":
            cells = jupytext.read(ROOT / path).cells
            yield from ((str(path), c.source) for c in cells if c.cell_type == "code")


def test_no_function_is_written_twice():
    places = defaultdict(set)
    for path, source in sources():
        for name, body in functions(source):
            places[body].add(f"{path}:{name}")
    twice = [sorted(where) for where in places.values() if len(where) > 1]
    assert not twice


def test_no_function_has_its_modules_name():
    """Else what `package.name` is would depend on who imported the module last."""
    exempt = {"widgets", "checks"}  # name.py + name.js (the package gives the function); not public
    named = []
    for path in PACKAGE:
        defined = (n for n in tree(path).body if isinstance(n, ast.FunctionDef | ast.ClassDef))
        if path.stem in {n.name for n in defined} and path.parent.name not in exempt:
            named.append(str(path))
    assert named == []


def test_package_data_is_what_stands_in_the_package():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folder = Path("lib/tokenworks")
    data = {path for path in FILES if path.is_relative_to(folder) and path.suffix != ".py"}
    globs = settings["tool"]["setuptools"]["package-data"]["tokenworks"]
    found = [{p.relative_to(ROOT) for p in (ROOT / folder).glob(each)} & data for each in globs]
    assert all(found), "a glob that finds nothing"
    assert set().union(*found) == data
    assert folder / "py.typed" in data


def test_every_module_has_its_test():
    exempt = {"__init__.py", "__main__.py"}
    tests = {str(p.relative_to("lib/tests")) for p in FILES if p.is_relative_to("lib/tests")}
    for path in PACKAGE:
        inside = path.relative_to("lib/tokenworks")
        if inside.name not in exempt:
            assert str(inside.with_name(f"test_{inside.stem.lstrip('_')}.py")) in tests, path


def test_the_readme_shows_the_tree_as_it_is():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text[text.index("```text\n") + 8 :].split("```")[0]
    shown = [line.split()[0].rstrip("/") for line in block.splitlines() if line.strip()]
    tops = {path.parts[0] for path in FILES}
    inside = {"/".join(p.parts[:3]) for p in PACKAGE if p.name != "__init__.py" or len(p.parts) > 3}
    assert sorted(shown) == sorted(tops | inside)
    assert all(line.split(maxsplit=1)[1:] for line in block.splitlines()), "a line says nothing"


def test_the_package_of_tools_lists_its_modules():
    listed = re.findall(r"`(\w+)`", "".join(re.findall(r"(?m)^- (.*):", tools.__doc__)))
    modules = [path.stem for path in PYTHON if path.parts[0] == "tools"]
    assert sorted([*listed, "__init__"]) == sorted(modules)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "README.md", "exercises/README.md"])
def test_the_files_that_a_page_names_are_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[\w.*-]+/)+[\w.*-]+\.(?:md|py|js|json|toml|csv|ipynb))`", text))
    globs = {
        name: re.sub(r"(?<![a-z])name", "*", name.replace("NN", "[0-9][0-9]")) for name in named
    }
    starts = (ROOT, ROOT / "lib/tokenworks", (ROOT / page).parent)
    found = {name for name, glob in globs.items() if any(any(s.glob(glob)) for s in starts)}
    assert sorted(named - found) == []


def test_the_axes_in_annotations_are_those_of_the_notation_page():
    page = (ROOT / "book" / "notation.md").read_text(encoding="utf-8")
    axes_table = page[: page.index("## Quantities")]
    known = set(re.findall(r"\$([A-Z])\$", axes_table))
    assert {"B", "T", "S", "H", "K", "D", "M", "F", "V", "L"} <= known
    for path in PACKAGE:
        text = (ROOT / path).read_text(encoding="utf-8")
        for axes in re.findall(r'(?:Float|Int|Bool)\[[\w.| ]+, "([^"]*)"\]', text):
            letters = {axis for axis in axes.split() if re.fullmatch(r"[A-Z]", axis)}
            assert letters <= known, f"{path}: {axes}"
