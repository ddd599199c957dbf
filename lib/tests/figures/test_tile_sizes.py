import re
from dataclasses import replace

import pytest

from tokenworks import model_spec
from tokenworks.cost import Tiles, call_of
from tokenworks.cost.tiles import tile_sram_bytes
from tokenworks.data import level
from tokenworks.figures import tile_room

LLAMA = model_spec("llama-3-70b")
SHAPES = [(64, 64), (128, 64), (128, 128), (256, 256)]


def test_bars_are_the_bytes_of_the_textbook_s_tile():
    figure = tile_room(LLAMA, SHAPES)
    one = replace(call_of(LLAMA, 1, 1), share_kv=False)
    total = {shape: tile_sram_bytes(one, Tiles(*shape)) for shape in SHAPES}
    assert {s: figure.numbers[f"{s[0]} × {s[1]}"] for s in SHAPES} == total
    assert figure.numbers["A100"] == level("a100-80gb-l1").program_bytes
    wide = re.findall(r'width="([\d.]+)" height="24" class="f-scores"', figure.wide)
    assert len(wide) == len(SHAPES)
    ratio = float(wide[3]) / float(wide[0])
    assert ratio == pytest.approx(256**2 / 64**2, rel=0.03)
    assert "64 × 64 and 128 × 64 fit" in figure.alt
