"""The frontier's table against the cost model, way by way."""

from dataclasses import replace

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.frontier import best_options, option, slice_options
from tokenworks.specs import chip, model_spec, price
from tokenworks.widgets.pareto import FORMATS, GRID, PRICES, pareto, shown_at, tabulated, usd_text

ON = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"))
OFFERS = {name: price(name).usd_per_hour for name in GRID["price"]}


@pytest.mark.parametrize("formats", FORMATS)
def test_the_table_is_the_functions(formats):
    weights, kv = FORMATS[formats]
    on, usable = replace(ON, weights=weights, kv=kv), tabulated()["usable"]
    assert usable == ON.chip.usable_bytes
    for i, shape in enumerate(GRID["shape"]):
        for j, context in enumerate(GRID["context_tokens"]):
            for k, batch in enumerate(GRID["batch"]):
                held, expected, floor, limit = tabulated()["ways"][formats][i][j][k]
                one = option(on, shape, batch=batch, context_tokens=context, usd_per_chip_hour=1.2)
                assert held == pytest.approx(one.memory.needed_bytes, abs=0.5)
                assert (held <= usable) == one.fits
                assert expected == pytest.approx(one.step.expected_seconds, rel=1e-5)
                assert floor == pytest.approx(one.step.floor_seconds, rel=1e-5)
                assert tabulated()["limits"][limit] == one.step.bottleneck


@pytest.mark.parametrize("formats", FORMATS)
def test_the_frontiers_are_those_of_each_price(formats):
    """All ways pay the same for a chip, so that the cheapest is the cheapest at any price."""
    for usd in OFFERS.values():
        for context, best in zip(GRID["context_tokens"], tabulated()["best"][formats], strict=True):
            found = slice_options(
                ON,
                batches=GRID["batch"],
                shapes=GRID["shape"],
                formats=[FORMATS[formats]],
                context_tokens=context,
                usd_per_chip_hour=usd,
            )
            want = [(each.shape, each.batch) for each in best_options(found)]
            assert [(GRID["shape"][i], GRID["batch"][j]) for i, j in best] == want


@pytest.mark.parametrize("name", GRID["price"])
def test_the_counters_are_an_option(name):
    found = shown_at("int8", "4x4", batch=32, context_tokens=8192, price=name)
    on = replace(ON, weights="int8", kv="int8")
    one = option(on, "4x4", batch=32, context_tokens=8192, usd_per_chip_hour=OFFERS[name])
    assert found["usd"] == pytest.approx(one.usd_per_million, rel=1e-5)
    assert found["floor_usd"] == pytest.approx(one.floor_usd_per_million, rel=1e-5)
    assert found["rate"] == pytest.approx(one.step.tokens_per_s_per_chip, rel=1e-5)
    assert found["fits"]
    assert found["bottleneck"] == "weights"


def test_it_opens_on_the_case_of_the_text():
    widget = pareto()
    opened = {"shape": "4x4", "batch": 32, "context_tokens": 8192, "price": PRICES[0]}
    assert widget.state == {"formats": "int8"} | opened
    assert repr(widget) == (
        "Pareto(formats='int8', shape='4x4', batch=32, context_tokens=8192, price='google-tpu-v5e')"
    )


def test_text_forms():
    table = pareto().fallback()
    row = "<td>8.582 ms</td><td>11.73 ms</td><td>USD 1.95</td><td>7.351 GB</td>"
    assert f'<th scope="row">32</th>{row}' in table
    assert "26.44 GB, too much" in table
    assert "USD 1.20/h a chip, on 2026-10-07" in table
    assert "half of 16 measured steps" in table
    assert "to which one constant is fitted" in table  # the error is in sample
    assert len(pareto().static_html()) < 50_000
    assert usd_text(1234.567) == "USD 1,234.57"


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="shape = '4x2' is not recorded; choose from 2x2, 2x4"):
        pareto(shape="4x2")
    with pytest.raises(TypeError, match="unknown controls"):
        pareto(chip="tpu-v6e")
