import re

from tokenworks import chip
from tokenworks.cost.roofline import Operation, ridge_intensity
from tokenworks.figures import ridge_squares

H100 = chip("h100-sxm")


def counts(svg, fill):
    return [d.count("M") for d in re.findall(rf'd="(M[^"]*)" class="f-{fill}"', svg)]


def test_as_many_squares_as_the_ridge_and_those_asked_for_filled():
    cases = {
        "alone": ("decode", Operation("a", 1.02, 1)),
        "many": ("decode", Operation("b", 28.6, 1)),
        "a prompt": ("prefill", Operation("c", 480, 1)),
    }
    figure = ridge_squares(H100, cases)
    ridge = round(ridge_intensity(H100.bf16_flops_per_s, H100.hbm_bytes_per_s))
    assert ridge == 295
    for svg in (figure.wide, figure.narrow):
        assert counts(svg, "decode") == [1, 29]
        assert counts(svg, "prefill") == [ridge]
        assert counts(svg, "line") == [ridge - 1, ridge - 29, 0][: len(counts(svg, "line"))]
    assert figure.numbers == {"ridge": 295, "alone": 1, "many": 29, "a prompt": 295}
    assert "Few are filled in alone, all in a prompt" in figure.alt
