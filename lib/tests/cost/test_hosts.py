"""What engines add: each has its constants, and no prediction uses the fitted seconds of a step."""

import pytest

from tokenworks.cost.hosts import host_of
from tokenworks.cost.serving_plan import MATRIX_LIBRARIES


@pytest.mark.parametrize("engine", MATRIX_LIBRARIES)
def test_each_engine_has_its_constants(engine):
    host = host_of(engine)
    assert host.step_seconds == 0
    assert 0 < host.first_seconds < 1
    assert 0 < host.prompts_before < 1
    assert host_of(engine, fitted_step=True).step_seconds >= 0


def test_the_fitted_step_is_asked_for():
    assert host_of("sglang", fitted_step=True).step_seconds > 1e-4


def test_an_unknown_engine_is_refused():
    with pytest.raises(KeyError, match="engine 'ollama' is not known; known: sglang, trtllm, vllm"):
        host_of("ollama")
