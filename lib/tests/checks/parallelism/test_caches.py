import pytest

from tokenworks.checks.parallelism.caches import cache_bytes_held
from tokenworks.cost.memory import kv_bytes, kv_bytes_per_chip
from tokenworks.specs import model_spec

SPEC = model_spec("llama-3-70b")
SHAPE = (SPEC.n_layers, SPEC.n_kv_heads, SPEC.d_head)


@pytest.mark.parametrize("devices", [1, 2, 8, 16, 64])
def test_copies_are_what_the_library_holds(devices):
    found = cache_bytes_held(*SHAPE, 4096, 16, devices, "copies")
    assert found == kv_bytes_per_chip(SPEC, 4096, bytes_per_value=2, tp=devices)


@pytest.mark.parametrize("devices", [1, 2, 8, 16, 64])
def test_by_sequence_all_devices_together_hold_it_once(devices):
    found = cache_bytes_held(*SHAPE, 4096, 16, devices, "sequence")
    assert devices * found == kv_bytes(SPEC, 4096, bytes_per_value=2)
