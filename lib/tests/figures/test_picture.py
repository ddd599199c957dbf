"""A finished picture: refusals, the numbers it prints, its HTML, the meaning of its colours."""

import itertools
import re
from importlib.resources import files

import pytest

from tokenworks.figures.picture import drawing, figure_rules, palette, style

TOGETHER = (
    ("weights", "keys", "values", "queries", "scores", "activations"),
    ("prefill", "decode", "weights", "kv"),
)
SHADES = {"keys", "values", "kv"}  # of one meaning: close on purpose


def picture(words="weights, 141 GB", alt="A bar.", **options):
    return drawing(lambda scene: scene.text((0, 0), words), alt=alt, **options)


def test_a_picture_is_drawn_twice_and_described_once():
    numbers = {"weights": 141.1e9, "memory": 160e9}
    figure = picture(alt='a "bar"', numbers=numbers, caption="141 GB < 160 GB")
    html = figure._repr_html_()
    assert html.count(">weights, 141 GB</text>") == 2
    assert html.count('aria-label="a &quot;bar&quot;"') == 1
    assert html.count('aria-hidden="true"') == 2
    assert "<figcaption>141 GB &lt; 160 GB</figcaption>" in html
    assert repr(figure) == 'Figure: a "bar"\n141 GB < 160 GB\nweights, 141 GB'
    assert figure == picture(alt='a "bar"', numbers=numbers, caption="141 GB < 160 GB")


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_a_picture_without_alt_text_is_refused(alt):
    with pytest.raises(ValueError, match="needs alt text"):
        picture("words", alt=alt)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "141 GB"),
        ({"numbers": {"weights": 142e9}}, "141 GB"),
        ({"words": "10 slots"}, "10"),
        ({"words": "1,024 slots", "numbers": {"slots": 1025}}, "1,024"),
        ({"words": "words", "alt": "A bar of 3 GB."}, "3 GB"),
        ({"words": "words", "caption": "It takes 3 ms."}, "3 ms"),
    ],
)
def test_a_number_that_was_not_computed_is_refused(options, said):
    with pytest.raises(ValueError, match=f"prints {said}, which is none of the picture's numbers"):
        picture(**options)


def test_names_and_small_counts_are_no_numbers_and_ticks_are_the_axis():
    def layout(scene):
        scene.text((0, 0), "Llama-3 70B on 2 A100s")
        scene.text((0, 40), "100", "tick")

    assert drawing(layout, alt="Names.").printed == ("Llama-3 70B on 2 A100s",)


def test_words_that_touch_are_refused_with_the_layout_named():
    def layout(scene):
        scene.text((0, 0), "one")
        scene.text((300, 0), "more words")

    with pytest.raises(ValueError, match="at 328 px: 'more words' leaves the drawing"):
        drawing(layout, alt="Too wide for a phone.")


def test_every_colour_has_its_rules_and_they_come_from_the_theme():
    assert {"--tw-ink", "--tw-paper", "--tw-1"} <= set(palette())
    for name in palette():
        short = name.removeprefix("--tw-")
        assert f".f-{short}{{fill:var({name})}}" in figure_rules()
        assert f".s-{short}{{stroke:var({name})}}" in figure_rules()
    assert "/*" not in style()
    assert "--tw-kv: #" in style()


def themes():
    css = files("tokenworks.widgets").joinpath("theme.css").read_text(encoding="utf-8")
    blocks = re.findall(r"\{([^{}]*--tw-ink[^{}]*)\}", css)
    return [dict(re.findall(r"--tw-([\w]+): (#[0-9a-f]{6})", block)) for block in blocks]


def linear(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def luminance(colour):
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# Machado, Oliveira, Fernandes 2009, severity 1: https://doi.org/10.1109/TVCG.2009.113
BLIND = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
               (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
               (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
               (0.004733, 0.691367, 0.303900)),
}  # fmt: skip


def seen(colour, sight):
    """Return CIE L*a*b* of a colour as it is seen."""
    red, green, blue = (
        min(1, max(0, sum(m * p for m, p in zip(row, linear(colour), strict=True))))
        for row in BLIND[sight]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_all_three_themes_name_the_same_colours_and_the_two_dark_ones_agree():
    light, dark, chosen = themes()
    assert dark == chosen
    assert set(light) == set(dark)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_meanings_can_be_read_and_told_apart(theme):
    colours = themes()[theme]
    for name in {name for group in TOGETHER for name in group} | {"waste", "floor"}:
        assert contrast(colours[name], colours["paper"]) >= 4.5, name  # words stand on it
    assert contrast(colours["runtime"], colours["paper"]) >= 3
    for group in TOGETHER:
        for one, other in itertools.combinations(group, 2):
            if {one, other} <= SHADES:
                continue
            for sight in BLIND:
                pair = zip(seen(colours[one], sight), seen(colours[other], sight), strict=True)
                assert sum((a - b) ** 2 for a, b in pair) ** 0.5 >= 11, (one, other, sight)
