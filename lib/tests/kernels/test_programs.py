import importlib.util
from importlib.metadata import version

import pytest

from tokenworks.data.compiled_attention import compile_record
from tokenworks.kernels.programs import PROGRAMS, said

MADE_WITH = [compile_record()["libtpu"], compile_record()["jax"]]


def installed():
    return [version("libtpu"), version("jax")] if importlib.util.find_spec("libtpu") else []


def test_every_program_is_recorded():
    assert list(PROGRAMS) == list(compile_record()["programs"])


@pytest.mark.skipif(installed() != MADE_WITH, reason=f"recorded with libtpu and jax {MADE_WITH}")
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_compiler_says_what_is_recorded(name):
    assert said(PROGRAMS[name]) == compile_record()["programs"][name]
