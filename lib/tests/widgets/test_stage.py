"""What every widget shares: palette, mimebundle, refusal of values outside the grid."""

import json
import re
import sys
import types
from html import escape

import pytest

from tokenworks.widgets.lifecycle import lifecycle
from tokenworks.widgets.quiz import Quiz, quiz
from tokenworks.widgets.stage import (
    HTML_KEY,
    PLAIN_KEY,
    chosen,
    html_table,
    module_text,
    style_text,
    widget_text,
)

HOSTILE = "</script><script>alert('\"')</script><!-- &amp; </style>"
BLOCK = re.compile(r"\{\s*((?:--tw-[\w-]+: #\w{6};\s*)+)\}")


def palettes():
    blocks = BLOCK.findall(re.sub(r"/\*.*?\*/", "", widget_text("theme.css"), flags=re.DOTALL))
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
    assert json.loads(held_in(first))["state"]["model"] == "llama-3-70b"


def held_in(html):
    """Return the JSON of a static form, cut as a browser and the site's extension cut it."""
    held = re.search(r'class="tw-data">(.*?)</script>', html)
    assert held is not None
    assert html.endswith(f"{held[1]}</script></div>")
    return held[1]


def test_no_data_closes_the_script_that_holds_it_or_opens_another():
    data = {"name": HOSTILE, "question": HOSTILE, "options": [{"text": HOSTILE, "why": HOSTILE}]}
    html = Quiz(data=data, state={"choice": None}).static_html()
    assert html.count("<script") == html.count("</script") == 1
    assert not set("<>&") & set(held_in(html))
    assert json.loads(held_in(html)) == {"data": data, "state": {"choice": None}}


def test_colab_gets_the_live_view_alone(monkeypatch):
    widget = quiz("QUIZ-01")
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    assert HTML_KEY not in widget._repr_mimebundle_()[0]


def test_state_set_from_python_stays_on_the_grid():
    widget = lifecycle()
    with pytest.raises(ValueError, match="choose from 7, 128, 512, 2048"):
        widget.state = {**widget.state, "prompt_tokens": 9}
    assert widget.state["prompt_tokens"] == 7


def test_a_table_is_text_in_every_place():
    html = html_table(HOSTILE, ["a", HOSTILE], [[HOSTILE, HOSTILE]])
    assert html.count(escape(HOSTILE)) == 4
    assert html.count("alert") == 4


def test_live_rules_are_the_palette_the_kits_and_the_widgets_own():
    sheet = lifecycle()._css
    for part in ("theme", "_stage", "_table", "_chart", "lifecycle"):
        assert widget_text(f"{part}.css") in sheet
    assert widget_text("decode_loop.css") not in sheet
    assert len(sheet.splitlines()) < 480
    two = style_text("lifecycle", "quiz")
    assert two.count(widget_text("_stage.css")) == 1
    assert widget_text("quiz.css") in two
    assert "--tw-ink:" not in two


def test_controls_are_the_known_ones_changed():
    assert chosen({"b": 3}, a=1, b=2) == {"a": 1, "b": 3}
    with pytest.raises(TypeError, match=r"unknown controls \['c', 'd'\]; known: a, b"):
        chosen({"d": 1, "c": 2, "b": 3}, a=1, b=2)
