"""The chips that the links of a slice allow, by both formulas."""

import pytest

from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.slice_limits import link_limit_chips
from tokenworks.cost.tensor_limits import bandwidth_limit_chips, compute_limit_chips
from tokenworks.specs import chip, model_spec

MODEL, V5E = model_spec("llama-3-70b"), chip("tpu-v5e")


@pytest.mark.parametrize("batch", [1, 16, 64, 512])
def test_the_links_by_both_formulas(batch):
    rate = slice_torus(V5E, "4x4").device_bytes_per_s
    reading = bandwidth_limit_chips(
        MODEL.d_ff,
        batch=batch,
        hbm_bytes_per_s=819e9,
        message_bytes_per_s=rate,
        matrices=3,
        weight_bytes=1,
    )
    multiplying = compute_limit_chips(
        MODEL.d_ff, flops_per_s=197e12, message_bytes_per_s=rate, matrices=3
    )
    int8 = Deployment(MODEL, V5E, weights="int8", kv="int8")
    assert link_limit_chips(int8, "4x4", batch) == max(reading, multiplying)
    assert link_limit_chips(int8, "1x1", batch) == 1
