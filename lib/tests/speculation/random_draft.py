"""A draft layer with random weights: what it says is of no use, how it runs is."""

import jax.numpy as jnp
import numpy as np


def random_draft(lm, seed=0):
    """Return draft weights for a model: its last layer behind a random fusion."""
    rng = np.random.default_rng(seed)
    width = lm.spec.d_model

    def drawn(*shape):
        return jnp.asarray(rng.normal(0, 0.3, shape).astype(np.float32))

    return {
        "input_scale": 1 + drawn(2 * width),
        "fuse": drawn(width, 2 * width),
        "fuse_bias": drawn(width),
        "layer": dict(lm.fused["layers"][-1]),
        "final_norm": lm.fused["final_norm"],
    }
