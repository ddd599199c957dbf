"""Several processes as one: each has some of the devices, all run the same program.

On a TPU slice every host runs one process; it has the chips of its host. The same commands start
them all, here for 32 chips on hosts of 8:

    gcloud compute tpus tpu-vm create factory --zone=europe-west4-b \\
        --accelerator-type=v5litepod-32 --version=v2-alpha-tpuv5-lite
    gcloud compute tpus tpu-vm ssh factory --zone=europe-west4-b --worker=all \\
        --command="pip install 'jax[tpu]' 'tokenworks[model]'"
    gcloud compute tpus tpu-vm scp run.py factory: --zone=europe-west4-b --worker=all
    gcloud compute tpus tpu-vm ssh factory --zone=europe-west4-b --worker=all \\
        --command="python3 run.py"

with this `run.py`, which runs alike on a laptop without its second line:

    from tokenworks.parallel import fetch, join_processes, make_mesh, sharded_forward
    join_processes()
    from tokenworks import model
    lm = model.load()
    run = sharded_forward(lm.spec, make_mesh(data=32))
    logits = fetch(run(run.place(lm.weights), [[1, 2, 3]] * 32))

Source: https://docs.cloud.google.com/tpu/docs/jax-pods and
https://docs.jax.dev/en/latest/multi_process.html.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from tokenworks.number import whole


def join_processes(
    address: str | None = None, *, count: int | None = None, index: int | None = None
) -> None:
    """Make this process one of several, before JAX does anything else.

    On a TPU slice it needs no arguments. Elsewhere, such as on CPUs: the `address` of the first
    process as "host:port", how many there are, and which of them this is, from 0. Some of the three
    without the others raise ValueError.
    """
    given = [address is not None, count is not None, index is not None]
    if any(given) != all(given):
        raise ValueError(
            'pass all of address="host:port", count=... and index=..., or nothing on a TPU slice'
        )
    if count is not None:
        whole(index, "index", least=0, most=whole(count, "count") - 1)
    jax.config.update("jax_cpu_collectives_implementation", "gloo")  # of CPUs, over TCP
    jax.distributed.initialize(address, count, index)


def fetch(array: Any) -> np.ndarray:
    """Return the whole array on every process, whatever devices hold its parts."""
    return np.asarray(multihost_utils.process_allgather(array, tiled=True))
