"""Steps with prompts on a slice: the decode step among them, a prompt by hand, chunks of it."""

import re

import pytest

from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.collectives import sent_bytes
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_bytes_per_token, step_weight_bytes
from tokenworks.cost.mixed_step import Load, mixed_step_seconds
from tokenworks.cost.slice_loads import prompt_load, slice_load, slice_prompt
from tokenworks.cost.slice_steps import LINK_SHARE, PRODUCT_SHARE, slice_step
from tokenworks.cost.step_time import prefill_flops
from tokenworks.specs import chip, model_spec
from tokenworks.validate import timed_slices

MODEL, V5E = model_spec("llama-3-70b"), chip("tpu-v5e")
ON = Deployment(MODEL, V5E, weights="int8", kv="int8")


@pytest.mark.parametrize("shape", ["2x4", "4x4", "8x8"])
@pytest.mark.parametrize(("batch", "context"), [(1, 1), (32, 4096), (200, 777)])
def test_decodes_alone_are_a_decode_step(shape, batch, context):
    seen = batch * context
    found = slice_load(ON, shape, Load(batch, batch, batch, seen, seen))
    by_step = slice_step(ON, shape, batch=batch, context_tokens=context)
    for name in ("chips", "batch", "read_seconds", "weight_seconds", "message_seconds"):
        assert getattr(found, name) == pytest.approx(getattr(by_step, name)), name
    assert found.multiply_seconds == pytest.approx(by_step.multiply_seconds)


def test_a_prompt_by_hand():
    step = slice_prompt(ON, "4x4", 8192)
    assert step.multiply_seconds == pytest.approx(prefill_flops(MODEL, 8192) / 16 / 197e12)
    message = 8192 * 8192 * 2
    corner = slice_torus(V5E, "4x4").device_bytes_per_s
    sums = 160 * sent_bytes("all-reduce", message, 16) / corner
    assert step.message_seconds == pytest.approx(sums)
    read = step_weight_bytes(MODEL, 1) + 8192 * kv_bytes_per_token(MODEL, 1)
    assert step.read_seconds == pytest.approx(read / 16 / 819e9)
    assert step.expected_seconds == pytest.approx(
        step.multiply_seconds / PRODUCT_SHARE + sums / LINK_SHARE
    )
    assert step.floor_seconds == max(step.multiply_seconds, sums)
    assert step.batch == 1


def test_reading_and_multiplying_are_those_of_a_mixed_step():
    """On eight chips each KV head is held once, as the mixed step has it."""
    load = prompt_load(512, before_tokens=1024, decodes=16, context_tokens=4096)
    step = slice_load(ON, "2x4", load)
    eight = Deployment(MODEL, V5E, 8, weights="int8", kv="int8")
    longer = max(step.read_seconds, step.multiply_seconds)
    assert longer == pytest.approx(mixed_step_seconds(eight, load))


def test_chunks_have_the_pairs_of_the_whole():
    whole = prompt_load(1000)
    parts = [prompt_load(250, before_tokens=250 * i, last=i == 3) for i in range(4)]
    assert sum(part.pairs for part in parts) == whole.pairs == 1000 * 1001 // 2
    assert [part.logit_rows for part in parts] == [0, 0, 0, 1]
    assert [part.context_tokens for part in parts] == [250, 500, 750, 1000]
    beside = prompt_load(250, decodes=8, context_tokens=100)
    assert (beside.sequences, beside.new_tokens, beside.logit_rows) == (9, 258, 9)


def test_two_slices_of_eight_read_prompts_faster_than_one_of_sixteen_as_they_were_timed():
    """The rows state no length, so that only the two ways can be compared, at each batch."""
    took = {}
    for timed in timed_slices():
        said = re.search(r"prefill ([\d.]+) s", timed.row["caveat"])
        took.setdefault((timed.way, timed.step.batch), []).append(float(said[1]))
    ratios = [
        apart / together
        for (way, batch), found in took.items()
        if way == "DP2 × TP8" and ("TP16", batch) in took
        for apart in found
        for together in took["TP16", batch]
    ]
    assert len(ratios) > 10
    assert 0.62 <= min(ratios) <= max(ratios) <= 0.66
    for tokens in (128, 512):
        one, other = (slice_prompt(ON, shape, tokens).expected_seconds for shape in ("4x4", "2x4"))
        assert other / 2 / one == pytest.approx(0.69, abs=0.005)


def test_no_prompt_is_as_long_as_its_rows_would_need():
    """The fastest timed prefill leaves no room for as many as 890 tokens at full rate."""
    fastest = 0.309 / 8
    assert slice_prompt(ON, "2x4", 890).multiply_seconds / 2 > fastest
    assert slice_prompt(ON, "2x4", 512).floor_seconds / 2 < fastest


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="nearest: 2x4"):
        slice_prompt(ON, "4x2", 512)
    with pytest.raises(ValueError, match="has experts"):
        slice_prompt(Deployment(model_spec("mixtral-8x7b"), V5E), "2x4", 512)
    with pytest.raises(ValueError, match="cannot be sharded over 256"):
        slice_prompt(ON, "16x16", 512)
    with pytest.raises(ValueError, match="is no step"):
        slice_load(ON, "2x4", Load(1, 0, 0, 1, 1))
