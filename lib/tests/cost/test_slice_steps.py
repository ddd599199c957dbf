"""A step on a slice by hand, and which way to use sixteen chips wins at which batch."""

import pytest

from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.collectives import sent_bytes
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_bytes_per_token, step_weight_bytes
from tokenworks.cost.slice_steps import LINK_SHARE, PRODUCT_SHARE, slice_step
from tokenworks.specs import chip, model_spec

MODEL, V5E = model_spec("llama-3-70b"), chip("tpu-v5e")
ON = Deployment(MODEL, V5E, weights="int8", kv="int8")


def test_a_step_by_hand():
    step = slice_step(ON, "4x4", batch=32, context_tokens=4096)
    held = step_weight_bytes(MODEL, 1) + 32 * 4096 * kv_bytes_per_token(MODEL, 1)
    assert step.read_seconds == pytest.approx(held / 16 / 819e9)
    message = 32 * 8192 * 2
    corner = slice_torus(V5E, "4x4").device_bytes_per_s
    assert corner == 100e9  # two links of 50 GB/s: no wraparound
    assert step.message_seconds == pytest.approx(
        160 * sent_bytes("all-reduce", message, 16) / corner
    )
    assert step.floor_seconds == step.read_seconds > step.multiply_seconds
    assert step.expected_seconds == pytest.approx(
        step.read_seconds + step.message_seconds / LINK_SHARE
    )
    assert step.tokens_per_s_per_chip == pytest.approx(32 / step.expected_seconds / 16)


def test_products_of_many_rows_reach_a_share_of_the_peak():
    step = slice_step(ON, "2x4", batch=512, context_tokens=128)
    assert step.multiply_seconds > step.read_seconds
    products = step.multiply_seconds / PRODUCT_SHARE
    assert step.expected_seconds == pytest.approx(products + step.message_seconds / LINK_SHARE)
    assert step.bottleneck == "products"
    assert 0 < step.weight_seconds < step.read_seconds


def test_replicas_share_the_batch_and_read_all_weights_each():
    two = slice_step(ON, "2x4", batch=32, context_tokens=4096, replicas=2)
    one = slice_step(ON, "2x4", batch=16, context_tokens=4096)
    assert (two.chips, two.batch) == (16, 32)
    assert two.expected_seconds == one.expected_seconds
    assert two.tokens_per_s_per_chip == pytest.approx(one.tokens_per_s_per_chip)


@pytest.mark.parametrize("context", [2048, 4096])
def test_sixteen_together_win_small_batches_and_two_eights_large_ones(context):
    """Together a step reads half; apart each sum is half as long and goes over half the chips."""

    def expected(batch):
        together = slice_step(ON, "4x4", batch=batch, context_tokens=context)
        apart = slice_step(ON, "2x4", batch=batch, context_tokens=context, replicas=2)
        return together.expected_seconds, apart.expected_seconds

    assert expected(8)[0] < 0.6 * expected(8)[1]
    assert expected(64)[0] < expected(64)[1]
    assert expected(128)[0] > expected(128)[1]


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="2 replicas do not divide a batch of 7"):
        slice_step(ON, "2x4", batch=7, context_tokens=4096, replicas=2)
    with pytest.raises(ValueError, match="nearest: 4x4"):
        slice_step(ON, "4x3", batch=8, context_tokens=4096)
    with pytest.raises(ValueError, match="cannot be sharded over 256 chips"):
        slice_step(ON, "16x16", batch=8, context_tokens=4096)
    mixture = Deployment(model_spec("mixtral-8x7b"), V5E)
    with pytest.raises(ValueError, match="has experts"):
        slice_step(mixture, "2x4", batch=8, context_tokens=4096)
    with pytest.raises(ValueError, match="joined by a switch"):
        slice_step(Deployment(MODEL, chip("h100-sxm")), "2x4", batch=8, context_tokens=4096)
