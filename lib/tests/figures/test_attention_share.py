import re

import pytest

from tokenworks import chip, model_spec
from tokenworks.cost import Tiles, prompt_floors
from tokenworks.data import attention_speeds
from tokenworks.figures import kernel_versions, prompt_shares

SMALL, A100 = model_spec("llama-3-8b"), chip("a100-80gb")
RECT = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="15" class="f-(\w+)')


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_bars_are_floors_and_each_pair_has_one_scale(layout):
    lengths = [1024, 131_072]
    figure = prompt_shares(SMALL, A100, lengths)
    rects = RECT.findall(getattr(figure, layout))
    assert len(rects) == 4 * len(lengths)
    for i, tokens in enumerate(lengths):
        floors = prompt_floors(SMALL, A100, tokens, tiles=Tiles(128, 64))
        wide = [float(width) for _, _, width, _ in rects[4 * i : 4 * i + 4]]
        parts = (floors.naive, floors.rest, floors.flash, floors.rest)
        whole = wide[0] + wide[1]
        for width, seconds in zip(wide, parts, strict=True):
            assert width / whole == pytest.approx(seconds / (floors.naive + floors.rest), abs=0.002)
        assert figure.numbers[f"gain of {tokens:,}"] == floors.gain


def test_versions_show_their_share_and_what_they_were_written_against():
    names = ["flash-1", "flash-2", "flash-2-h100", "flash-3", "flash-4"]
    figure, known = kernel_versions(names), {row.name: row for row in attention_speeds()}
    bars = re.findall(r'width="([\d.]+)" height="24" class="f-scores"', figure.wide)
    for width, name in zip(bars, names, strict=True):
        assert float(width) / 698 == pytest.approx(known[name].share_high, abs=0.001)
    assert known["flash-4"].against in figure.wide
    assert "50 % to 73 %" in figure.printed
    with pytest.raises(ValueError, match="flash-3-fp8 has no published share"):
        kernel_versions(["flash-3-fp8"])
