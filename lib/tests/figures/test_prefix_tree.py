"""The tree of prefixes has the names by which the server finds blocks."""

import pytest

from tokenworks.figures.prefix_tree import prefix_blocks, prefix_nodes
from tokenworks.serving.block_pool import block_key

SYSTEM = list(range(32))
PROMPTS = {
    "one": [*SYSTEM, *range(100, 116)],
    "goes on": [*SYSTEM, *range(100, 132)],
    "two": [*SYSTEM, *range(300, 320)],
    "later": [9, *SYSTEM, *range(300, 315)],
}


def test_equal_beginnings_are_one_branch():
    roots = prefix_nodes(PROMPTS, 16)
    assert [root.prompts for root in roots] == [["one", "goes on", "two"], ["later"]]
    (second,) = roots[0].after
    assert [node.prompts for node in second.after] == [["one", "goes on"], ["two"]]
    assert second.key == block_key(block_key(b"", SYSTEM[:16]), SYSTEM[16:])


def test_the_boxes_have_the_real_names():
    figure = prefix_blocks(PROMPTS, block_size=16)
    first = block_key(b"", SYSTEM[:16])
    assert first.hex()[:6] in figure.wide
    assert figure.alt.count(first.hex()[:6]) == 3
    assert (figure.numbers["blocks"], figure.numbers["shared"]) == (8, 3)
    assert figure.wide.count("<rect") == 8


def test_no_full_block_is_no_tree():
    with pytest.raises(ValueError, match="no prompt fills a block of 128"):
        prefix_blocks(PROMPTS, block_size=128)
