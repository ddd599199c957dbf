"""Numbers as doors: which numbers of a page open which computation, and what fails the build."""

import json

import pytest

from book._ext.door_notes import broken, door, note
from book._ext.doors import Number, sections, with_doors, without_a_door, worked_numbers
from tokenworks import chip, claim, model_spec, worked
from tokenworks.cost import Deployment, prefill_seconds
from tokenworks.worked_number import MIME

BUTTON = '<button type="button" class="door" popovertarget="door-{}">{}</button>'
KB, GB = BUTTON.format(0, "328\u00a0KB"), BUTTON.format(0, "141\u00a0GB")


def given(literal, cell="a", place=0):
    data = {"literal": literal, "formula": "x", "fact": "", "sources": [], "steps": [literal]}
    return Number(data | {"tex": "x", "steps_tex": ["x"], "parts": []}, cell, place)


def opened(html, *numbers):
    """Return a page of one section with doors; its cells stand at the end."""
    cells = "".join(f'<details class="fold" id="cell-{n.cell}"></details>' for n in numbers)
    (section,) = sections(html + cells, list(numbers))
    return with_doors(section).replace(cells, "")


def test_a_number_becomes_a_button_that_keeps_its_unit():
    one = given("328 KB")
    assert opened("<p>a token leaves 328 KB.</p>", one) == (f"<p>a token leaves {KB}.</p>")
    assert one.doors == 1


@pytest.mark.parametrize(
    ("text", "literal", "shown"),
    [
        ("50 to 100 ms", "50 ms", "50"),
        ("it is 1.7×", "1.7×", "1.7×"),
        ("40&nbsp;µs", "40 µs", "40\u00a0µs"),
        ("40 μs", "40 µs", "40\u00a0µs"),
        ("USD 1.79/h", "USD 1.79/h", "USD\u00a01.79/h"),
        ("<td>80 GB</td>", "80 GB", "80\u00a0GB"),
        ("<figcaption>80 GB</figcaption>", "80 GB", "80\u00a0GB"),
        ("<strong>80 GB</strong>", "80 GB", "80\u00a0GB"),
    ],
)
def test_every_spelling_of_prose_is_found(text, literal, shown):
    assert BUTTON.format(0, shown) in opened(f"<p>{text}</p>", given(literal))


@pytest.mark.parametrize(
    "html",
    [
        "<p>14.1 GB and 141 GiB and 1,141 GB</p>",
        "<p><code>141 GB</code></p>",
        "<pre>141 GB</pre>",
        '<p><a href="x">141 GB</a></p>',
        "<h3>141 GB</h3>",
        "<svg><text>141 GB</text></svg>",
        "<math><mn>141</mn><mtext> GB</mtext></math>",
        '<div class="tw-widget" data-widget="x"><div>141 GB</div> 141 GB</div>',
        '<details class="fold"><details>x</details>141 GB</details>',
        '<script>"141 GB"</script>',
        '<img alt="141 GB > 2">',
        "<!-- 141 GB -->",
    ],
)
def test_other_numbers_code_controls_and_pictures_have_no_door(html):
    one = given("141 GB")
    assert opened(html, one) == html
    assert one.doors == 0


def test_a_closed_element_ends_with_its_own_tag():
    html = '<div class="tw-widget"><div>1</div>2</div><p>141 GB</p>'
    assert opened(html, given("141 GB")).endswith(f"<p>{GB}</p>")


def test_doors_stay_in_their_section():
    one = given("141 GB")
    html = '<h2>A</h2><p>141 GB</p><h2>B</h2><p>141 GB</p><div id="cell-a"></div>'
    _before, first, second = sections(html, [one])
    assert first.numbers == []
    assert second.numbers == [one]
    assert with_doors(first) == first.html
    assert "popovertarget" in with_doors(second)


def test_of_equal_numbers_the_next_cell_is_meant():
    early, late = given("80 GB", "a", 0), given("80 GB", "b", 1)
    html = '<p>80 GB</p><div id="cell-a"></div><p>80 GB</p><div id="cell-b"></div><p>80 GB</p>'
    (section,) = sections(html, [early, late])
    with_doors(section)
    assert (early.doors, late.doors) == (1, 2)


def test_equal_numbers_of_one_cell_are_taken_in_turn():
    pair = [given("400 W", "a", place) for place in (0, 1)]
    html = '<p>400 W, later 400 W</p><div id="cell-a"></div>'
    (section,) = sections(html, pair)
    with_doors(section)
    assert [each.doors for each in pair] == [1, 1]


def test_a_worked_number_without_a_door_is_named_with_its_place():
    html = '<h2>The formula</h2><p>None.</p><div id="cell-a"></div>'
    parts = sections(html, [given("3 ms")])
    assert "".join(with_doors(part) for part in parts) == html
    (problem,) = without_a_door(parts, set())
    assert "section 'The formula'" in problem
    assert "'3 ms'" in problem
    assert "state it there or drop the call" in problem


def test_a_number_of_a_quiz_needs_no_door():
    one = given("3 ms")
    (section,) = sections('<p>None.</p><div id="cell-a"></div>', [one])
    assert without_a_door([section], {one.key}) == []


def test_an_entry_has_its_own_numbers():
    one, other = given("80 GB", "page-0", 0), given("80 GB", "page-1", 1)
    entry = (
        '<div class="met own-numbers docutils"><p>80 GB</p><span id="cell-page-{}"></span></div>'
    )
    parts = sections("<p>80 GB</p>" + entry.format(0) + entry.format(1), [one, other])
    shown = [with_doors(part) for part in parts]
    assert ["door-0" in text for text in shown] == [False, True, False]
    assert ["door-1" in text for text in shown] == [False, False, True]


def test_numbers_are_read_off_a_notebook():
    data = worked("2 GB", "x * 2", x=1e9).data()
    book = {"cells": [{"id": "c", "outputs": [{"data": {MIME: data}}]}, {"id": "text"}]}
    (only,) = worked_numbers(json.loads(json.dumps(book)))
    assert (only.cell, only.data["literal"]) == ("c", "2 GB")


def test_a_note_shows_formula_substitution_result_parts_and_facts():
    on = Deployment(model_spec("llama-3-70b"), chip("a100-80gb"), 2)
    (data,) = worked("143 ms", prefill_seconds, on=on, prompt_tokens=650).data()
    shown = note(data, 7, "#cell-abc").replace("\u00a0", " ")
    assert 'id="door-7"' in shown
    assert "prefill seconds" in shown
    for text in ("143.5 ms", "34.14 ms", "143 ms", "139 GB", "with multiplying"):
        assert text in shown, text
    for row in (on.model, on.chip):
        assert row.label in shown
        assert f'href="{row.source}"' in shown
        assert f"read {row.accessed}" in shown
    assert 'href="#cell-abc"' in shown
    assert "annotation" not in shown


def test_a_fact_shows_what_it_is_and_no_arithmetic():
    (data,) = worked("96.3 %", claim("paged-used-vllm")).data()
    shown = note(data, 0, "#cell-abc")
    assert claim("paged-used-vllm").label in shown
    assert "Read, not computed" in shown
    assert "<math" not in shown


def test_text_of_a_note_is_escaped():
    (data,) = worked("2×", "x * 2", x=1).data()
    data |= {"fact": "<b> & co", "steps": ["2×"]}
    data |= {"sources": [{"what": "<i>", "source": "a.py", "accessed": "now"}]}
    shown = note(data, 0, "#cell-abc")
    assert "&lt;b&gt; &amp; co" in shown
    assert "&lt;i&gt;" in shown
    assert "/a.py" in shown, "a file of the repository"


@pytest.mark.parametrize(
    ("tex", "pieces"),
    [
        (r"a \cdot b + c", ["a", r"\cdot\; b", r"+\; c"]),
        (r"\frac{a + b}{c}", [r"\frac{a + b}{c}"]),
        (r"\left(a + b\right) \cdot c", [r"\left(a + b\right)", r"\cdot\; c"]),
        (r"\text{a + b} - c", [r"\text{a + b}", r"-\; c"]),
        ("a", ["a"]),
    ],
)
def test_a_formula_may_break_before_its_outer_operators(tex, pieces):
    assert broken(tex) == pieces


def test_a_door_holds_its_text_together():
    assert door("50 to", 1) == BUTTON.format(1, "50\u00a0to")
