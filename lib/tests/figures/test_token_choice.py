import re

from tokenworks.figures import next_token


def widths(svg, fill):
    return [float(w) for w in re.findall(rf'width="([\d.]+)"[^>]*class="f-{fill}"', svg)]


def test_the_chosen_token_is_the_one_in_colour_and_appended():
    shares = {"floor": 0.4, "bed": 0.2}
    figure = next_token(["on", "the"], shares, chosen="bed", model="SmolLM2")
    for svg in (figure.wide, figure.narrow):
        assert len(widths(svg, "scores")) == 1
        assert len(widths(svg, "decode")) == 2, "the new token and its bar"
        assert svg.count(">bed<") == 2
    assert figure.numbers["floor"] == 0.4
    assert {"40.0 %", "20.0 %"} <= set(figure.printed)
