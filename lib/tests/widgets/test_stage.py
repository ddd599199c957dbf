"""What every widget shares: palette, mimebundle, refusal of values outside the grid."""

import json
import re
import sys
import types

import pytest

from tokenworks.widgets.lifecycle import lifecycle
from tokenworks.widgets.quiz import quiz
from tokenworks.widgets.stage import HTML_KEY, PLAIN_KEY, html_table, module_text, widget_text

BLOCK = re.compile(r"\{\s*((?:--tw-[\w-]+: #\w{6};\s*)+)\}")


def palettes():
    blocks = BLOCK.findall(widget_text("theme.css"))
    return [dict(re.findall(r"--tw-([\w-]+): (#\w{6})", block)) for block in blocks]


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_dark_is_the_same_however_it_is_asked_for():
    light, dark, asked_by_the_system = palettes()
    assert dark == asked_by_the_system
    assert set(light) == set(dark)


@pytest.mark.parametrize("palette", palettes()[:2], ids=["light", "dark"])
def test_every_colour_reads_as_text_on_both_grounds(palette):
    grounds = [palette["paper"], palette["panel"]]
    for name in set(palette) - {"paper", "panel", "line"}:
        assert min(contrast(palette[name], ground) for ground in grounds) >= 4.5, name


def test_module_has_one_export_and_no_import():
    for name in ("lifecycle", "decode_loop", "quiz"):
        text = module_text(name)
        assert text.count("export default {") == 1
        assert not re.search(r"^import\b", text, re.MULTILINE)
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")  # a name, no address


def test_bundle_holds_text_table_and_live_view():
    bundle = quiz("QUIZ-01")._repr_mimebundle_()[0]
    assert bundle[PLAIN_KEY] == "Quiz(name='QUIZ-01')"
    assert bundle[HTML_KEY].startswith('<div class="tw-widget" data-widget="quiz">')
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_static_html_is_the_same_each_time_and_parses():
    first, second = lifecycle().static_html(), lifecycle().static_html()
    assert first == second
    held = re.search(r'class="tw-data">(.*?)</script>', first)
    assert held is not None
    assert "<" not in held[1]
    assert json.loads(held[1])["state"]["model"] == "llama-3-70b"


def test_colab_gets_the_live_view_alone(monkeypatch):
    widget = quiz("QUIZ-01")
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    assert HTML_KEY not in widget._repr_mimebundle_()[0]


def test_state_set_from_python_stays_on_the_grid():
    widget = lifecycle()
    with pytest.raises(ValueError, match="choose from 7, 128, 512, 2048"):
        widget.state = {**widget.state, "prompt_tokens": 9}
    assert widget.state["prompt_tokens"] == 7


def test_table_escapes_its_cells():
    assert "<td>&lt;b&gt;</td>" in html_table("x", ["a", "b"], [["c", "<b>"]])
