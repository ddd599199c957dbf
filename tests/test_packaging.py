"""The package as it is installed: what the base does alone, what each extra brings, its data."""

from __future__ import annotations

import argparse
import ast
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import tokenworks
from tokenworks.cli import parser
from tools import notebook
from tools.repository import ROOT, repository

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
DISTRIBUTIONS = packages_distributions()  # of each module that can be imported here
PACKAGE = ROOT / "lib" / "tokenworks"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
# What a folder or module needs beside Python; all others run on the base alone.
NEEDS = {
    "kernels": {"model"},
    "measure.py": {"model"},
    "model/grammar.py": {"grammar", "model"},
    "model": {"model"},
    "parallel": {"model"},
    "serving/server": {"serve"},
    "tpu.py": {"model"},  # it says by itself when the compiler, of the extra tpu, is missing
    "serving/text_requests.py": {"model"},
    "quantization": {"model"},
    "speculation": {"model"},
    "widgets": {"model", "widgets"},
} | {
    f"serving/{name}.py": {"model"}
    for name in (
        *("beam", "drafted_runs", "drafting", "engine", "engine_sizes", "kv_pages"),
        *("model_runner", "prompt_scores", "ragged", "sampling_params", "step_rows"),
    )
}
LAZY = {"llguidance"}  # model/grammar.py says by itself when it is missing: no notebook needs it
NOT_IMPORTED = {
    "ipywidgets": "anywidget builds on it; the bound is Colab's",
    "libtpu": "JAX finds it by itself",
}
# An interpreter without site-packages: it has the standard library and this package.
ALONE = [sys.executable, "-I", "-S", "-c"]
START = f"import sys; sys.path.insert(0, {str(ROOT / 'lib')!r}); "
CLI = START + "from tokenworks.cli import main; sys.exit(main())"


def needs(module: Path) -> set[str]:
    return next((NEEDS[key] for key in NEEDS if module.is_relative_to(key)), set())


def brought(extra: str) -> set[str]:
    """Return the distributions that an extra declares, the package's own extras followed."""
    names = set()
    for line in EXTRAS[extra]:
        wanted = Requirement(line)
        inner = [brought(each) for each in wanted.extras] if wanted.name == "tokenworks" else []
        names |= set().union(*inner) if inner else {wanted.name}
    return names


def imported(module: Path) -> set[str]:
    """Return the distributions that a module imports, at any depth."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        roots = {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"tokenworks"}
        found |= {DISTRIBUTIONS[root][0].lower().replace("_", "-") for root in roots}
    return found


def examples() -> list[tuple[str, str | None, str]]:
    """Return command, extra and each example of the command line's own help."""
    (choices,) = (
        action.choices
        for action in parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return [
        (name, sub.get_default("extra"), line.strip())
        for name, sub in choices.items()
        for line in sub.epilog.splitlines()
        if line.strip().startswith(f"tokenworks {name}")
    ]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example[2])
def test_a_command_runs_on_the_base_or_names_its_extra(example, tmp_path):
    name, extra, line = example
    shutil.copy(ROOT / "lib/tests/configs/llama-3.1-70b.json", tmp_path / "config.json")
    shutil.copy(ROOT / "lib/tokenworks/data/published_runs.csv", tmp_path / "my_server.csv")
    arguments = shlex.split(line)[1:]
    done = subprocess.run(
        [*ALONE, CLI, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    if extra is None:
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.strip()
    else:
        says = f"tokenworks {name} needs the extra {extra}: pip install 'tokenworks[{extra}]'\n"
        assert (done.returncode, done.stdout, done.stderr) == (2, "", says)


def test_the_commands_of_the_base_are_all_but_three():
    assert {name for name, extra, _ in examples() if extra} == {"generate", "serve", "tpu"}


def test_the_base_imports_without_any_other_package():
    light = [path.with_suffix("").parts for path in MODULES if not needs(path)]
    assert len(light) > 60
    names = [".".join(("tokenworks", *parts)) for parts in light if parts[-1] != "__main__"]
    code = START + f"import importlib; [importlib.import_module(name) for name in {names}]"
    done = subprocess.run([*ALONE, code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert PROJECT["dependencies"] == []


def test_a_check_grades_on_the_base_alone():
    code = START + (
        "from tokenworks import checks; "
        "report = checks.check('02.2', lambda logits, temperature: [1.0 for _ in logits]); "
        "assert report._repr_html_() and report.hint and len(report.rows) == report.cases; "
        "checks.check('05.1', lambda l, h, k, d, bits: 2 * l * k * d * bits / 8).require()"
    )
    done = subprocess.run([*ALONE, code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_module_imports_is_declared():
    undeclared = {
        str(module): left
        for module in MODULES
        if (left := imported(module) - set().union(*(brought(extra) for extra in needs(module))))
    }
    assert undeclared == {}


def test_what_is_declared_is_imported():
    declared = set().union(*map(brought, ("grammar", "model", "serve", "tpu", "widgets")))
    assert declared - set().union(*map(imported, MODULES)) == set(NOT_IMPORTED)


def test_an_error_that_is_no_missing_extra_is_shown(monkeypatch):
    from tokenworks import cli

    def broken(options):
        raise ModuleNotFoundError("No module named 'tokenworks.gone'", name="tokenworks.gone")

    monkeypatch.setattr(cli, "_generate", broken)
    with pytest.raises(ModuleNotFoundError, match="gone"):
        cli.main(["generate", "x"])
    monkeypatch.setattr(cli, "_chips", broken)
    with pytest.raises(ModuleNotFoundError, match="gone"):
        cli.main(["chips"])


def test_colab_keeps_what_it_has():
    """Requirements that its runtime meets make pip install nothing, and so replace nothing."""
    colab = tomllib.loads((ROOT / "tests" / "colab_tpu.toml").read_text(encoding="utf-8"))
    have, missing = colab["versions"], set()
    assert {"jax", "numpy", "ipywidgets"} <= set(have)
    wanted = [Requirement(line) for extra in notebook.EXTRAS for line in EXTRAS[extra]]
    for requirement in (r for r in wanted if r.name != "tokenworks"):
        if requirement.name in have:
            assert requirement.specifier.contains(have[requirement.name]), requirement
        else:
            missing.add(requirement.name)
    assert missing == {"gguf", "jaxtyping"}
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(colab["python"])


def test_the_measured_tables_are_in_the_wheel():
    """What a glob of the package's data finds is packed; a release refuses a wheel without it."""
    globs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packed = globs["tool"]["setuptools"]["package-data"]["tokenworks"]
    tables = {f"{name}.csv" for name in ("gemm", "moe", "all_reduce", "end_to_end")}
    tables |= {"decode_attention.csv", "prefill_attention.csv", "two_labels.csv"}
    found = {path for glob in packed for path in PACKAGE.glob(glob)}
    assert {path.name for path in found if path.parent.name == "silicon"} == tables
    assert (PACKAGE / "data" / "silicon" / "__init__.py").is_file(), "its folder is a package"


def test_the_notebooks_ask_for_what_every_folder_needs():
    asked = set().union(*map(brought, notebook.EXTRAS))
    needed = set().union(*(brought(extra) for need in NEEDS.values() for extra in need))
    assert asked >= needed - LAZY


def test_address_version_and_licence_are_the_same_everywhere():
    place = repository()
    assert PROJECT["urls"]["Repository"] == place.url
    assert all(url.startswith(place.url) for url in PROJECT["urls"].values())
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"\npip install {notebook.origin()}\n" in readme
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    required = {"authors", "cff-version", "message", "title"}  # by its schema, version 1.2.0
    assert required <= set(citation)
    assert citation["repository-code"] == place.url
    versions = {PROJECT["version"], tokenworks.__version__, citation["version"], place.tag[1:]}
    assert versions == {PROJECT["version"]}
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert PROJECT["license"] == citation["license"] == "Apache-2.0"
    assert citation["title"] == config["title"]
    assert [each["name"] for each in PROJECT["authors"]] == [config["author"]]
    assert [each["name"] for each in citation["authors"]] == [config["author"]]
