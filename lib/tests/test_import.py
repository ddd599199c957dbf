import subprocess
import sys

import pytest

HEAVY = "jax,numpy,anywidget,gguf,tokenizers,starlette,uvicorn"
# one scheduler, with or without JAX
PLAIN = ("arrivals", "cluster.simulation", "metrics", "scheduler", "simulator")


@pytest.mark.parametrize(
    "module", ["tokenworks", "tokenworks.cli", *(f"tokenworks.serving.{name}" for name in PLAIN)]
)
def test_importing_touches_nothing_heavy(module):
    code = f"import sys, {module}; print([m for m in {HEAVY.split(',')} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
