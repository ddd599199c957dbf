"""The stages of a pass against hand arithmetic."""

import pytest

from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.stages import STAGES, stage_seconds, stage_table
from tokenworks.specs import chip, model_spec

LLAMA = model_spec("llama-3-70b")


def test_stages_of_a_decode_pass_over_llama_70b():
    rows = stage_table(LLAMA, 1)
    assert len(rows) == len(STAGES) == 6
    assert [row["shape"] for row in rows] == [[1], [1, 8192], [1, 8192], [1, 128256], [1], [1]]
    assert rows[1]["weights"] == rows[1]["out"] == 16_384
    assert rows[3]["weights"] == 128_256 * 8192 * 2 + 16_384
    assert rows[3]["out"] == 513_024


@pytest.mark.parametrize("name", ["smollm2-135m", "llama-3-8b", "llama-3-70b", "llama-3-405b"])
def test_a_pass_reads_each_multiplied_weight_once(name):
    spec = model_spec(name)
    read = sum(row["weights"] for row in stage_table(spec, 1))
    assert read == step_weight_bytes(spec, 2) + 2 * spec.d_model


def test_floor_is_reading_for_one_token_and_multiplying_for_many():
    a100 = chip("a100-80gb")
    one, many = stage_table(LLAMA, 1)[2], stage_table(LLAMA, 2048)[2]
    assert stage_seconds(one, a100) == one["weights"] / 2.039e12
    assert stage_seconds(many, a100) == 2 * many["multiplied"] / 312e12
    assert stage_seconds(stage_table(LLAMA, 1)[4], a100) == 0
