import pytest

from tokenworks.checks.model_vs_reality.limits import impossible_rows
from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.expected import Requests
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.ladder import RUNGS
from tokenworks.cost.memory import decode_read_bytes
from tokenworks.specs import chip, model_spec


@pytest.mark.parametrize("users", [1, 32])
@pytest.mark.parametrize("model", ["llama-3-8b", "llama-3-70b"])
def test_the_limit_is_the_second_rung(model, users):
    plan = served_plan(model_spec(model), chip("h100-sxm"), 4, engine="vllm", precision="bf16")
    rung = RUNGS[1].tpot_seconds(plan, Requests(1000, 1000, users), constants=Constants.card())
    one = decode_read_bytes(plan.model, 1500, bytes_per_value=plan.cache_bytes_per_value)
    labels = [4, plan.step_read_bytes(users), users, one]
    rows = [[*labels, 1000 * rung * part] for part in (0.999, 1.001)]
    assert impossible_rows(rows, plan.chip.hbm_bytes_per_s) == [0]


def test_the_first_case_is_llama_8b_in_8_bits_on_an_h200():
    rows, bytes_per_s = impossible_rows.cases[0]
    assert bytes_per_s == chip("h200-sxm").hbm_bytes_per_s
    token = decode_read_bytes(model_spec("llama-3-8b"), 1, bytes_per_value=1)
    assert {row[3] / token for row in rows} == {1000, 4000}
