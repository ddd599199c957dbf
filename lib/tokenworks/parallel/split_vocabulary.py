"""An embedding table whose rows are divided among devices: who has a token's row gives it to all.

Source: https://arxiv.org/abs/1909.08053, section 3 (the input embedding).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def embed(
    rows: Float[Array, "V M"], ids: Int[Array, "B T"], axes: tuple[str, ...]
) -> Float[Array, "B T M"]:
    """Return each token's row, on every device of `axes`; `rows` are this device's own."""
    local = ids - jax.lax.axis_index(axes) * len(rows)
    here = (local >= 0) & (local < len(rows))
    found = rows[jnp.where(here, local, 0)]
    return jax.lax.psum(jnp.where(here[..., None], found, 0), axes)
