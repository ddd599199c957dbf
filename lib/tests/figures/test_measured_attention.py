"""Measured points stand where the tables and the counts say."""

import math
import re

import pytest

from tokenworks import model_spec
from tokenworks.data.silicon import LICENCE, decode_attention_times, prefill_attention_times
from tokenworks.figures import measured_decodes, measured_prompts
from tokenworks.figures.measured_attention import decode_floor_seconds, prompt_share

LLAMA = model_spec("llama-3-70b")
DOT = re.compile(r'd="M([\d.]+) ([\d.]+)a2\.75[^"]*"[^>]*class="f-(\w+)"')


def only(rows, **wanted):
    return next(r for r in rows if all(getattr(r, name) == v for name, v in wanted.items()))


def test_the_share_and_the_floor_by_hand():
    one = {"system": "h100_sxm", "heads": 64, "format": "bfloat16"}
    prompt = only(prefill_attention_times(), **one, batch=1, tokens=1024)
    flops = 64 * 2 * 2 * 128 * 1024 * 1025 / 2
    assert prompt_share(prompt, LLAMA) == pytest.approx(flops / 989.4e12 / prompt.seconds)
    step = only(decode_attention_times(), **one, batch=64, tokens=4096)
    moved = 64 * 4096 * 2 * 8 * 128 * 2
    assert decode_floor_seconds(step, LLAMA) == moved / 3.35e12 < step.seconds
    narrow = only(decode_attention_times(), **one | {"format": "fp8"}, batch=64, tokens=4096)
    assert decode_floor_seconds(narrow, LLAMA) == moved / 2 / 3.35e12 < narrow.seconds


def test_no_kernel_of_a_chip_beats_its_floor():
    """A cache that stays in the L2 from run to run could; none of those drawn does."""
    drawn = [row for row in decode_attention_times() if row.system == "h100_sxm"]
    assert all(row.seconds > decode_floor_seconds(row, LLAMA) for row in drawn if row.heads == 64)
    prompts = [row for row in prefill_attention_times() if row.heads == 64]
    assert max(prompt_share(row, LLAMA) for row in prompts) < 1


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_a_prompt_s_points_rise_with_their_share(layout):
    figure = measured_prompts(LLAMA, ["a100_sxm", "b200_sxm"])
    dots = DOT.findall(getattr(figure, layout))
    rows = [r for r in prefill_attention_times() if (r.heads, r.batch) == (64, 1)]
    rows = [r for name in ("a100_sxm", "b200_sxm") for r in rows if r.system == name]
    assert len(dots) == len(rows)
    heights = [float(y) for _, y, _ in dots]
    shares = [prompt_share(row, LLAMA) for row in rows]
    tall = (heights[0] - heights[5]) / (shares[5] - shares[0])  # px for all of the peak
    for y, share in zip(heights, shares, strict=True):
        assert heights[0] - y == pytest.approx(tall * (share - shares[0]), abs=0.11)
    assert figure.numbers["A100, 16,384 tokens"] == shares[len(rows) // 2 - 1]
    assert LICENCE in figure.caption


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_a_decode_s_points_stand_at_their_time_and_tokens(layout):
    figure = measured_decodes(LLAMA, "h100_sxm")
    dots = DOT.findall(getattr(figure, layout))
    rows = [r for r in decode_attention_times() if (r.heads, r.system) == (64, "h100_sxm")]
    rows = [r for form in ("bfloat16", "fp8") for r in rows if r.format == form]
    assert [colour for *_, colour in dots] == ["1" if r.format == "bfloat16" else "2" for r in rows]
    places = [(math.log(r.batch * r.tokens), math.log(r.seconds)) for r in rows]
    far = max(range(len(rows)), key=lambda i: places[i])
    (x0, y0), (x1, y1) = ((float(x), float(y)) for x, y, _ in (dots[0], dots[far]))
    for (x, y, _), (across, up) in zip(dots, places, strict=True):
        share = (across - places[0][0]) / (places[far][0] - places[0][0])
        assert float(x) == pytest.approx(x0 + share * (x1 - x0), abs=0.11)
        share = (up - places[0][1]) / (places[far][1] - places[0][1])
        assert float(y) == pytest.approx(y0 + share * (y1 - y0), abs=0.11)
    assert figure.caption.endswith(LICENCE)
    assert getattr(figure, layout).count("s-floor") == 2


def test_a_chip_without_fp8_has_one_cloud():
    figure = measured_decodes(LLAMA, "a100_sxm")
    assert "fp8" not in figure.alt
    assert figure.wide.count("s-floor") == 1


@pytest.mark.parametrize("name", ["llama-3-8b", "deepseek-v3", "gemma-2-9b"])
def test_heads_that_nobody_timed_are_refused(name):
    with pytest.raises(ValueError, match="nobody timed the attention of"):
        measured_prompts(model_spec(name), ["h100_sxm"])
    with pytest.raises(ValueError, match="nobody timed the attention of"):
        measured_decodes(model_spec(name), "h100_sxm")
