import re

import pytest

from tokenworks import model_spec
from tokenworks.cost import matmul_operation
from tokenworks.figures import scores_of, two_shapes

LLAMA = model_spec("llama-3-70b")


def widths(svg, fill):
    return [float(w) for w in re.findall(rf'width="([\d.]+)"[^>]*class="f-{fill}"', svg)]


def test_a_prompt_has_a_triangle_of_scores_and_the_next_token_a_row():
    figure = scores_of(500)
    assert figure.numbers["pairs"] == 500 * 501 / 2
    assert "one query, 501 keys" in figure.printed
    (row,) = re.findall(r'height="([\d.]+)" class="f-queries"', figure.wide)
    assert float(row) == 2


def test_both_shapes_read_the_same_bytes():
    figure = two_shapes(LLAMA, prompt_tokens=500)
    assert figure.numbers["work of prefill"] == matmul_operation(500, 8192, 8192).flops
    assert figure.numbers["work of decode"] == matmul_operation(1, 8192, 8192).flops
    assert figure.wide.count(">reads 134.2 MB<") == 2
    assert len(set(widths(figure.wide, "weights"))) == 1
    heights = re.findall(r'height="([\d.]+)" class="f-prefill"', figure.wide)
    assert float(heights[0]) == pytest.approx(150 * 500 / 8192, abs=0.1)
