import re

from tokenworks.checks.picture import amount, draw, lanes, named_bars, numbered, stack, style


def test_amounts_scale_dimensions_and_append_words():
    assert amount(140e9, "bytes") == "140 GB"
    assert amount(2, "bytes_per_s") == "2 B/s"
    assert amount(3, "chips") == "3 chips"
    assert amount(float("inf"), "bytes") == "inf bytes"
    assert amount([1, 2], "tokens") == "[1, 2]"
    assert amount(4, "") == "4"


def test_bars_are_proportional():
    html = draw(10, 40, unit="chips")
    assert re.findall(r"width:([\d.]+)%", html) == ["16.25", "65.00"]
    assert "10 chips" in html
    assert "40 chips" in html
    assert "width:0.00%" in draw(5, -5, unit="chips")


def test_columns_tell_their_values_to_a_screen_reader():
    html = draw([0.25, 0.75], [0.5, 0.5], unit="")
    assert 'role="img"' in html
    assert "id 0: 0.25 and 0.5, id 1: 0.75 and 0.5" in html
    assert re.findall(r"height:([\d.]+)%", html) == ["33.3", "66.7", "100.0", "66.7"]


def test_tiles_mark_what_differs():
    html = draw([1, 2, 3], [1, 5], unit="tokens")
    assert html.count("tw-off") == 1
    assert '<code class="tw-off">5</code>' in html
    assert "3 in all" in html
    assert "2 in all" in html


def test_text_marks_the_tail_and_escapes():
    html = draw("a<b\n", "a<b\nUser:", unit="characters")
    assert '“a&lt;b↵<span class="tw-off">User:</span>”' in html


def test_stack_places_u():
    html = stack([(1, 0.75), (0, 0.25)], 0.5, chosen=(1, 0))
    assert "left:50.00%" in html
    assert html.index("<b>1</b>") < html.index("<b>0</b>")


HOSTILE = '"><script>&amp;'


def test_every_word_in_a_picture_is_text():
    one, two = f"1{HOSTILE}", f"2{HOSTILE}"
    pictures = {
        draw(one, two, unit=""): 2,
        draw([one], [two], unit=""): 2,
        draw(1, 2, unit=HOSTILE): 2,
        draw([0.5], [0.25], unit="", label=HOSTILE): 2,
        stack([(1, 1.0)], 0.5, chosen=(1, two)): 1,
        named_bars((HOSTILE,), "")((), [True], ["a"]): 1,
        named_bars(("name",), "")((), [1], [two]): 1,
        numbered(HOSTILE)((), [0.5], [0.25]): 2,
        lanes((HOSTILE,), [[0]], [[]]): 2,
    }
    for html, times in pictures.items():
        assert "<script" not in html
        assert '""' not in html
        assert html.count("&quot;&gt;&lt;script&gt;") == times, html


def test_style_takes_the_palette_and_not_the_widgets_rules():
    assert "--tw-ink:" in style()
    assert ".tw-check" in style()
    assert ".tw-widget" not in style()
    assert style().count("<") == 2
    assert "url(" not in style()


def test_named_bars_draw_each_amount_and_tell_what_is_none():
    draw_times = named_bars(("TTFT", "TPOT"), "seconds")
    html = draw_times((), [0.5, None], [1.0, 0.0])
    assert html.index("TTFT") < html.index("500 ms") < html.index("1 s") < html.index("TPOT")
    assert "<code>None</code>" in html
    assert draw_times((), [0.5, None], [1.0]) == ""
    assert draw_times((), [0.5, None], 3) == ""


def test_named_lists_mark_what_differs():
    html = named_bars(("copy", "table"), "")((), [[], [1, 2]], [[3, 4], [1, 5]])
    assert html.index("copy") < html.index("0 in all") < html.index("table")
    assert html.count("tw-off") == 3


def test_named_columns_have_the_name_of_their_list():
    assert "o 1: 2 and 3" in named_bars(("m", "o"), "")((), [1.0, [1.0, 2.0]], [1.0, [1.0, 3.0]])


def test_a_bar_of_minus_infinity_has_no_width():
    html = draw(float("-inf"), 2.0, unit="")
    assert "-inf" in html
    assert "nan" not in html


def test_lanes_mark_the_steps_of_each_request():
    html = lanes(["0", "1"], [[0], [0, 1]], [[1], 7, []])
    reference, yours = html.split(">yours<")
    assert reference.count('class="tw-on"') == 3
    assert yours.count('class="tw-yours"') == 1
    assert 'aria-label="timetable of 3 steps"' in yours
    assert "70 steps, the first 60 shown" in lanes(["0"], [[0]] * 70, [])
    assert "0 steps, the first 12 of 13 lanes" in lanes(["0"] * 13, [], [])
    assert 'aria-label="tables of 1 prompts"' in lanes(["0"], [[0]], [], of=("tables", "prompts"))


def test_numbered_columns_have_their_own_label():
    assert "batch 1: 2 and 3" in numbered("batch")((), [1.0, 2.0], [1.0, 3.0])
    assert "17 in all" in numbered("batch")((), [1.0] * 17, [1.0])
