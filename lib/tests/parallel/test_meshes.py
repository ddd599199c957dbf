from dataclasses import fields

import jax
import pytest

from parallel.drawn import SMALL, changed, mesh_of
from tokenworks.cost.parallel_traffic import Layout
from tokenworks.parallel.meshes import AXES, check_divides, make_mesh, refuse_unused


def test_axes_that_are_not_named_have_one_device_and_the_last_has_neighbours():
    mesh = make_mesh(data=2, tensor=4)
    assert dict(mesh.shape) == {"data": 2, "pipeline": 1, "expert": 1, "context": 1, "tensor": 4}
    assert [d.id for d in mesh.devices.ravel()] == list(range(8))
    assert [d.id for d in mesh.devices[0].ravel()] == [0, 1, 2, 3]
    assert [field.name for field in fields(Layout)] == list(AXES)


def test_axes_must_multiply_to_the_devices():
    with pytest.raises(
        ValueError, match=r"tensor=3: that is 3 devices, and there are 8; change an"
    ):
        make_mesh(tensor=3)
    with pytest.raises(ValueError, match=r"make_mesh\(jax.devices\(\)\[:16\], ...\)"):
        make_mesh(data=4, tensor=4)
    with pytest.raises(ValueError, match="no axis: that is 1 devices, and there are 8"):
        make_mesh()
    assert make_mesh(jax.devices()[:3], tensor=3).devices.size == 3


def test_an_unknown_strategy_is_named_with_the_nearest_or_all():
    with pytest.raises(ValueError, match="axis 'tensr'; did you mean tensor"):
        make_mesh(tensr=8)
    with pytest.raises(ValueError, match="axis 'zero'; known: data, pipeline, expert, context"):
        make_mesh(zero=8)
    with pytest.raises(ValueError, match="tensor must be a whole number"):
        make_mesh(tensor=0)


@pytest.mark.parametrize(
    ("spec", "axes", "message"),
    [
        (changed(n_heads=6, n_kv_heads=2), {"tensor": 4}, "cannot share 6 query heads"),
        (SMALL, {"tensor": 4}, r"4 devices \(tensor\) cannot share 2 KV heads .*context=\.\.\."),
        (changed(d_ff=95), {"tensor": 2}, "cannot share 95 columns"),
        (changed(vocab_size=63), {"tensor": 2}, "cannot share 63 words"),
        (SMALL, {"pipeline": 3}, r"3 devices \(pipeline\) cannot share 2 layers .*divisor of 2"),
    ],
)
def test_what_devices_cannot_share_evenly_is_said(spec, axes, message):
    with pytest.raises(ValueError, match=message):
        check_divides(spec, mesh_of(**axes), weight_axes=("tensor",))


def test_an_axis_that_would_only_repeat_work_is_refused():
    refuse_unused(mesh_of(data=2), ("data",))
    with pytest.raises(ValueError, match="divides by data and not by expert=2: make the mesh"):
        refuse_unused(mesh_of(expert=2), ("data",))
