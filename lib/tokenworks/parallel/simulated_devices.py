"""Several devices where there is one: JAX can cut a CPU into as many as are asked for.

They run the same programs with the same collectives as real chips; only their speed means nothing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import jax

from tokenworks.number import whole


def simulate_devices(count: int = 8) -> list[Any]:
    """Return so many devices, simulated on the CPU where the machine has fewer of its own.

    Call it in the first cell: once JAX has started their number is fixed, and fewer than asked for
    raise RuntimeError.
    """
    wanted = whole(count, "count")
    with suppress(RuntimeError):  # JAX has started, perhaps with enough
        jax.config.update("jax_num_cpu_devices", wanted)
    found = jax.devices()
    if len(found) < wanted:
        found = jax.devices("cpu")
    if len(found) < wanted:
        raise RuntimeError(
            f"JAX has started with {len(found)} devices: restart the kernel and call "
            f"simulate_devices({wanted}) before anything else"
        )
    return found
