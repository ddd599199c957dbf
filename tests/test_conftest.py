"""While tests run, calls of the library are checked, and drawn examples are the same."""

from importlib.util import find_spec
from types import SimpleNamespace

import jax.numpy as jnp
import pytest
from beartype.roar import BeartypeCallHintViolation
from hypothesis import settings
from jaxtyping import TypeCheckError

from tokenworks.model.layers import rms_norm
from tokenworks.serving.policy import Policy
from tokenworks.serving.server.admission import Admission
from tokenworks.units import quantities
from tools.repository import ROOT

LIBRARY = ROOT / "lib" / "tokenworks"
UNCHECKED = {"architecture", "checks", "cost", "serving", "shapes", "specs"}


def test_every_module_is_checked_but_plain_arithmetic_simulators_and_the_grader():
    plain, shaped = set(), set()
    for path in LIBRARY.rglob("[!_]*.py"):
        inside = path.relative_to(LIBRARY)
        loader = find_spec(".".join(["tokenworks", *inside.with_suffix("").parts])).loader
        if type(loader).__name__ == "_JaxtypingLoader":
            shaped.add(path)
        elif type(loader).__name__ != "Checked":
            plain.add(inside.parts[0].removesuffix(".py"))
    assert plain == UNCHECKED
    assert type(find_spec("tokenworks.serving.server.admission").loader).__name__ == "Checked"
    wanted = [path for path in LIBRARY.rglob("*.py") if "import Array" in path.read_text("utf-8")]
    assert shaped >= set(wanted) > set()


def test_a_wrong_type_is_refused_in_functions_and_in_dataclasses():
    with pytest.raises(BeartypeCallHintViolation):
        quantities(7)
    with pytest.raises(BeartypeCallHintViolation):
        Policy(max_batch="three")


def test_a_wrong_type_is_refused_in_coroutines_too():
    with pytest.raises(BeartypeCallHintViolation):
        Admission(1).close("soon").send(None)


def test_a_wrong_shape_is_refused():
    with pytest.raises(TypeCheckError):
        rms_norm(jnp.zeros((1, 2, 4)), jnp.zeros(3), 1e-5)


def test_drawn_examples_are_the_same_on_every_run_and_no_clock_judges_them():
    assert (settings().derandomize, settings().database, settings().deadline) == (True, None, None)


def test_the_log_lists_the_files_that_take_the_time(pytestconfig, monkeypatch):
    monkeypatch.setattr(pytestconfig.option, "durations", 1)
    common = {"location": ("", 0, ""), "keywords": {}, "outcome": "passed", "longrepr": None}
    runs = [("a.py::x", 1.0, "setup"), ("a.py::x", 2.0, "call"), ("b.py::y[::]", 4.0, "call")]
    reports = [
        pytest.TestReport(nodeid=test, duration=taken, when=when, **common)
        for test, taken, when in [*runs, ("c.py::z", 0.5, "call")]
    ]
    lines: list[str] = []
    stats = {"passed": reports[2:], "": reports[:2], "warnings": [object()]}
    terminal = SimpleNamespace(stats=stats, section=lines.append, write_line=lines.append)
    plugin = pytestconfig.pluginmanager.get_plugin(str(ROOT / "conftest.py"))
    plugin.pytest_terminal_summary(terminal, pytestconfig)
    told = [line.split() for line in lines]
    assert "of 8 s" in lines[0]
    assert told[1:] == [["4.0", "s", "b.py"], ["3.0", "s", "a.py"]]
