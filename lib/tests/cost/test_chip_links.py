"""Links of chips: one way of one link out of whatever the vendor prints, and slices that wrap."""

import pytest

from tokenworks.cost.chip_links import link, link_of, links, network, slice_torus
from tokenworks.specs import chip

V5E, V5P, H100 = chip("tpu-v5e"), chip("tpu-v5p"), chip("h100-sxm")


@pytest.mark.parametrize("row", links(), ids=lambda row: row.name)
def test_every_row_is_whole(row):
    assert row.kind in ("torus", "switch")
    assert (row.way_bytes_per_s is None) == bool(row.chip)  # a chip's rate stands in chips.csv
    assert 1e9 < row.bytes_per_s <= row.chip_bytes_per_s < 2e12
    assert row.chip_bytes_per_s == pytest.approx(row.links * row.bytes_per_s)
    assert (row.hop_seconds is None) == (row.hop_source == "")
    assert row.stated
    if row.kind == "torus":
        assert row.links == 2 * row.axes
        assert row.wraps in ("axes of 16", "cubes of 4")
        assert all(len(shape.split("x")) == row.axes for shape in row.slices)
        assert row.shapes_source.startswith("https://")
        sizes = [slice_torus(chip(row.chip), shape).devices for shape in row.slices]
        assert sizes == sorted(sizes)
        assert set(sizes) == set(chip(row.chip).slices)


@pytest.mark.parametrize(
    ("name", "one_way"),
    [
        ("tpu-v4-ici", 45e9),  # 6 links of 90 GB/s both ways
        ("tpu-v5e-ici", 50e9),  # 400 GB/s a chip both ways, 4 links; 1,600 Gbit/s one way
        ("tpu-v5p-ici", 100e9),
        ("tpu-v6e-ici", 100e9),
        ("h100-sxm-nvlink", 25e9),
        ("b200-nvlink", 50e9),
        ("infiniband-ndr", 50e9),
        ("ethernet-25", 3.125e9),
    ],
)
def test_one_link_one_way(name, one_way):
    assert link(name).bytes_per_s == pytest.approx(one_way)


def test_googles_own_pod_figures_are_those_of_one_way_links():
    """v5e: 51.2 TB/s of all-reduce and 1.6 TB/s of bisection for 256; v4: 1.1 PB/s for 4,096."""
    v5e = link("tpu-v5e-ici")
    assert 256 * v5e.chip_bytes_per_s == pytest.approx(51.2e12)
    assert 2 * 16 * v5e.bytes_per_s == pytest.approx(1.6e12)  # two cuts of a ring, 16 rows
    assert 4096 * link("tpu-v4-ici").chip_bytes_per_s == pytest.approx(1.1e15, rel=0.01)
    assert v5e.chip_bytes_per_s * 8 == pytest.approx(1600e9)  # bits: the older page


def test_where_slices_wrap():
    def wraps(on, shape):
        return [axis.wraps for axis in slice_torus(on, shape).axes]

    assert wraps(V5E, "4x4") == [False, False]
    assert wraps(V5E, "8x16") == [False, True]
    assert wraps(V5E, "16x16") == [True, True]
    assert wraps(V5P, "2x4x4") == [False] * 3  # no whole cube
    assert wraps(V5P, "4x4x4") == [True] * 3
    assert slice_torus(V5E, "2x4").link_bytes_per_s == 50e9


def test_a_slice_that_cannot_be_rented_names_the_nearest():
    with pytest.raises(ValueError, match=r"TPU v5e has no slice '4x3'; nearest: 4x4; all: 1x1, "):
        slice_torus(V5E, "4x3")
    with pytest.raises(ValueError, match="nearest: 16x16"):
        slice_torus(V5E, "16x32")
    with pytest.raises(ValueError, match="joined by a switch"):
        slice_torus(H100, "2x4")


def test_a_switch_and_what_it_can_add_up():
    assert network(H100, 8).sums
    assert not network(H100, 8, sums=False).sums
    assert not network(chip("a100-80gb"), 8).sums
    assert network(H100, 8).device_bytes_per_s == 450e9
    with pytest.raises(ValueError, match="has no switch"):
        network(V5E, 8)


def test_an_unknown_link_is_named():
    with pytest.raises(ValueError, match="no links of GeForce RTX 4090 are known; known: tpu-v4"):
        link_of(chip("rtx-4090"))
    with pytest.raises(KeyError, match="unknown link 'nvlink'; known, closest first"):
        link("nvlink")
