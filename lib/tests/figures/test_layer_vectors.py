import re

import pytest

from tokenworks import model_spec
from tokenworks.figures import causal_mask, layer_flow

LLAMA = model_spec("llama-3-70b")
WORDS = ["The", "cat", "sat", "on", "the"]


def widths(svg, fill):
    return [float(w) for w in re.findall(rf'width="([\d.]+)"[^>]*class="f-{fill}"', svg)]


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_vectors_are_as_wide_as_they_are(layout):
    figure = layer_flow(LLAMA)
    svg = getattr(figure, layout)
    per_number = widths(svg, "activations")[0] / LLAMA.d_model
    (query,) = widths(svg, "queries")
    (key,) = widths(svg, "keys")
    assert query / per_number == pytest.approx(LLAMA.n_heads * LLAMA.d_head, rel=0.01)
    assert key / per_number == pytest.approx(LLAMA.n_kv_heads * LLAMA.d_head, rel=0.01)
    assert max(widths(svg, "activations")) / per_number == pytest.approx(LLAMA.d_ff, rel=0.01)
    assert figure.numbers["F"] == LLAMA.d_ff


def test_a_token_sees_itself_and_what_is_before():
    figure = causal_mask(WORDS, row=2)
    open_, hidden = (
        re.search(rf'd="([^"]*)"[^>]*class="{name}"', figure.wide)[1]
        for name in ("f-scores", "f-scores faint")
    )
    assert open_.count("M") == 15
    assert hidden.count("M") == 10
    assert "sat may look at The, cat, sat and at nothing later" in figure.alt
