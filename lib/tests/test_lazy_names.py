"""The public names are there, cost nothing before they are used, and a typo is told."""

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

import tokenworks
from tokenworks.lazy_names import public_names

PACKAGES = (
    "checks",
    "cost",
    "data",
    "figures",
    "kernels",
    "model",
    "parallel",
    "serving",
    "widgets",
)
HEAVY = ("jax", "numpy", "anywidget", "gguf", "tokenizers", "starlette", "uvicorn")
LIST = f"print(sorted(m for m in {HEAVY} if m in sys.modules))"


def fresh(code):
    """Run code in a new interpreter and return what it printed last."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


def package(name):
    return import_module(f"tokenworks.{name}" if name else "tokenworks")


@pytest.mark.parametrize("name", ["", *PACKAGES])
def test_every_name_listed_is_there_and_no_other(name):
    here = package(name)
    source = (files(here) / "__init__.py").read_text(encoding="utf-8")
    (block,) = (node for node in ast.parse(source).body if isinstance(node, ast.If))
    listed = [alias for line in block.body for alias in line.names]
    assert here.__all__ == [alias.name for alias in listed] == [alias.asname for alias in listed]
    assert len(set(here.__all__)) == len(here.__all__) > 1
    assert dir(here) == sorted(here.__all__)
    for each in here.__all__:
        assert getattr(here, each) is not None


@pytest.mark.parametrize("name", [name for name in ("", *PACKAGES) if name != "widgets"])
def test_no_public_name_is_also_that_of_a_module(name):
    here = package(name)
    names = {each for each in here.__all__ if not inspect.ismodule(getattr(here, each))}
    assert not names & {path.name.removesuffix(".py") for path in files(here).iterdir()}


def test_a_name_is_the_one_that_its_module_defines():
    from tokenworks import cost
    from tokenworks.cost.memory import kv_bytes

    assert cost.kv_bytes is kv_bytes
    assert vars(cost)["kv_bytes"] is kv_bytes  # kept: the second use costs nothing
    assert tokenworks.cost is cost


@pytest.mark.parametrize("name", ["", *PACKAGES])
def test_star_imports_all_of_them(name):
    here, scope = package(name), {}
    exec(f"from {here.__name__} import *", scope)
    assert set(here.__all__) <= set(scope)


def test_a_typo_is_told_with_what_was_meant():
    from tokenworks import cost

    with pytest.raises(AttributeError, match=r"cost has no 'kv_byte'; did you mean kv_bytes or "):
        _ = cost.kv_byte
    with pytest.raises(
        AttributeError, match=r"no 'xyzzy'; dir\(tokenworks\.cost\) lists its names"
    ):
        _ = cost.xyzzy
    with pytest.raises(ImportError, match="cannot import name 'kv_byte'"):
        exec("from tokenworks.cost import kv_byte")
    assert not hasattr(tokenworks, "kv_bytes")


def test_the_lines_of_the_readme_run_without_anything_heavy():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    light, _ = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    assert fresh(f"{light}\n{LIST}") == "[]"


@pytest.mark.model
def test_the_lines_of_the_readme_with_the_real_model_answer():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    _, heavy = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    assert fresh(heavy) == " four, five, six, seven,"


def test_the_packages_come_without_anything_heavy():
    assert fresh(f"from tokenworks import {', '.join(PACKAGES)}\n{LIST}") == "[]"


@pytest.mark.parametrize(
    "use",
    [
        "tokenworks.cost.kv_bytes(tokenworks.model_spec('llama-3-70b'), 1, bytes_per_value=2)",
        "tokenworks.show(1.0, 's'), tokenworks.table([{'a': 1}])",
        "tokenworks.data.samples()",
        "tokenworks.serving.simulate, tokenworks.serving.Scheduler, tokenworks.serving.poisson",
        "tokenworks.serving.simulate_cluster, tokenworks.serving.host_tiers",
        "tokenworks.serving.percentile([1, 2], 50), tokenworks.checks.check",
        "dir(tokenworks.model), dir(tokenworks.widgets), tokenworks.figures.bars",
    ],
)
def test_arithmetic_and_the_scheduler_stay_without_jax_and_numpy(use):
    assert fresh(f"import tokenworks\n{use}\n{LIST}") == "[]"


@pytest.mark.parametrize(
    ("use", "needs"), [("model.generate", "jax"), ("widgets.quiz", "anywidget")]
)
def test_what_a_name_needs_comes_with_its_first_use(use, needs):
    assert f"'{needs}'" in fresh(f"import tokenworks\ntokenworks.{use}\n{LIST}")


IMPORTS = {
    "the function first": ("from tokenworks.widgets import quiz", "import tokenworks.widgets.quiz"),
    "the module first": ("import tokenworks.widgets.quiz", "from tokenworks.widgets import quiz"),
    "a name of it first": ("from tokenworks.widgets.quiz import Quiz", "import tokenworks.widgets"),
    "by its path": ("import importlib; importlib.import_module('tokenworks.widgets.quiz')",),
    "through another": ("import tokenworks.widgets.lifecycle, tokenworks.widgets.quiz",),
}


@pytest.mark.parametrize("order", IMPORTS.values(), ids=list(IMPORTS))
def test_a_widgets_function_is_never_overwritten_by_its_module(order):
    asked = "print(type(tokenworks.widgets.quiz).__name__, quiz is tokenworks.widgets.quiz, Quiz)"
    last = "import tokenworks; from tokenworks.widgets import quiz; from tokenworks.widgets.quiz"
    told = fresh("\n".join([*order, f"{last} import Quiz", asked]))
    assert told == "function True <class 'tokenworks.widgets.quiz.Quiz'>"


def test_each_widget_is_a_function():
    from tokenworks import widgets

    for name in widgets.__all__:
        import_module(f"tokenworks.widgets.{name.removesuffix('_explorer')}")
        assert getattr(widgets, name).__name__ == name


@pytest.mark.parametrize(
    ("name", "extra"),
    [("serving.Engine", "model"), ("widgets.quiz", "widgets"), ("serving.local_server", "serve")],
)
def test_what_an_extra_brings_is_named_where_it_is_missing(name, extra):
    start = f"import sys; sys.path.insert(0, {str(Path(tokenworks.__file__).parents[1])!r}); "
    part, _, public = name.partition(".")
    code = f"{start}from tokenworks import {part}; {part}.{public}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    last = done.stderr.splitlines()[-1]
    says = rf"ModuleNotFoundError: \S+ needs \w+: pip install 'tokenworks\[{extra}\]'"
    assert re.fullmatch(says, last), last


def test_a_package_without_its_source_says_so(monkeypatch):
    loader = vars(tokenworks.cost)["__loader__"]
    monkeypatch.setattr(type(loader), "get_source", lambda *_: None)
    with pytest.raises(ImportError, match=r"reads its public names from its source: install "):
        public_names("tokenworks.cost")
