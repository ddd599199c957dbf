"""Limits of experts are those of the library."""

from random import Random

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.expert_limits import limits_of_experts
from tokenworks.specs import chip, model_spec
from tokenworks.widgets.calculators.experts import CALCULATION, at


def test_the_limits_are_the_librarys():
    for place in Random(14).sample(CALCULATION.places(), 40):
        found = at(place)
        if place["inside"] == "rack" and place["chip"] != "b200":
            assert found.verdict == "rack"
            continue
        joined = {"pcie": ("rtx-pro-6000-server-pcie", 8), "rack": ("gb200-nvlink", 72)}
        inside, server = joined.get(place["inside"], (None, 8))
        want = limits_of_experts(
            Deployment(model_spec("deepseek-v3"), chip(place["chip"]), weights="fp8"),
            place["devices"],
            batch=place["batch"],
            context_tokens=2048,
            server=server,
            inside=inside,
            ports=place["ports"],
        )
        joins = place["devices"] <= server and want.limiter == "bandwidth"
        assert found.verdict == ("joined" if joins else want.limiter)
        assert [found.values[name] for name in want.times] == pytest.approx([*want.times.values()])
        assert (found.values["usd"] is None) == (want.limiter == "capacity")


def test_the_case_of_the_text():
    found = at(CALCULATION.start)
    assert found.verdict == "joined"
    assert found.values["touched"] == pytest.approx(255.9 / 256, abs=1e-4)
    assert found.values["bandwidth"] == pytest.approx(0.0214, abs=0.0001)
    assert at(CALCULATION.start | {"chip": "h100-sxm"}).verdict == "capacity"
    slow = CALCULATION.start | {"devices": 16, "ports": "ethernet-25"}
    assert at(slow).verdict == "communication"


def test_in_a_rack_no_message_leaves_the_switch():
    """64 GPUs on one switch: the network between servers has nothing to carry."""
    rack = CALCULATION.start | {"chip": "b200", "inside": "rack", "devices": 64, "batch": 1024}
    found = {
        ports: at(rack | {"ports": ports}).values for ports in ("infiniband-ndr", "ethernet-25")
    }
    assert found["infiniband-ndr"] == found["ethernet-25"]
    servers = at(rack | {"inside": "own"}).values["communication"]
    assert found["ethernet-25"]["communication"] < servers / 10


def test_it_says_where_the_network_between_servers_carries_nothing():
    said = {
        devices: CALCULATION.story(place, at(place))
        for devices in (8, 16)
        for place in [CALCULATION.start | {"devices": devices}]
    }
    assert "All 8 chips are on one switch, so InfiniBand NDR carries nothing" in said[8]
    assert "over InfiniBand NDR between servers." in said[16]
