import re

import pytest

from tokenworks import chip, model_spec
from tokenworks.cost import (
    Deployment,
    layer_parameter_count,
    read_parameter_count,
    step_weight_bytes,
)
from tokenworks.figures import layer_shares, token_traffic

LLAMA, SMALL = model_spec("llama-3-70b"), model_spec("smollm2-135m")


def test_the_traffic_of_an_answer_is_that_of_its_tokens():
    on = Deployment(LLAMA, chip("a100-80gb"), 2)
    figure = token_traffic(on, tokens=200)
    read = step_weight_bytes(LLAMA, 2)
    assert figure.numbers["weights read for a token"] == read
    assert figure.numbers["read for the answer"] == 200 * read
    assert figure.numbers["tokens a second at most"] == on.bytes_per_s / read
    assert {"28 TB read", "4 B"} <= set(figure.printed)
    dots = re.findall(r'd="(M[^"]*)" class="f-decode"', figure.wide)
    assert max(d.count("M") for d in dots) == 200, "a square for each token"


def test_shares_of_layers_and_output_matrix_are_to_scale():
    figure = layer_shares([LLAMA, SMALL])
    share = SMALL.n_layers * layer_parameter_count(SMALL) / read_parameter_count(SMALL)
    assert figure.numbers["layers of SmolLM2-135M"] == pytest.approx(share)
    assert "layers 79.0 %" in figure.printed
    widths = [float(w) for w in re.findall(r'width="([\d.]+)"[^>]*f-weights', figure.wide)]
    assert widths[1] / 698 == pytest.approx(share, abs=1e-3)
