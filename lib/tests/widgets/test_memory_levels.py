"""SIM-05 against the table of memories and hand arithmetic."""

import pytest

from tokenworks.cost.memory import weight_bytes
from tokenworks.data.chip_memory import levels
from tokenworks.specs import chip, model_spec
from tokenworks.widgets.memory_levels import GRID, level_facts, main_level, memory_levels, tabulated


def test_reading_eight_billion_weights_from_hbm_takes_five_milliseconds():
    facts = level_facts("h100-sxm", 3)
    read = weight_bytes(model_spec("llama-3-8b"), 2) / chip("h100-sxm").hbm_bytes_per_s
    assert facts["weights_seconds"] == pytest.approx(read)
    assert facts["gigabyte_seconds"] == pytest.approx(1e9 / 3.35e12)
    assert read == pytest.approx(4.79e-3, rel=1e-3)


def test_a_step_skips_memories_of_unknown_bandwidth():
    l1, dram = levels("epyc-9654")[0], levels("epyc-9654")[3]
    assert l1.bytes_per_s
    assert dram.bytes_per_s
    assert level_facts("epyc-9654", 0)["step"] == l1.bytes_per_s / dram.bytes_per_s
    assert level_facts("epyc-9654", 1)["step"] is None
    assert level_facts("h100-sxm", 5)["step"] is None


@pytest.mark.parametrize("name", GRID["chip"])
def test_it_opens_at_the_main_memory(name):
    assert levels(name)[main_level(name)].capacity_bytes == chip(name).physical_bytes
    assert memory_levels(name).state["level"] == tabulated()["chips"][name]["main"]


def test_each_value_that_is_shown_has_a_source():
    for table in tabulated()["chips"].values():
        for row in table["levels"]:
            wanted = {"capacity": "capacity_bytes", "bandwidth": "bytes_per_s"}
            wanted["latency"] = "latency_seconds"
            present = {what for what, name in wanted.items() if row["facts"][name] is not None}
            assert set(row["sources"]) == present


def test_refusals_name_what_is_known():
    with pytest.raises(KeyError, match="h100-sxm"):
        memory_levels("h100")
    with pytest.raises(KeyError, match=r"has no chip .l40s.; known: h100-sxm"):
        memory_levels("l40s", level=0)
    with pytest.raises(ValueError, match="tpu-v5e has 4 levels"):
        memory_levels("tpu-v5e", level=5)


def test_text_forms():
    widget = memory_levels()
    assert repr(widget) == "MemoryLevels(chip='h100-sxm')"
    for text in ("132 × 262.1 KB", "5.5 TB/s, measured", "353.5 ns, measured", "not published"):
        assert text in widget.fallback()
    assert "assumption" in memory_levels("epyc-9654").fallback()
