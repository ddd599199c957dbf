"""Columns of block sizes: heights to scale, numbers as given."""

import re

import pytest

from tokenworks.figures.block_sizes import BlockSize, block_size_columns

SIZES = {1: BlockSize(0.98, 0, 0.0078), 16: BlockSize(0.9, 0.05, 0.00049)}


def test_the_columns_are_to_scale():
    figure = block_size_columns(SIZES, chosen=16)
    green = re.findall(r'height="([\d.]+)" class="f-kv"', figure.wide)
    assert [float(height) for height in green] == pytest.approx([117.6, 108])
    black = re.findall(r'height="([\d.]+)" class="f-ink"', figure.wide)
    assert float(black[0]) / float(black[1]) == pytest.approx(0.0078 / 0.00049, rel=0.05)


def test_the_numbers_are_those_given():
    figure = block_size_columns(SIZES, chosen=16)
    assert figure.numbers["16: used"] == 0.9
    assert "0.05 %" in figure.printed
    assert "98.0 %" in figure.printed


def test_the_chosen_size_is_one_of_them():
    with pytest.raises(ValueError, match="64 is none of the block sizes"):
        block_size_columns(SIZES, chosen=64)
