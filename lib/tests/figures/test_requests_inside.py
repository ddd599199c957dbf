import re

import pytest

from tokenworks.data import load_levels
from tokenworks.figures import inside_by_phase

LEVELS = load_levels("nim-llama-3.3-70b-fp8-2-h100")


def test_both_stretches_are_rate_times_time_and_reach_the_number_inside():
    figure = inside_by_phase(LEVELS, answer_tokens=500)
    for each in LEVELS:
        inside, rate = each.concurrency, each.tokens_per_s / 500
        wait, decode = (figure.numbers[f"{inside}: {what}"] for what in ("wait", "decode"))
        assert wait == rate * each.ttft_seconds
        assert decode == rate * 499 * each.tpot_seconds
        assert wait + decode == pytest.approx(inside, rel=0.006), "Little's law"
    assert {"86 decode", "163 wait"} <= set(figure.printed)


def test_bars_are_to_scale():
    figure = inside_by_phase(LEVELS[-1:], answer_tokens=500)
    widths = [
        float(re.search(rf'width="([\d.]+)" height="18" class="f-{fill}"', figure.wide)[1])
        for fill in ("decode", "prefill")
    ]
    wait, decode = (figure.numbers[f"250: {what}"] for what in ("wait", "decode"))
    assert widths[0] / widths[1] == pytest.approx(decode / wait, rel=0.002)


def test_what_has_no_phases_is_refused():
    for levels, tokens in (([], 500), (LEVELS, 1)):
        with pytest.raises(ValueError, match="at least one load level"):
            inside_by_phase(levels, answer_tokens=tokens)
