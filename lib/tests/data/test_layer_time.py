import pytest

from tokenworks.cost.roofline import matmul_operation, operation_seconds
from tokenworks.data.layer_time import layer_times
from tokenworks.specs import chip


def test_no_published_time_beats_the_roofline():
    h100 = chip("h100-sxm")
    rates = {"flops_per_s": h100.bf16_flops_per_s, "bytes_per_s": h100.hbm_bytes_per_s}
    for row in layer_times("h100-sxm"):
        floor = operation_seconds(matmul_operation(row.rows, row.d_in, row.d_out), **rates)
        assert floor < row.seconds < 2.6 * floor, row.name


def test_rows_grow_and_an_unmeasured_chip_is_refused():
    rows = [row.rows for row in layer_times("h100-sxm")]
    assert rows == sorted(set(rows))
    with pytest.raises(KeyError, match="tpu-v4"):
        layer_times("tpu-v4")
