import re

import pytest

from tokenworks.figures import Measured, beside_floor
from tokenworks.figures.floor_shares import impossible


def bar(svg, fill):
    return [float(w) for w in re.findall(rf'<rect [^>]*width="([\d.]+)"[^>]*class="f-{fill}"', svg)]


def floor_line(svg):
    return float(re.search(r'<path d="M([\d.]+) [^"]*"[^>]*s-floor dash', svg)[1])


def test_a_bar_ends_at_its_share_of_the_floor():
    rows = {"one": Measured(69, 100, "69 tokens/s"), "two": Measured(25, 100, "25 tokens/s")}
    figure = beside_floor(rows, "rate", alt="Two bars.")
    first, second = bar(figure.narrow, "decode")
    line = floor_line(figure.narrow)
    assert first / line == pytest.approx(0.69, abs=0.01)
    assert second / line == pytest.approx(0.25, abs=0.01)
    assert {"69 tokens/s, 69 %", "25 tokens/s, 25 %"} <= set(figure.printed)


def test_what_beats_its_floor_is_drawn_as_an_error():
    rows = {"true": Measured(0.2, 0.1, "200 ms"), "false": Measured(0.05, 0.1, "50 ms")}
    figure = beside_floor(rows, "time", alt="Two bars.")
    (wrong,), (right,) = bar(figure.narrow, "bad"), bar(figure.narrow, "decode")
    assert wrong < floor_line(figure.narrow) < right
    assert "50 ms, 0.5×" in figure.printed


def test_a_rate_lies_above_its_floor_and_a_time_below():
    fast = Measured(2, 1, "")
    assert impossible(fast, "rate")
    assert not impossible(fast, "time")
    with pytest.raises(ValueError, match="at least one measurement"):
        beside_floor({}, "rate", alt="No.")


def test_what_is_expected_is_a_stroke_on_the_bars_own_scale():
    row = Measured(60, 100, "60 tokens/s", expected=75)
    figure = beside_floor({"one": row}, "rate", alt="One bar.")
    (width,) = bar(figure.narrow, "decode")
    stroke = float(re.search(r'<path d="M([\d.]+) [^"]*"[^>]*s-ink', figure.narrow)[1])
    assert stroke / width == pytest.approx(75 / 60, abs=0.01)
    assert stroke < floor_line(figure.narrow)
