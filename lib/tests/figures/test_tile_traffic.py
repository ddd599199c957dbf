import re
from dataclasses import replace

import pytest

from tokenworks import chip, model_spec
from tokenworks.cost import Tiles, call_of, flash_traffic, naive_traffic
from tokenworks.figures import tile_heights

LLAMA, HEIGHTS = model_spec("llama-3-70b"), [32, 64, 128, 256, 512]


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_bars_are_the_bytes_of_the_tiles(layout):
    figure = tile_heights(LLAMA, 4096, HEIGHTS)
    call = replace(call_of(LLAMA, 4096, 4096), causal=False)
    alone = replace(call, share_kv=False)
    found = [flash_traffic(alone, Tiles(rows, 64)) for rows in HEIGHTS]
    bars = re.findall(r'width="([\d.]+)" height="22" class="f-kv"', getattr(figure, layout))
    for width, way in zip(bars, found, strict=True):
        share = float(width) / float(bars[0])
        assert share == pytest.approx(way.bytes / found[0].bytes, abs=0.004)
    assert figure.numbers["naive"] == naive_traffic(call).bytes
    assert figure.numbers["bytes, 128 rows"] == found[2].bytes
    assert figure.numbers["FLOP/B, 256 rows"] == round(found[3].intensity)


def test_ridges_stand_between_the_heights_that_they_part():
    svg = tile_heights(LLAMA, 4096, HEIGHTS).wide
    order = re.findall(r">(\d+ rows|ridge of the \w+)", svg)
    wanted = []
    ridges = {
        n: chip(c).peak() / chip(c).hbm_bytes_per_s
        for n, c in (("A100", "a100-80gb"), ("H100", "h100-sxm"))
    }
    for rows in HEIGHTS:
        intensity = flash_traffic(
            replace(call_of(LLAMA, 4096, 4096), causal=False, share_kv=False), Tiles(rows, 64)
        ).intensity
        for name in [n for n, ridge in ridges.items() if ridge < intensity]:
            wanted.append(f"ridge of the {name}")
            del ridges[name]
        wanted.append(f"{rows} rows")
    assert order == wanted
