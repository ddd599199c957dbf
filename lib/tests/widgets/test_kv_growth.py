"""SIM-04 against hand arithmetic and the cost model."""

import pytest

from tokenworks.cost.memory import kv_bytes_per_chip
from tokenworks.specs import model_spec
from tokenworks.widgets.kv_growth import GRID, kv_growth, left_text, memory_at, tabulated

STATE = {"model": "llama-3-70b", "chip": "a100-80gb", "chips": 2, "weights": "bf16", "kv": "bf16"}
STATE |= {"batch": 32, "context_tokens": 4096}


def test_the_chapters_budget():
    held = memory_at(**STATE)
    assert held["sequence"] == 327_680 * 4096
    assert held["all"] == 32 * held["sequence"]
    assert held["kv"] == held["all"] / 2
    assert held["weights"] == 70_553_706_496
    assert held["free"] == 80e9 - held["weights"] - held["kv"] < 0


def test_one_latent_is_copied_to_every_chip():
    held = memory_at(**STATE | {"model": "deepseek-v3", "chips": 16})
    assert held["kv"] == held["all"]
    assert tabulated()["models"]["deepseek-v3"]["pieces"]["16"] == 1


@pytest.mark.parametrize("model", GRID["model"])
def test_pieces_divide_the_cache_as_the_cost_model_does(model):
    spec, table = model_spec(model), tabulated()["models"][model]
    for chips, pieces in table["pieces"].items():
        if isinstance(pieces, str):
            assert "cannot be sharded" in pieces
            continue
        share = kv_bytes_per_chip(spec, 4096, bytes_per_value=2, tp=int(chips))
        at = GRID["context_tokens"].index(4096)
        assert table["kv"]["bf16"][0][at] / pieces == pytest.approx(share)


def test_narrow_values_carry_their_scales():
    wide, narrow = (memory_at(**STATE | {"kv": kv})["kv"] for kv in ("bf16", "int4-head128"))
    assert narrow / wide == (4 + 32 / 128) / 16


def test_refusals_name_what_is_known():
    with pytest.raises(KeyError, match="llama-3-8b"):
        kv_growth("llama-3-80b")
    with pytest.raises(ValueError, match="batch = 3 is not recorded; choose from 1, 4, 16"):
        kv_growth(batch=3)
    with pytest.raises(TypeError, match=r"\['tokens'\]; known: weights, kv, batch"):
        kv_growth(tokens=3)
    with pytest.raises(ValueError, match="cannot be sharded over 2 chips"):
        memory_at(**STATE | {"model": "smollm2-135m"})


def test_text_forms():
    widget = kv_growth("llama-3-8b", chips=1)
    assert repr(widget).startswith("KvGrowth(model='llama-3-8b', chip='a100-80gb', chips=1, ")
    assert "Llama-3 8B, weights BF16, cache BF16, 32 texts at once" in widget.fallback()
    assert "131,072 tokens" in widget.fallback()
    assert kv_growth("smollm2-135m", chips=2).fallback().count("cannot be sharded") == 1
    assert left_text(-2e9) == "2 GB over"
    assert left_text(0) == "0 B"


def test_data_is_small():
    assert len(kv_growth().static_html()) < 60_000
