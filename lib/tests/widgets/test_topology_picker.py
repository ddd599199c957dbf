"""Slices and bytes against the cost model, and the compiler's words where there are any."""

from itertools import product

import pytest

from tokenworks.cost.slice_memory import model_shapes, slice_budget, smallest_slice
from tokenworks.data.compiled_decode import decode_compiles
from tokenworks.widgets.topology_picker import (
    GRID,
    deployment,
    shapes,
    shown_at,
    smallest,
    tabulated,
    topology_picker,
)

PAIRS = [(model, formats) for model in GRID["model"] for formats in GRID["formats"]]


@pytest.mark.parametrize(("model", "formats"), PAIRS)
def test_what_is_shown_is_the_budget(model, formats):
    on = deployment(model, formats)
    assert list(shapes(model)) == model_shapes(on)
    for batch, context in product((1, 32, 256), GRID["context_tokens"]):
        rows = shown_at(model=model, formats=formats, batch=batch, context_tokens=context)
        for row in rows:
            one = slice_budget(on, row["shape"], batch=batch, context_tokens=context)
            assert row["held"] == pytest.approx(one.needed_bytes, rel=1e-7)
            assert row["fits"] == one.fits
        found = smallest(rows)
        if found is None:
            with pytest.raises(ValueError, match="no slice of TPU v5e holds"):
                smallest_slice(on, batch=batch, context_tokens=context)
        else:
            assert found == smallest_slice(on, batch=batch, context_tokens=context)


def test_the_compiler_never_contradicts_what_is_shown():
    words = tabulated()["compiled"]
    asked = [row for row in decode_compiles() if row.topology.startswith("v5e") and row.data == 1]
    assert len(words) == 20 < len(asked)
    for key, (fits, needed, _) in words.items():
        model, formats, shape, batch, context = key.split()
        if formats in GRID["formats"] and int(batch) in GRID["batch"]:
            rows = shown_at(
                model=model, formats=formats, batch=int(batch), context_tokens=int(context)
            )
            (row,) = (row for row in rows if row["shape"] == shape)
            assert row["compiler"][:2] == [fits, needed]
            assert row["fits"] == fits


def test_all_words_can_be_asked_for():
    for key in tabulated()["compiled"]:
        model, formats, _, batch, context = key.split()
        assert model in GRID["model"]
        assert formats in GRID["formats"]
        assert int(batch) in GRID["batch"]
        assert int(context) in GRID["context_tokens"]


def test_text_forms():
    widget = topology_picker()
    assert repr(widget) == (
        "TopologyPicker(model='llama-3-70b', formats='int8', batch=32, context_tokens=8192)"
    )
    table = widget.fallback()
    assert "what one chip holds of 16.91 GB" in table
    assert "<td>14.53 GB</td><td>yes; compiler: fits, 14.55 GB</td>" in table
    refused = topology_picker(formats="bf16", batch=8).fallback()
    assert "no; compiler: refused, 20.33 GB" in refused
    assert "yes; compiler: fits, 11.68 GB with copies of shared heads" in refused
    assert len(widget.static_html()) < 20_000


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="batch = 33 is not recorded; choose from 1, 2"):
        topology_picker(batch=33)
    with pytest.raises(TypeError, match="unknown controls"):
        topology_picker(shape="2x4")
