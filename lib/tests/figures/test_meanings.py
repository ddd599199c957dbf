from tokenworks.figures import colour_key
from tokenworks.figures.meanings import MEANINGS
from tokenworks.figures.picture import palette

NO_MEANING = {"ink", "paper", "panel", "muted", "line", "accent", "good", "bad"}  # of the page


def test_every_colour_with_a_meaning_is_in_the_key():
    named = {name.removeprefix("--tw-") for name in palette()} - NO_MEANING
    meant = {name for name in named if not name.isdigit()}
    assert {"waste" if name == "hatch" else name for name in MEANINGS} == meant


def test_each_is_drawn_as_it_is_in_the_pictures():
    figure = colour_key()
    for svg in (figure.wide, figure.narrow):
        for name, words in MEANINGS.items():
            assert f">{words}<" in svg
            if name not in ("hatch", "floor"):
                assert f'class="f-{name}"' in svg
        assert "s-waste" in svg
        assert "s-floor dash" in svg
