from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.quantization.cache import cache_bytes_saved
from tokenworks.cost.memory import kv_bytes
from tokenworks.specs import model_spec, number_format


@pytest.mark.parametrize("bits", [4, 8])
def test_what_is_saved_is_the_librarys(bits):
    """Llama-3 70B has heads of 128 values, as the format counts them."""
    spec, narrow = model_spec("llama-3-70b"), number_format(f"int{bits}-head128")
    sizes = (2, narrow.bytes_per_value)
    wide, less = (kv_bytes(spec, 4096, bytes_per_value=size) for size in sizes)
    found = cache_bytes_saved(4096, spec.n_layers, spec.n_kv_heads, spec.d_head, bits)
    assert found == pytest.approx(wide - less)


def test_there_is_always_something_to_save():
    drawn = islice(drawn_cases(cache_bytes_saved, "same"), 100)
    for case in (*cache_bytes_saved.cases, *drawn):
        saved = cache_bytes_saved(*case)
        assert isinstance(saved, int)
        assert saved > 0
