import pytest

from tokenworks.cost.roofline import matmul_operation, operation_seconds
from tokenworks.data.layer_time import layer_times
from tokenworks.data.silicon import gemm_times
from tokenworks.specs import chip

TIMED = [("Vidur", 8192), ("AIConfigurator", 8192), ("AIConfigurator", 10240)]


@pytest.mark.parametrize(("who", "d_out"), TIMED)
def test_no_published_time_beats_the_roofline(who, d_out):
    h100 = chip("h100-sxm")
    rates = {"flops_per_s": h100.bf16_flops_per_s, "bytes_per_s": h100.hbm_bytes_per_s}
    for row in layer_times("h100-sxm", measured_by=who, d_out=d_out):
        floor = operation_seconds(matmul_operation(row.rows, row.d_in, row.d_out), **rates)
        assert floor < row.seconds < 2.6 * floor, row.name


@pytest.mark.parametrize(("who", "d_out"), TIMED)
def test_rows_grow(who, d_out):
    found = layer_times("h100-sxm", measured_by=who, d_out=d_out)
    rows = [row.rows for row in found]
    assert rows == sorted(set(rows))
    assert len(rows) > 10
    assert {row.d_out for row in found} == {d_out}


def test_a_chip_or_publisher_without_one_is_refused():
    with pytest.raises(KeyError, match="tpu-v4"):
        layer_times("tpu-v4", measured_by="Vidur")
    with pytest.raises(KeyError, match="known: Vidur, AIConfigurator"):
        layer_times("h100-sxm", measured_by="NVIDIA")


@pytest.mark.parametrize("d_out", [8192, 10240])
def test_the_two_tables_of_one_wheel_agree(d_out):
    """Where the thinned table has the same product, it has the same time."""
    thinned = {
        t.tokens: t.seconds
        for t in gemm_times()
        if (t.system, t.format, t.n, t.k) == ("h100_sxm", "bfloat16", d_out, 8192)
    }
    found = {
        row.rows: row.seconds
        for row in layer_times("h100-sxm", measured_by="AIConfigurator", d_out=d_out)
    }
    both = thinned.keys() & found.keys()
    assert len(both) > 6
    assert {rows: found[rows] for rows in both} == pytest.approx({n: thinned[n] for n in both})
