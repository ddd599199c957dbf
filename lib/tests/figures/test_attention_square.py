import re

import pytest

from tokenworks import model_spec
from tokenworks.cost import call_of, naive_traffic, score_bytes
from tokenworks.data import level
from tokenworks.figures import attention_arrays

LLAMA = model_spec("llama-3-70b")
RECT = re.compile(
    r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="([\d.]+)".*?class="([\w-]+)'
)


def test_its_numbers_are_the_library_s():
    found = attention_arrays(LLAMA, 4096).numbers
    naive = naive_traffic(call_of(LLAMA, 4096, 4096))
    assert found["a score matrix"] == score_bytes(LLAMA, 4096)
    assert found["its four passes"] == 4 * score_bytes(LLAMA, 4096)
    assert found["all others, once"] == naive.of("Q", "K", "V", "O")
    assert found["a core's memory"] == level("a100-80gb-l1").bytes_each


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_areas_are_to_scale(layout):
    rects = RECT.findall(getattr(attention_arrays(LLAMA, 4096), layout))
    area = {name: float(w) * float(h) for w, h, name in rects if name != "f-scores"}
    squares = [float(w) * float(h) for w, h, name in rects if name == "f-scores"]
    for name in ("queries", "keys", "values", "activations"):
        assert area[f"f-{name}"] / max(squares) == pytest.approx(128 / 4096, rel=0.02)
    core = level("a100-80gb-l1").bytes_each / (score_bytes(LLAMA, 4096) / 64)
    assert area["f-panel"] / max(squares) == pytest.approx(core, rel=0.02)


def test_twice_the_prompt_is_four_times_the_square():
    one, two = (attention_arrays(LLAMA, tokens).numbers for tokens in (4096, 8192))
    assert two["a score matrix"] == 4 * one["a score matrix"]
    assert two["all others, once"] == 2 * one["all others, once"]
