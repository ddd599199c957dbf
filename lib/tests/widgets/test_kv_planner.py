"""The planner against hand arithmetic and the cost model."""

from itertools import product

import pytest

from tokenworks.cost.memory import kv_bytes_per_chip
from tokenworks.cost.memory_budget import fit_slice, max_batch
from tokenworks.specs import chip, model_spec
from tokenworks.widgets.kit import wholes
from tokenworks.widgets.kv_planner import (
    ASSUMED,
    FILL,
    GRID,
    PREFILL_TOKENS,
    deployment,
    kv_planner,
    left_text,
    needed_chips,
    plan_at,
    tabulated,
)

STATE = {"model": "llama-3-70b", "chip": "a100-80gb", "chips": 2, "weights": "bf16", "kv": "bf16"}
STATE |= {"context_tokens": 4096, "wanted": 32}
DATA = tabulated(GRID["model"], GRID["chip"])


def test_it_opens_on_the_chapters_case():
    plan = plan_at(STATE)
    assert kv_planner().state == STATE
    assert plan["one"] == 327_680 * 4096
    assert plan["weights"] == 2 * 70_553_706_496
    assert plan["capacity"] == 2 * 81_920 * 2**20
    assert (plan["room"], plan["count"]) == (18, 32)
    assert plan["caches"] == 32 * plan["one"]
    parts = (plan[name] for name in ("weights", "runtime", "unusable", "caches", "free"))
    assert sum(parts) == plan["capacity"]
    assert needed_chips(STATE, "a100-80gb") == (4, 4)


def test_as_many_as_fit_leave_less_than_one():
    plan = plan_at(STATE | {"wanted": FILL})
    assert plan["count"] == plan["room"] == 18
    assert 0 <= plan["free"] < plan["one"]
    full = plan_at(STATE | {"wanted": FILL, "chips": 1})
    assert (full["count"], full["caches"], full["unusable"]) == (0, 0, 0)
    assert full["free"] == 81_920 * 2**20 - full["weights"] - full["runtime"]


def test_one_latent_is_copied_to_every_chip():
    state = STATE | {"model": "deepseek-v3", "chips": 16, "wanted": 1}
    spec = model_spec("deepseek-v3")
    assert plan_at(state)["one"] == 16 * 576 * 2 * spec.n_layers * 4096
    assert DATA["models"]["deepseek-v3"]["pieces"]["16"] == 1


@pytest.mark.parametrize("model", GRID["model"])
def test_pieces_divide_the_cache_as_the_cost_model_does(model):
    spec, table = model_spec(model), DATA["models"][model]
    for chips, pieces in table["pieces"].items():
        if isinstance(pieces, str):
            assert "cannot be sharded" in pieces
            continue
        share = kv_bytes_per_chip(spec, 4096, bytes_per_value=2, tp=int(chips))
        at = GRID["context_tokens"].index(4096)
        assert table["kv"]["bf16"][at] / pieces == pytest.approx(share)


def room_from_the_table(state, at):
    """What the JavaScript computes from the tabulated numbers, in its order."""
    model, name, chips, weights, kv = state.values()
    held = DATA["models"][model]
    taken = held["weights"][weights] / chips + (
        ASSUMED["overhead_bytes"] + held["activations"][str(chips)]
    )
    pool = max(0, DATA["chips"][name]["bytes"] - taken)
    one = chips * (held["kv"][kv][at] / held["pieces"][str(chips)])
    return wholes((1 - ASSUMED["fragmentation"]) * pool, one / chips)


@pytest.mark.parametrize("model", GRID["model"])
def test_every_room_of_the_grid_is_the_largest_batch(model):
    kept = ("chip", "chips", "weights", "kv")
    for values in product(*(GRID[name] for name in kept)):
        state = {"model": model, **dict(zip(kept, values, strict=True))}
        if isinstance(DATA["models"][model]["pieces"][str(state["chips"])], str):
            continue
        on = deployment(state)
        for at, context in enumerate(GRID["context_tokens"]):
            room = max_batch(on, context, prefill_tokens=PREFILL_TOKENS)
            assert room_from_the_table(state, at) == room, (state, context)


@pytest.mark.parametrize("name", GRID["chip"])
def test_what_is_rented_is_the_librarys_slice(name):
    for model in GRID["model"]:
        state = STATE | {"model": model, "weights": "fp8", "chips": 1}
        pair = needed_chips(state, name)
        on = deployment(state, chip=name)
        asked = {"context_tokens": 4096, "batch": 32, "prefill_tokens": PREFILL_TOKENS}
        if pair is None:
            with pytest.raises(ValueError, match="does not fit"):
                fit_slice(on, **asked)
        else:
            assert pair[1] == fit_slice(on, **asked)
            assert DATA["chips"][name]["rent"][str(pair[0])] == pair[1]
    assert needed_chips(STATE | {"wanted": FILL}, "tpu-v5e") == (16, 16)


@pytest.mark.parametrize("name", GRID["chip"])
def test_a_chip_is_planned_with_what_its_runtime_reports_and_says_so(name):
    on, table = chip(name), DATA["chips"][name]
    assert (table["bytes"], table["basis"]) == (on.usable_bytes, "usable")
    assert table["sold"] == on.marketed


def test_no_number_of_chips_may_do():
    state = STATE | {"model": "deepseek-v3", "context_tokens": 131_072, "wanted": 256}
    assert needed_chips(state, "rtx-4090") is None


def test_narrow_values_carry_their_scales():
    wide, narrow = (plan_at(STATE | {"kv": kv})["one"] for kv in ("bf16", "int4-head128"))
    assert narrow / wide == (4 + 32 / 128) / 16


def test_refusals_name_what_is_known():
    with pytest.raises(KeyError, match="llama-3-8b"):
        kv_planner("llama-3-80b")
    with pytest.raises(ValueError, match="wanted = 3 is not recorded; choose from off, 1, 8"):
        kv_planner(wanted=3)
    with pytest.raises(ValueError, match="chip = 'h100' is not recorded; choose from a100-80gb"):
        kv_planner(chip="h100", length_only=True)
    with pytest.raises(TypeError, match=r"\['tokens'\]; known: weights, kv, context_tokens"):
        kv_planner(tokens=3)
    with pytest.raises(ValueError, match="cannot be sharded over 2 chips"):
        plan_at(STATE | {"model": "smollm2-135m"})


def test_text_forms():
    widget = kv_planner("llama-3-8b", chips=1)
    assert repr(widget).startswith("KvPlanner(model='llama-3-8b', chip='a100-80gb', chips=1, ")
    assert (
        "Llama-3 8B on 1 × A100 80GB SXM, 85.9 GB usable, weights BF16, cache BF16"
        in widget.fallback()
    )
    assert "131,072 tokens" in widget.fallback()
    assert kv_planner("smollm2-135m", chips=2).fallback().count("cannot be sharded") == 1
    assert left_text(-2e9) == "2 GB missing"
    assert left_text(0) == "0 B"


def test_one_control_needs_one_model_and_one_chip():
    short = kv_planner(length_only=True)
    assert short.data["length_only"]
    assert short.state["wanted"] is FILL
    assert [list(short.data[name]) for name in ("models", "chips")] == [
        ["llama-3-70b"],
        ["a100-80gb"],
    ]
    assert short.fallback() == kv_planner().fallback()


def test_data_is_small():
    assert len(kv_planner().static_html()) < 20_000
    assert len(kv_planner(length_only=True).static_html()) < 4_000
