import re

import pytest

from tokenworks.figures import good_and_late


def test_bars_of_servers_share_a_scale_and_the_late_are_hatched():
    figure = good_and_late({"fast": (600, 400), "slow": (700, 0)})
    widths = [
        float(w) for w in re.findall(r'width="([\d.]+)" height="26" class="f-good"', figure.wide)
    ]
    assert widths[0] / widths[1] == pytest.approx(600 / 700, abs=0.001)
    late = float(re.search(r'width="([\d.]+)" height="26" stroke[^>]*s-waste"', figure.wide)[1])
    assert late / widths[0] == pytest.approx(400 / 600, abs=0.002)
    assert figure.numbers["fast: finished"] == 1000
    assert {"goodput 600 requests/s", "400 too late", "finishes 700 requests/s"} <= set(
        figure.printed
    )


@pytest.mark.parametrize("servers", [{}, {"a": (0, 0)}])
def test_a_server_that_finishes_nothing_is_refused(servers):
    with pytest.raises(ValueError, match="finishes requests"):
        good_and_late(servers)
