"""Mixes of parallel devices: their numbers are the library's, and so is what is refused."""

from itertools import product

import pytest

from tokenworks.cost.expected_layouts import expected_layout
from tokenworks.cost.hybrid import Split, split_cost
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.layouts import layout_cost
from tokenworks.cost.parallel_traffic import Layout
from tokenworks.widgets.mixes import (
    AXES,
    CHIP,
    FORMATS,
    GRID,
    RUNTIME,
    deployment,
    layout_at,
    mixes_of,
    shown_at,
)

OPENED = {"model": "llama-3-70b", "devices": 8, "tensor": 8, "pipeline": 1, "expert": 1} | {
    "batch": 64,
    "context_tokens": 4096,
}


def test_the_counters_are_the_librarys():
    shown, on = shown_at(OPENED), deployment("llama-3-70b")
    one = split_cost(on, Split(8), batch=64, context_tokens=4096)
    assert (shown["weights"], shown["cache"]) == (one.weight_bytes, one.kv_bytes)
    assert shown["left"] == CHIP.planned_bytes - RUNTIME - one.weight_bytes - one.kv_bytes
    assert (shown["sent"], shown["floor"]) == (one.sent_bytes, one.floor_seconds)
    want = expected_layout(
        on, Layout(tensor=8), batch=64, context_tokens=4096, constants=Constants.fitted()
    )
    assert shown["expected"] == want.seconds


@pytest.mark.parametrize("model", FORMATS)
def test_a_mix_is_refused_where_the_library_refuses_it(model):
    """Two more: what has no devices, and what does not use all of them."""
    on = deployment(model)
    for axes in product(*(GRID[axis] for axis in AXES)):
        for devices, batch in ((8, 64), (32, 8)):
            state = OPENED | dict(zip(AXES, axes, strict=True))
            state |= {"model": model, "devices": devices, "batch": batch}
            found, (tensor, pipeline, expert) = layout_at(state), axes
            data = devices // (tensor * pipeline * expert)
            if isinstance(found, Layout):
                assert found == Layout(data=data, pipeline=pipeline, expert=expert, tensor=tensor)
                assert found.devices == devices
                layout_cost(on, found, batch=batch, context_tokens=4096)
            elif data:
                layout = Layout(data=data, pipeline=pipeline, expert=expert, tensor=tensor)
                with pytest.raises(ValueError, match=r"divide|experts"):
                    layout_cost(on, layout, batch=batch, context_tokens=4096)
            else:
                assert (
                    "takes" in found
                    or "divide" in found
                    or "no experts" in found
                    or ("tabulated" in found)
                )


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"model": "llama-3-405b", "pipeline": 4}, "4 stages do not divide 126 layers"),
        ({"expert": 2}, "Llama-3 70B has no experts to put on 2 devices"),
        ({"model": "mixtral-8x7b", "expert": 16}, "16 devices do not divide 8 experts"),
        ({"pipeline": 2}, "a copy of the model takes 16 devices, and there are 8"),
        ({"tensor": 1, "batch": 1}, "a batch of 1 is too small to deal out in 8 parts"),
    ],
)
def test_the_reasons(state, says):
    assert layout_at(OPENED | state) == says
    with pytest.raises(ValueError, match=says):
        shown_at(OPENED | state)


def test_what_does_not_fit_has_no_time():
    copies = shown_at(OPENED | {"tensor": 1})
    assert copies["left"] < 0
    assert copies["floor"] is copies["expected"] is None
    wide = shown_at(OPENED | {"tensor": 16, "devices": 16})
    assert wide["floor"] < shown_at(OPENED)["floor"]
    assert wide["expected"] is None  # nobody timed sums between servers


def test_every_mix_uses_all_devices_once():
    found = [layout for _, layout in mixes_of(OPENED | {"model": "mixtral-8x7b"})]
    assert {layout.devices for layout in found} == {8}
    assert len(set(found)) == len(found) == 16
    assert all(layout_at(state) == layout for state, layout in mixes_of(OPENED))
