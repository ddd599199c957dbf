import pytest

from planner.asked import copies, copy
from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.expected import MEMORY_SHARE, STEP_TOKENS
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import activation_bytes
from tokenworks.cost.mixed_step import Load
from tokenworks.cost.scheduled_step import load_step
from tokenworks.cost.slice_loads import slice_load
from tokenworks.cost.slice_memory import slice_batch
from tokenworks.planner.replicas import replicas_of
from tokenworks.specs import chip, model_spec

STEP = Load(8, 8, 8, 8000, 8000)


def test_the_copies_of_a_chip_are_all_formats_on_all_sizes():
    assert {each.layout for each in copies()} == {"TP1", "TP2", "TP4", "TP8"}
    formats = {(each.weights, each.cache) for each in copies()}
    assert formats == {("bf16", "bf16"), ("bf16", "fp8"), ("fp8", "bf16"), ("fp8", "fp8")}
    assert {each.weights for each in copies(on="a100-80gb")} == {"bf16", "int8"}  # no fp8 there
    assert {each.weights for each in copies("gpt-oss-20b")} == {"fp4"}  # as it is published


def test_times_are_those_of_the_expected_model():
    plan = served_plan(
        model_spec("llama-3-8b"), chip("h100-sxm"), 2, engine="vllm", precision="fp8", cache="fp8"
    )
    step, found = load_step(plan, STEP, constants=Constants.fitted()), copy("TP2", "fp8", "fp8")
    assert found.expected(STEP) == pytest.approx(step.expected_seconds)
    assert found.floor(STEP) == pytest.approx(step.floor_seconds)
    assert found.floor(STEP) < found.expected(STEP)


def test_a_slice_has_the_times_and_the_memory_of_the_slice_model():
    found = copy("2x2", "int8", "int8", on="tpu-v5e")
    on = Deployment(model_spec("llama-3-8b"), chip("tpu-v5e"), weights="int8", kv="int8")
    assert found.expected(STEP) == slice_load(on, "2x2", STEP).expected_seconds
    assert found.chips == 4
    whole = slice_batch(on, "2x2", context_tokens=1024)
    assert 0.7 * whole < found.capacity(1024) < whole  # a tenth and a step's rows are left


def test_weights_caches_and_a_steps_rows_stay_within_the_planned_share():
    for found in copies():
        most = found.capacity(1000)
        held = found.weight_bytes + found.activation_bytes + most * found.sequence_bytes(1008)
        share = held / found.chip.planned_bytes
        assert share <= MEMORY_SHARE
        assert share + found.sequence_bytes(1008) / found.chip.planned_bytes > MEMORY_SHARE
        rows = activation_bytes(found.model, STEP_TOKENS, tp=found.chips)
        assert found.activation_bytes == rows


def test_what_cannot_be_is_left_out_with_its_reason():
    found, refused = replicas_of(
        model_spec("llama-3-8b"),
        chip("a100-80gb"),
        constants=Constants.fitted(),
        weights=("fp8", "bf16"),
    )
    assert {each.weights for each in found} == {"bf16"}
    assert all("no fp8 rate is known" in each.reason for each in refused)
    with pytest.raises(ValueError, match="is no GPU and no TPU"):
        replicas_of(model_spec("llama-3-8b"), chip("epyc-9654"), constants=Constants.fitted())


def test_no_published_format_on_a_slice_is_a_reason_and_no_crash():
    found, refused = replicas_of(
        model_spec("gpt-oss-20b"), chip("tpu-v5e"), constants=Constants.fitted()
    )
    assert found == []
    assert "no such numbers are counted on a slice" in refused[0].reason


def test_a_cache_travels_by_a_port_a_chip():
    assert copy("TP2").wire.seconds_per_byte == pytest.approx(1 / (2 * 50e9))
    assert copy().token_bytes(1000) == 131_072
