"""SIM-12 against the cost functions: what a format leaves, and what it is drawn by."""

import pytest

from tokenworks.cost.memory import weight_bytes
from tokenworks.specs import chip, model_spec, number_format
from tokenworks.widgets.kv_planner import FILL, plan_at
from tokenworks.widgets.memory_calculator import FORMATS, memory_calculator, room_text

STATE = memory_calculator().state


def test_formats_stand_from_the_largest_to_the_smallest():
    sizes = [number_format(name).bytes_per_value for name in FORMATS]
    assert sizes == sorted(sizes, reverse=True)


def test_the_room_of_the_cache_is_what_weights_and_runtime_leave():
    plan = plan_at(STATE | {"weights": "int4-g128"})
    assert plan["weights"] == weight_bytes(model_spec("llama-3-70b"), (4 + 20 / 128) / 8)
    assert plan["capacity"] == 2 * chip("h100-sxm").planned_bytes
    taken = plan["weights"] + plan["runtime"] + plan["unusable"]
    assert plan["cache_room"] == pytest.approx(plan["capacity"] - taken)
    assert plan["cache_room"] == pytest.approx(plan["caches"] + plan["free"])


def test_fewer_bits_make_a_larger_batch():
    rooms = [plan_at(STATE | {"weights": name, "wanted": FILL})["room"] for name in FORMATS]
    assert rooms == sorted(rooms)
    assert rooms[-1] > 4 * rooms[0]
    halved = plan_at(STATE | {"kv": "fp8", "wanted": FILL})["room"]
    assert halved in (2 * rooms[0], 2 * rooms[0] + 1)


def test_weights_that_do_not_fit_leave_no_room():
    plan = plan_at(STATE | {"model": "llama-3-405b", "chips": 1})
    assert plan["cache_room"] == 0
    assert plan["room"] == 0
    assert room_text(plan) == "weights do not fit"
    fallback = memory_calculator("llama-3-405b", chips=1).fallback()
    assert fallback.count("weights do not fit") == len(FORMATS)
    assert "0 B" not in fallback
    assert room_text({"cache_room": 0, "weights": 79e9, "capacity": 80e9}) == "runtime does not fit"


def test_the_table_without_javascript_has_a_row_for_each_format():
    widget = memory_calculator()
    assert widget.fallback().count("<tr>") == 1 + len(FORMATS)
    assert "Q4_1 (GGUF)" in widget.fallback()
    refused = memory_calculator("smollm2-135m", chips=2)
    assert refused.fallback().count("<tr>") == 1
    assert repr(widget).startswith("MemoryCalculator(model='llama-3-70b', chip='h100-sxm'")


def test_what_is_not_recorded_is_refused():
    with pytest.raises(ValueError, match="'int2' is not recorded"):
        memory_calculator(weights="int2")
    with pytest.raises(TypeError, match="unknown controls"):
        memory_calculator(batch=3)
    with pytest.raises(KeyError, match="unknown model"):
        memory_calculator("llama")
