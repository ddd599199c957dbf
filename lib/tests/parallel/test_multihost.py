"""Two processes on one machine: one model over both, joined over TCP."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from parallel.drawn import SMALL, drawn_ids, drawn_weights
from tokenworks.model import forward
from tokenworks.parallel import fetch, join_processes

CODE = """
import sys
import numpy as np
from tokenworks.parallel import fetch, join_processes, make_mesh, sharded_forward, simulate_devices

index, address, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
join_processes(address, count=2, index=index)
devices = simulate_devices(2)
import jax
from parallel.drawn import SMALL, drawn_ids, drawn_weights

assert (jax.process_count(), len(jax.local_devices()), len(devices)) == (2, 2, 4)
run = sharded_forward(SMALL, make_mesh(data=2, tensor=2))
assert len(run.mesh.local_devices) == 2
turned = [devices[i] for i in (0, 2, 1, 3)]
crossed = sharded_forward(SMALL, make_mesh(turned, data=2, tensor=2))
weights, ids = drawn_weights(), drawn_ids(4, 6)
logits = [fetch(each(each.place(weights), ids)) for each in (run, crossed)]
np.savez(path, *logits)
print(run.exchanges(run.place(weights), ids))
"""


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_two_processes_compute_what_one_does(tmp_path):
    """With tensor parallelism inside each process, and across both."""
    address = free_address()
    tests = os.path.dirname(os.path.dirname(__file__))
    environment = os.environ | {"PYTHONPATH": tests, "JAX_PLATFORMS": "cpu"}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", CODE, str(i), address, str(tmp_path / f"{i}.npz")],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for i in range(2)
    ]
    said = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    exchanged = [out.splitlines()[-1] for out, _ in said]  # Gloo talks before
    assert exchanged[0] == exchanged[1]
    assert "all-reduce" in exchanged[0]
    right = np.asarray(forward(drawn_weights(), SMALL, drawn_ids(4, 6)))
    for i in range(2):
        for logits in np.load(tmp_path / f"{i}.npz").values():
            assert np.abs(logits - right).max() < 1e-5 * np.abs(right).max()
            assert np.array_equal(logits.argmax(-1), right.argmax(-1))


def test_in_one_process_fetch_is_the_array():
    assert fetch(drawn_weights()["embed"]).shape == (64, 64)


def test_half_an_address_is_refused():
    with pytest.raises(ValueError, match="pass all of address"):
        join_processes("127.0.0.1:9", count=2)
    with pytest.raises(ValueError, match="index must be a whole number from 0 to 1"):
        join_processes("127.0.0.1:9", count=2, index=2)
