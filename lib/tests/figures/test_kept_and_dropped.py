from dataclasses import replace

import pytest

from tokenworks.cost.memory import kv_bytes_per_token
from tokenworks.figures import causal_triangle, kv_block
from tokenworks.specs import model_spec

WORDS = ("The", "cat", "sat", "on", "the", "mat")
LLAMA = model_spec("llama-3-70b")


def cells(svg, css):
    """Count the cells of a colour: each is one sub-path of the shape that has this class."""
    return sum(line.count("z") for line in svg.split("\n") if f'class="{css}"' in line)


def test_the_last_row_is_lit_and_no_token_looks_at_a_later_one():
    picture = causal_triangle(WORDS, alt="A triangle.")
    for svg in (picture.wide, picture.narrow):
        assert cells(svg, "f-scores") == 6
        assert cells(svg, "f-scores faint") == 5 * 6 / 2
        assert cells(svg, "f-keys") == cells(svg, "f-values") == 6
        assert cells(svg, "f-queries") == 1
        assert svg.count("dash") == 5, "old queries are outlines"


def test_one_token_is_no_triangle():
    with pytest.raises(ValueError, match="at least two tokens"):
        causal_triangle(["The"], alt="A square.")


def test_the_block_has_the_models_edges_and_its_bytes():
    block = kv_block(LLAMA, bytes_per_value=2, alt="A block.")
    words = ("L = 80 layers", "K = 8 heads", "D = 128 numbers", "= 328 KB for one token")
    assert all(f">{word}<" in block.wide for word in words)
    assert block.numbers["token"] == kv_bytes_per_token(LLAMA, 2) == 327_680
    sheets = next(line for line in block.wide.split("\n") if "s-keys" in line)
    assert sheets.count("H") == 80
    assert cells(block.wide, "f-keys") == 8


def test_another_model_is_another_block():
    small = kv_block(model_spec("llama-3-8b"), bytes_per_value=1, alt="A block.")
    assert "2 × 32 layers × 8 heads × 128 numbers × 1 byte<" in small.wide
    assert "= 66 KB for one token" in small.wide


@pytest.mark.parametrize("name", ["deepseek-v3", "gemma-3-27b"])
def test_what_keeps_no_block_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} keeps no block"):
        kv_block(model_spec(name), bytes_per_value=2, alt="No block.")


def test_an_unnamed_picture_is_refused():
    with pytest.raises(ValueError, match="needs alt text"):
        kv_block(replace(LLAMA, n_layers=4), bytes_per_value=2, alt=" ")
