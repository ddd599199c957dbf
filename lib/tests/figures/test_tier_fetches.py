"""Lines of fetching and of reading again: their ends by hand, their places on the scale."""

import math
import re

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_bytes
from tokenworks.cost.step_time import prefill_seconds
from tokenworks.data.chip_memory import level
from tokenworks.figures.tier_fetches import FLOOR, READING, TOKENS, tier_lines, tier_times
from tokenworks.specs import chip, model_spec

CURVE = re.compile(r'd="M([\d. L]+)"[^>]*stroke-width="(?:2.2|1.2)"')
ON = Deployment(model_spec("llama-3-70b"), chip("h100-sxm"), 8)


def test_the_lines_are_the_tables():
    host, disk, port = tier_lines(ON).values()
    cache = kv_bytes(ON.model, 8192, bytes_per_value=2)
    assert host.seconds(cache) == pytest.approx(cache / (8 * level("h100-sxm-host").bytes_per_s))
    ssd = level("h100-sxm-ssd")
    assert disk.seconds(cache) == pytest.approx(ssd.latency_seconds + cache / ssd.bytes_per_s)
    assert port.seconds(cache) == pytest.approx(cache / 12.5e9)


def test_which_is_sooner():
    numbers = tier_times().numbers
    for tokens in TOKENS:
        again, least = numbers[f"{READING}, {tokens}"], numbers[f"{FLOOR}, {tokens}"]
        assert least == prefill_seconds(ON, tokens)
        assert numbers[f"host memory, all links, {tokens}"] < least / 10
        assert numbers[f"one NVMe disk, {tokens}"] < again
        assert numbers[f"one port, 100G Ethernet, {tokens}"] < again


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_curves_stand_at_times(layout):
    figure = tier_times()
    curves = [
        [tuple(map(float, point.split())) for point in path.split("L")]
        for path in CURVE.findall(getattr(figure, layout))
    ]
    curves = [curve for curve in curves if len(curve) == len(TOKENS)]
    names = [*tier_lines(ON), READING, FLOOR]
    assert len(curves) == len(names)
    times = {name: [figure.numbers[f"{name}, {n}"] for n in TOKENS] for name in names}
    low, high = curves[0][0][1], curves[3][-1][1]
    first, last = times[names[0]][0], times[READING][-1]
    unit = (high - low) / math.log(last / first)
    for curve, name in zip(curves, names, strict=True):
        for (_, y), seconds in zip(curve, times[name], strict=True):
            assert y == pytest.approx(low + unit * math.log(seconds / first), abs=0.3)


def test_a_chip_whose_memories_nobody_lists():
    with pytest.raises(KeyError):
        tier_lines(Deployment(model_spec("llama-3-70b"), chip("mi300x"), 8))
