import re

import pytest

from tokenworks import model_spec
from tokenworks.cost import layer_parameter_count
from tokenworks.figures import layer_matrices

LLAMA = model_spec("llama-3-70b")


def test_the_matrices_are_the_layer_without_its_norms():
    figure = layer_matrices(LLAMA, prompt_tokens=500)
    params = layer_parameter_count(LLAMA) - 2 * LLAMA.d_model
    assert figure.numbers["weights"] == 2 * params
    assert figure.numbers["prefill"] == 500 * figure.numbers["decode"] == 1000 * params


def test_areas_and_strips_are_to_scale():
    svg = layer_matrices(LLAMA, prompt_tokens=500).wide
    found = re.findall(r'width="([\d.]+)" height="([\d.]+)" class="f-weights"', svg)
    sizes = [(float(w), float(h)) for w, h in found][:7]
    per_px = LLAMA.d_ff / sizes[4][0]
    area = sum(w * h for w, h in sizes) * per_px**2
    assert area == pytest.approx(layer_parameter_count(LLAMA), rel=0.01)
    strip = re.search(r'height="([\d.]+)" class="f-prefill"', svg)
    assert float(strip[1]) * per_px == pytest.approx(500, rel=0.02)


def test_other_layers_are_refused():
    with pytest.raises(ValueError, match="other matrices"):
        layer_matrices(model_spec("mixtral-8x7b"), prompt_tokens=500)
