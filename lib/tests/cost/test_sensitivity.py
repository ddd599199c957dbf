"""One input at a time: each side is the option that it says, or says why there is none."""

from dataclasses import replace

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.frontier import option
from tokenworks.cost.sensitivity import filled_option, levers_of
from tokenworks.cost.slice_memory import slice_batch
from tokenworks.specs import chip, model_spec

ON = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"), weights="int8", kv="int8")
AT = {"batch": 32, "context_tokens": 8192, "usd_per_chip_hour": 1.2}
BASE = option(ON, "4x4", **AT)
LEVERS = {lever.name: lever for lever in levers_of(BASE)}


def test_each_lever_changes_its_input_alone():
    assert set(LEVERS) == {"weights", "cache", "context", "KV heads", "slice", "price", "batch"}
    int4 = option(replace(ON, weights="int4"), "4x4", **AT)
    assert LEVERS["weights"].down.changed == int4
    lever = LEVERS["weights"]
    assert lever.usd_change(lever.down) == pytest.approx(
        int4.usd_per_million / BASE.usd_per_million - 1
    )
    assert lever.step_change(lever.down) == pytest.approx(
        int4.step.expected_seconds / BASE.step.expected_seconds - 1
    )
    assert LEVERS["batch"].up.changed == option(ON, "4x4", **(AT | {"batch": 64}))
    assert LEVERS["context"].down.changed == option(ON, "4x4", **(AT | {"context_tokens": 4096}))
    assert LEVERS["slice"].up.changed == option(ON, "4x8", **AT)
    heads = LEVERS["KV heads"].up.changed
    assert heads.on.model.n_kv_heads == 16


def test_a_price_moves_money_and_no_time():
    lever = LEVERS["price"]
    assert lever.usd_change(lever.up) == pytest.approx(0.25)
    assert lever.usd_change(lever.down) == pytest.approx(-0.2)
    assert lever.step_change(lever.up) == 0


def test_the_strongest_comes_first():
    found = levers_of(BASE)
    assert [lever.reach for lever in found] == sorted(
        (lever.reach for lever in found), reverse=True
    )


def test_a_side_that_is_not_there_says_why():
    assert LEVERS["cache"].down.changed is None
    assert LEVERS["cache"].down.why_not == "there is none"
    assert LEVERS["cache"].usd_change(LEVERS["cache"].down) is None
    tight = option(ON, "2x4", **(AT | {"batch": 44}))
    wide = {lever.name: lever for lever in levers_of(tight)}["weights"].up
    assert wide.changed is None
    assert "does not fit" in wide.why_not
    grouped = {lever.name: lever for lever in levers_of(option(ON, "8x8", **AT))}
    assert grouped["slice"].up.why_not == "there is none"


def test_filled_sides_take_the_largest_batch():
    most = slice_batch(ON, "4x4", context_tokens=8192)
    assert filled_option(BASE).batch == most
    found = {lever.name: lever for lever in levers_of(BASE, filled=True)}
    assert "batch" not in found
    assert found["weights"].base.batch == most
    assert found["weights"].down.changed.batch == slice_batch(
        replace(ON, weights="int4"), "4x4", context_tokens=8192
    )
    with pytest.raises(ValueError, match="does not hold one"):
        filled_option(option(ON, "1x1", **AT))


def test_a_way_that_does_not_fit_has_no_levers():
    large = option(ON, "2x4", **(AT | {"batch": 64}))
    with pytest.raises(ValueError, match=r"64 × 8,192 does not fit, 3\.1 GB"):
        levers_of(large)
    assert levers_of(large, filled=True)[0].base.batch == 45
