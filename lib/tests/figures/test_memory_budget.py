import re
from dataclasses import replace

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory_budget import budget
from tokenworks.figures import balance, budget_waterfall, gigabytes
from tokenworks.figures.memory_budget import budget_parts
from tokenworks.specs import chip, model_spec

PLAN = Deployment(
    model_spec("llama-3-70b"), chip("a100-80gb"), 2, overhead_bytes=2e9, fragmentation=0.05
)
ASKED = {"context_tokens": 4096, "batch": 32, "prefill_tokens": 2048}
NOW = budget(PLAN, **ASKED)
BUDGETS = {
    "none": NOW,
    "weights in INT8": budget(replace(PLAN, weights="int8"), **ASKED),
    "more": budget(PLAN, **ASKED | {"batch": 24}),
}


def test_parts_add_up_to_the_need():
    assert sum(budget_parts(NOW).values()) == NOW.needed_bytes
    assert gigabytes(NOW.kv_bytes) == "21.47 GB"
    assert balance(NOW) == "8.97 GB missing"
    assert balance(BUDGETS["weights in INT8"]) == "24.54 GB left"


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_the_waterfall_is_to_scale_and_each_part_begins_where_the_last_ended(layout):
    svg = getattr(budget_waterfall(BUDGETS, title="Each chip", alt="A waterfall."), layout)
    boxes = re.findall(
        r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="20" class="f-(\w+)"', svg
    )
    found = {fill: (float(x), float(w)) for x, w, fill in boxes}
    per_byte = found["weights"][1] / NOW.weight_bytes
    assert found["kv"][1] == pytest.approx(NOW.kv_bytes * per_byte, abs=0.2)
    assert found["kv"][0] == pytest.approx(sum(found["weights"]), abs=0.2)
    assert found["runtime"][0] == pytest.approx(sum(found["kv"]), abs=0.2)
    assert found["bad"][1] == pytest.approx(-NOW.free_bytes * per_byte, abs=0.2)
    assert found["bad"][0] - found["weights"][0] == pytest.approx(
        81_920 * 2**20 * per_byte, abs=0.2
    )


def test_copies_say_what_is_left_and_share_the_scale():
    picture = budget_waterfall(BUDGETS, title="Each chip", alt="A waterfall.")
    assert "24.54 GB left" in picture.printed
    assert "3.60 GB missing" in picture.printed
    frames = re.findall(r'width="([\d.]+)" height="22" [^>]* class="f-none s-ink"', picture.wide)
    assert len(set(frames)) == 1
    assert len(frames) == 2


def test_a_budget_that_fits_has_nothing_beyond_the_line():
    fits = {"weights in INT8": BUDGETS["weights in INT8"]}
    picture = budget_waterfall(fits, title="Each chip", alt="A waterfall.")
    assert "f-bad" not in picture.wide


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="at least one budget"):
        budget_waterfall({}, title="Nothing", alt="Nothing.")
