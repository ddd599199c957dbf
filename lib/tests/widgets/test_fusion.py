"""The kernels of attention: their arrays add up to what cost/attention.py counts."""

import pytest

from tokenworks import specs
from tokenworks.cost.attention import naive_traffic
from tokenworks.cost.attention_call import call_of, matrix_bytes
from tokenworks.widgets.fusion import fusion, shown_at, traffic_of

CASES = [("llama-3-70b", 4096, "a100-80gb"), ("llama-3-8b", 1000, "h100-sxm")]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("fused", [False, True])
def test_the_kernels_move_what_is_counted(case, fused):
    model, tokens, chip = case
    found = shown_at(model, tokens, chip, fused=fused)
    moved = [pair for k in found["kernels"] for side in ("reads", "writes") for pair in k[side]]
    assert sum(size for _, size in moved) == found["bytes"]
    assert found["bytes"] == traffic_of(model, tokens, fused=fused).bytes
    assert found["moving"] == found["bytes"] / specs.chip(chip).hbm_bytes_per_s
    call = call_of(specs.model_spec(model), tokens, tokens)
    assert found["working"] == naive_traffic(call).flops / specs.chip(chip).peak()
    square = [size for array, size in moved if array in "SP"]
    assert square == ([] if fused else [matrix_bytes(call)] * 4)


def test_fused_each_array_passes_once():
    naive, fused = (traffic_of("llama-3-70b", 4096, fused=way) for way in (False, True))
    for array in "QKVO":
        assert naive.of(array) == fused.of(array)
    assert naive.bytes / fused.bytes == pytest.approx(57.9, abs=0.05)


def test_text_forms():
    widget = fusion()
    assert repr(widget) == "Fusion(fused=False)"
    assert "One layer of Llama-3 70B, 4,096 tokens, A100" in widget.fallback()
    assert widget.fallback().count("<tr>") == 7
    with pytest.raises(ValueError, match="fused = 2 is not recorded"):
        widget.state = {"fused": 2}
