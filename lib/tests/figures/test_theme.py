from tokenworks.figures import bars
from tokenworks.figures.theme import palette


def test_colours_come_from_the_theme_file():
    assert palette()["--tw-1"].startswith("#")
    assert {"--tw-ink", "--tw-muted", "--tw-line"} <= set(palette())


def test_a_figure_is_themed_accessible_and_the_same_every_time():
    figure = bars({"a": 1.0}, "seconds", title="T", xlabel="x", alt='a "bar"')
    again = bars({"a": 1.0}, "seconds", title="T", xlabel="x", alt='a "bar"')
    html = figure._repr_html_()
    assert html == again._repr_html_()
    assert "var(--tw-1, " in html
    assert 'aria-label="a &quot;bar&quot;"' in html
    assert repr(figure) == 'Figure: a "bar"'
    assert "<metadata" not in html
