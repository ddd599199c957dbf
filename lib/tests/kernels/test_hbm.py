"""Every byte is counted once, by the array it belongs to."""

import numpy as np

from tokenworks.cost.attention_call import Traffic
from tokenworks.kernels.hbm import Hbm


def test_reads_and_writes_count_what_moves():
    hbm = Hbm(Q=np.arange(6.0).reshape(3, 2))
    hbm.reserve("O", (3, 2), np.dtype(np.float64))
    part = hbm.read("Q", slice(0, 2))
    hbm.write("O", part.astype(np.float32), slice(0, 2))
    assert hbm.traffic == Traffic({"Q": 32}, {"O": 16}, 0)
    hbm.read("Q")
    assert hbm.traffic.read["Q"] == 80
    np.testing.assert_array_equal(hbm["O"], [[0, 1], [2, 3], [np.nan, np.nan]])


def test_what_is_read_is_a_copy_and_looking_is_free():
    hbm = Hbm(Q=np.zeros(2))
    hbm.read("Q")[0] = 1
    assert hbm["Q"].sum() == 0
    hbm.reserve("table", (2,), np.dtype(np.int32))
    assert hbm["table"].tolist() == [-1, -1]
    assert hbm.traffic.bytes == 16


def test_a_product_counts_its_operations():
    hbm = Hbm()
    assert hbm.multiply(np.ones((2, 3, 4)), np.ones((4, 5))).shape == (2, 3, 5)
    assert hbm.traffic == Traffic({}, {}, 2 * 2 * 3 * 4 * 5)
