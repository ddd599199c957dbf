"""The times of a request in two pools, and bars as long as transfers take."""

import re

import pytest

from tokenworks.cost.chip_links import link
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_bytes
from tokenworks.figures.two_pools import LINKS, pools_path, split_of
from tokenworks.specs import chip, model_spec

BAR = re.compile(r'width="([\d.]+)" height="16" class="f-(kv|prefill)"')
ON = Deployment(model_spec("llama-3-70b"), chip("h100-sxm"), 8)


def test_transfers_are_bytes_over_rates():
    split = split_of(ON, 2048, 32)
    cache = kv_bytes(ON.model, 2048, bytes_per_value=2)
    nvlink, *ports = (split.transfer_seconds(each) for each in split.links)
    assert nvlink == pytest.approx(cache / 450e9)
    assert ports == pytest.approx([cache / link(name).bytes_per_s for name in LINKS[1:]])
    assert ports == pytest.approx([cache / rate for rate in (50e9, 12.5e9, 3.125e9)])
    assert split.prompt_floor < split.prompt_expected
    assert split.step_floor < split.step_expected


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_bars_are_times(layout):
    split = split_of(ON, 2048, 32)
    bars = [(float(wide), fill) for wide, fill in BAR.findall(getattr(pools_path(), layout))]
    times = [split.prompt_expected, *map(split.transfer_seconds, split.links)]
    assert [fill for _, fill in bars] == ["prefill", *["kv"] * len(LINKS)]
    unit = bars[-1][0] / times[-1]
    for (wide, _), seconds in zip(bars, times, strict=True):
        assert wide == pytest.approx(max(1.5, unit * seconds), abs=0.2)


def test_it_says_what_is_sent_and_refuses_unknown_links():
    assert "its cache of 671.1 MB sent" in pools_path().alt
    with pytest.raises(KeyError, match="unknown link 'carrier-pigeon'"):
        pools_path(links=("carrier-pigeon",))
