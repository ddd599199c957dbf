"""While tests run, calls of the library are checked, and drawn examples are the same."""

from importlib.util import find_spec

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


def test_every_module_is_checked_but_plain_arithmetic_and_the_grader():
    plain, shaped = set(), set()
    for path in LIBRARY.rglob("[!_]*.py"):
        inside = path.relative_to(LIBRARY)
        loader = find_spec(".".join(["tokenworks", *inside.with_suffix("").parts])).loader
        if type(loader).__name__ == "_JaxtypingLoader":
            shaped.add(path)
        elif type(loader).__name__ != "Checked":
            plain.add(inside.parts[0].removesuffix(".py"))
    assert plain == {"architecture", "checks", "cost", "shapes", "specs"}
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
