from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.serving.transfers import fetched_from, transfer_seconds
from tokenworks.cost.chip_links import link
from tokenworks.cost.memory import kv_bytes
from tokenworks.serving.cluster.ports import link_wire, wire
from tokenworks.specs import model_spec


def test_a_real_cache_over_a_real_port():
    spec = model_spec("llama-3-70b")
    found = transfer_seconds(80, 8, 128, 2048, 16, 400, 1)
    cache = kv_bytes(spec, 2048, bytes_per_value=2)
    assert found == pytest.approx(cache / link("infiniband-ndr").bytes_per_s)
    assert found == pytest.approx(link_wire("infiniband-ndr").seconds(cache))


def test_from_there_on_and_not_before():
    for case in (*fetched_from.cases, *islice(drawn_cases(fetched_from, "same"), 100)):
        kv, token, tiers = case
        for (rate, latency), found in zip(tiers, fetched_from(*case), strict=True):
            line = wire(rate, latency_seconds=latency)
            if not found:
                assert token * 10**9 <= line.seconds(kv * 10**9) * (1 + 1e-9)
                continue
            assert line.seconds(kv * found) <= token * found * (1 + 1e-9)
            if found > 1:
                before = found - 1
                assert line.seconds(kv * before) >= token * before * (1 - 1e-9)
